"""Where the HTTP API answers: what is below asks for a key and not for a session."""

API_PREFIXES = ("/api/v1/", "/v1/", "/v1alpha1/", "/$discovery/")


def is_api_path(path: str) -> bool:
    """Whether the API answers there, and nothing else does."""
    return path.startswith(API_PREFIXES)

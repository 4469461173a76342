"""Names in charts: Plotly reads a little markup in axes and titles, and a name is none."""


def plain_name(name: str, most: int) -> str:
    """The name as it is, cut to `most` characters with a mark that something is missing."""
    short = name if len(name) <= most else f"{name[: most - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;")

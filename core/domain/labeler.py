"""Who publishes labels on the AT Protocol: a DID (atproto.com/specs/did)."""

import re

#: The labeler's name where nobody gave one: a DID that leads nowhere.
NO_LABELER = "did:web:localhost"
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")
_DID_MAX = 2_048


def is_did(text: str) -> bool:
    """Whether a text is a DID, the name of a labeler."""
    return len(text) <= _DID_MAX and _DID.fullmatch(text) is not None

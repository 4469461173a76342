"""Items as URIs, for formats that name things by URI."""

import re
from urllib.parse import quote, unquote

#: A URI by its scheme (RFC 3986, section 3.1): at://…, https://…, urn:….
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_OURS = "urn:moddesk:"


def uri_of(tenant_id: str, external_id: str) -> str:
    """The id itself where it is a URI, else urn:moddesk:TENANT:ID with both percent-encoded."""
    if _SCHEME.fullmatch(external_id) and not external_id.startswith(_OURS):
        return external_id
    return f"{_OURS}{quote(tenant_id, safe='')}:{quote(external_id, safe='')}"


def item_of(uri: str) -> tuple[str | None, str]:
    """(tenant, id) that `uri_of` wrote; a foreign URI is an id of no tenant in particular."""
    tenant, colon, external_id = uri.removeprefix(_OURS).partition(":")
    if uri.startswith(_OURS) and colon and tenant and external_id:
        return unquote(tenant), unquote(external_id)
    return None, uri

"""The use cases behind the HTTP API for the table of permissions."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from core.domain.api_key import Scope
from core.domain.content_draft import ContentDraft
from core.domain.person import Person
from core.domain.role import Permission
from core.usecases.ingest_content import sent_content
from core.usecases.manage_api_keys import create_api_key, list_api_keys, revoke_api_key
from core.usecases.read_content import read_content
from data.bootstrap import Workbench

_DRAFT = [(0, ContentDraft(external_id="over-the-api", body="hello"))]

API: dict[str, tuple[Permission, Callable[[Workbench, Person, Path], object]]] = {
    "make an API key": (
        Permission.MANAGE_PEOPLE,
        lambda w, p, d: create_api_key(
            w.space, p, name=f"k-{uuid4().hex}", tenant="acme", scopes=[Scope.READ])),
    "revoke an API key": (
        Permission.MANAGE_PEOPLE, lambda w, p, d: revoke_api_key(w.space, p, "nobody-at-all")),
    "list API keys": (Permission.MANAGE_PEOPLE, lambda w, p, d: list_api_keys(w.space, p)),
    "send content": (
        Permission.IMPORT,
        lambda w, p, d: sent_content(p, _DRAFT, tenant="acme", keeps_good=False)),
    "read one item": (
        Permission.SEE_OVERVIEW, lambda w, p, d: read_content(w.space, w.catalogue, 1, person=p)),
}  # fmt: skip

"""A classifier's name plus what pins its weights."""

from datetime import datetime

from core.domain.label import Label
from core.domain.record import Record

#: The kind of a version that runs elsewhere: its scores were imported, and nothing here makes more.
EXTERNAL = "external"


class ModelVersion(Record):
    """An immutable version of a classifier; its digest is checked at load."""

    model_version_id: int
    name: str
    version: str
    kind: str
    labels: tuple[Label, ...]
    digest: str
    created_at: datetime

    @property
    def is_external(self) -> bool:
        """Whether only its imported scores are here, so that it can score nothing."""
        return self.kind == EXTERNAL

    @property
    def display_name(self) -> str:
        """The version as people say it, such as "lexical-1 (1.0.0)"."""
        return f"{self.name} ({self.version})"

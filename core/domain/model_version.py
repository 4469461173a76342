"""A classifier's name plus what pins its weights."""

from datetime import datetime

from core.domain.label import Label
from core.domain.record import Record


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
    def display_name(self) -> str:
        """The version as people say it, such as "lexical-1 (1.0.0)"."""
        return f"{self.name} ({self.version})"

"""What is known of a model without loading it."""

from pydantic import Field

from core.domain.label import Label
from core.domain.record import Record


class HeldOutResult(Record):
    """What a label reached on rows that nothing was trained on."""

    count: int
    positives: int
    base_rate: float
    auroc: float
    auprc: float
    ece: float


class ModelDescription(Record):
    """A model that this installation can load."""

    name: str
    version: str
    kind: str
    labels: tuple[Label, ...]
    digest: str
    note: str
    """Where it comes from, for people."""

    held_out: dict[Label, HeldOutResult] = Field(default_factory=dict)
    """Empty for a model whose quality was not measured here."""

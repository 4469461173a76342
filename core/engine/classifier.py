"""What the engine asks of a classifier."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.engine.highlight import Highlight


class Classifier(Protocol):
    """Text in, calibrated label scores out."""

    @property
    def name(self) -> str:
        """The registered name."""

    @property
    def version(self) -> str:
        """The version of the weights."""

    @property
    def kind(self) -> str:
        """What sort of model it is: lexical, ensemble, checkpoint or recalibrated."""

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels scored, in the order of the columns."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over everything that decides the scores."""

    @property
    def thresholds(self) -> Mapping[Label, LabelThresholds]:
        """Suggested bounds per label, chosen on held-out rows."""

    def __hash__(self) -> int:
        """Classifiers are immutable: results may be cached by classifier and text."""

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores in [0, 1], shape (n, labels); a row never depends on its neighbours."""

    def explain(self, text: str, limit: int) -> Sequence[Highlight]:
        """The words that raised each label most, up to `limit` a label."""

    def glance(self, text: str, limit: int) -> Sequence[Highlight]:
        """As `explain`, from what is quickly known: for lists that cannot wait."""

"""Names to classifiers; weights are loaded when a classifier is first asked for."""

import threading
from pathlib import Path

from core.engine.classifier import Classifier
from core.engine.classifiers.linear import MANIFEST_FILE, LinearClassifier
from core.errors import UnknownModelError

DEFAULT_MODEL = "lexical-1"
_WEIGHTS = Path(__file__).parent / "weights"


class Registry:
    """The classifiers that this installation knows."""

    def __init__(self, weights: Path = _WEIGHTS) -> None:
        self._weights = weights
        self._loaded: dict[str, Classifier] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The registered names."""
        return sorted(path.parent.name for path in self._weights.glob(f"*/{MANIFEST_FILE}"))

    def get(self, name: str) -> Classifier:
        """The classifier of this name, loaded once."""
        with self._lock:
            if name not in self._loaded:
                if name not in self.names():
                    known = ", ".join(self.names()) or "none"
                    raise UnknownModelError(f"There is no model {name!r}. Known: {known}.")
                self._loaded[name] = LinearClassifier(self._weights / name)
            return self._loaded[name]

"""The lexical classifier: TF-IDF features, logistic heads, Platt calibration; numpy only."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from safetensors import SafetensorError
from safetensors.numpy import load_file

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.engine.features import Featuriser
from core.engine.highlight import Highlight
from core.errors import ModelError

WEIGHTS_FILE = "model.safetensors"
VOCABULARY_FILE = "vocabulary.json"
MANIFEST_FILE = "manifest.json"
_LEAST_SHARE = 0.06


class LinearClassifier:
    """Scores texts with weights from a folder of safetensors and JSON, checked by digest."""

    def __init__(self, folder: Path) -> None:
        manifest = _manifest(folder)
        self.name: str = manifest["name"]
        self.version: str = manifest["version"]
        self.labels = tuple(Label(name) for name in manifest["labels"])
        self.digest: str = manifest["digest"]
        self.thresholds: Mapping[Label, LabelThresholds] = {
            Label(name): LabelThresholds.model_validate(bounds)
            for name, bounds in manifest["thresholds"].items()
        }
        if files_digest(folder) != self.digest:
            raise ModelError(
                f"The weights of {self.name} in {folder.name} are damaged or were changed: their "
                "digest is not the recorded one. Install ModDesk again."
            )
        vocabulary = orjson.loads((folder / VOCABULARY_FILE).read_bytes())
        try:
            tensors = load_file(folder / WEIGHTS_FILE)
        except SafetensorError as error:
            raise ModelError(f"The weights of {self.name} cannot be read: {error}") from error
        words = {word: place for place, word in enumerate(vocabulary["words"])}
        grams = {gram: place + len(words) for place, gram in enumerate(vocabulary["grams"])}
        self._features = Featuriser(words, grams, tensors["idf"].astype(np.float64))
        self._weights = tensors["weights"].astype(np.float64)
        self._bias = tensors["bias"].astype(np.float64)
        self._slope = tensors["slope"].astype(np.float64)
        self._shift = tensors["shift"].astype(np.float64)

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Calibrated scores in [0, 1], float32, shape (n, labels); each row on its own."""
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        for row, text in enumerate(texts):
            scores[row] = self._calibrated(self.logits(text))
        return scores

    def _calibrated(self, logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        scaled: npt.NDArray[np.float64] = self._slope * logits + self._shift
        return 1.0 / (1.0 + np.exp(-np.clip(scaled, -60, 60)))

    def logits(self, text: str) -> npt.NDArray[np.float64]:
        """The heads' logits before calibration, shape (labels,)."""
        vector = self._features.vector(text)
        raw: npt.NDArray[np.float64] = vector.values @ self._weights[vector.ids] + self._bias
        return raw

    def contributions(self, text: str) -> dict[tuple[int, int], npt.NDArray[np.float64]]:
        """Each span's exact part in the logits; with the bias they sum to `logits`.

        Spans are in the original text. A feature's part is shared equally by its occurrences.
        """
        vector = self._features.vector(text)
        parts = dict(
            zip(
                vector.ids.tolist(),
                vector.values[:, None] * self._weights[vector.ids],
                strict=True,
            )
        )
        occurrences, offsets = self._features.occurrences(text)
        counts = Counter(occurrence.feature for occurrence in occurrences)
        spans: dict[tuple[int, int], npt.NDArray[np.float64]] = defaultdict(
            lambda: np.zeros(len(self.labels))
        )
        for feature, start, end in occurrences:
            span = (offsets[start], offsets[end - 1] + 1)
            spans[span] = spans[span] + parts[feature] / counts[feature]
        return dict(spans)

    def explain(self, text: str, limit: int) -> list[Highlight]:
        """The words that raised each label most, up to `limit` a label; harms at .2 or more."""
        spans = self.contributions(text)
        scores = self._calibrated(sum(spans.values(), start=self._bias.copy()))
        highlights: list[Highlight] = []
        for column, label in enumerate(self.labels):
            if label is Label.SENTIMENT or scores[column] < 0.2:
                continue
            raised = {span: float(part[column]) for span, part in spans.items() if part[column] > 0}
            total = sum(raised.values())
            best = sorted(raised.items(), key=lambda pair: -pair[1])[:limit]
            highlights += [
                Highlight(start=start, end=end, label=label, weight=weight)
                for (start, end), weight in best
                if weight >= _LEAST_SHARE * total
            ]
        return highlights


def files_digest(folder: Path) -> str:
    """SHA-256 (hex) over the weights and the vocabulary."""
    digest = hashlib.sha256()
    for name in (WEIGHTS_FILE, VOCABULARY_FILE):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = orjson.loads((folder / MANIFEST_FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ModelError(f"No readable model in {folder}: {error}") from error
    return manifest

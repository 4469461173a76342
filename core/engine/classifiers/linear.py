"""The lexical classifier: TF-IDF features, logistic heads, Platt calibration; numpy only."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.engine.calibration import Platt
from core.engine.explanation import Explanation, Span, worth_explaining
from core.engine.features import Featuriser
from core.engine.highlight import Highlight
from core.engine.weight_folder import read_manifest, read_tensors, thresholds_of
from core.errors import ModelError

WEIGHTS_FILE = "model.safetensors"
VOCABULARY_FILE = "vocabulary.json"


class LinearClassifier:
    """Scores texts with weights from a folder of safetensors and JSON, checked by digest."""

    kind = "lexical"

    def __init__(self, folder: Path) -> None:
        manifest = read_manifest(folder)
        self.name: str = manifest["name"]
        self.version: str = manifest["version"]
        self.labels = tuple(Label(name) for name in manifest["labels"])
        self.digest: str = manifest["digest"]
        self.thresholds: Mapping[Label, LabelThresholds] = thresholds_of(manifest)
        if files_digest(folder) != self.digest:
            raise ModelError(
                f"The weights of {self.name} in {folder.name} are damaged or were changed: their "
                "digest is not the recorded one. Install ModDesk again."
            )
        vocabulary = orjson.loads((folder / VOCABULARY_FILE).read_bytes())
        tensors = read_tensors(folder / WEIGHTS_FILE, self.name)
        words = {word: place for place, word in enumerate(vocabulary["words"])}
        grams = {gram: place + len(words) for place, gram in enumerate(vocabulary["grams"])}
        self._features = Featuriser(words, grams, tensors["idf"].astype(np.float64))
        self._weights = tensors["weights"].astype(np.float64)
        self._bias = tensors["bias"].astype(np.float64)
        self._platt = Platt(tensors["slope"], tensors["shift"])

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Calibrated scores in [0, 1], float32, shape (n, labels); each row on its own."""
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        for row, text in enumerate(texts):
            scores[row] = self._platt.scores(self.logits(text))
        return scores

    def logits(self, text: str) -> npt.NDArray[np.float64]:
        """The heads' logits before calibration, shape (labels,)."""
        vector = self._features.vector(text)
        raw: npt.NDArray[np.float64] = vector.values @ self._weights[vector.ids] + self._bias
        return raw

    def explanation(self, text: str) -> Explanation:
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
        spans: dict[Span, npt.NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(self.labels)))
        for feature, start, end in occurrences:
            span = (offsets[start], offsets[end - 1] + 1)
            spans[span] = spans[span] + parts[feature] / counts[feature]
        return Explanation(self.labels, self.logits(text), self._bias.copy(), dict(spans))

    def explain(self, text: str, limit: int) -> list[Highlight]:
        """The words that raised each label most, up to `limit` a label; harms at .2 or more."""
        found = self.explanation(text)
        columns = worth_explaining(self.labels, self._platt.scores(found.logits))
        return found.only(columns).highlights(limit)

    def glance(self, text: str, limit: int) -> list[Highlight]:
        """The same as `explain`: sums are quick."""
        return self.explain(text, limit)


def files_digest(folder: Path) -> str:
    """SHA-256 (hex) over the weights and the vocabulary."""
    digest = hashlib.sha256()
    for name in (WEIGHTS_FILE, VOCABULARY_FILE):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()

"""The default: per label the mean of a lexical and a sentence logit, then calibration."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.engine.backbone import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, WINDOW_TOKENS
from core.engine.calibration import Platt
from core.engine.classifiers.linear import LinearClassifier
from core.engine.classifiers.sentence_heads import SentenceHeads
from core.engine.encoder.fused_encoder import FusedEncoder
from core.engine.encoder.lanes import shared_lanes
from core.engine.encoder.precision import Precision, digest_with, named_with
from core.engine.encoder.sentence_features import SentenceFeatures
from core.engine.encoder.shape import read_shape
from core.engine.encoder.tokens import WindowTokenizer
from core.engine.encoder.weights import WeightFiles
from core.engine.explanation import Explanation, worth_explaining
from core.engine.highlight import Highlight
from core.engine.weight_folder import read_manifest, read_tensors, thresholds_of
from core.errors import ModelError

HEADS_FILE = "heads.safetensors"
_TEXTS_AT_ONCE = 2_000
Floats = npt.NDArray[np.float64]


class EnsembleClassifier:
    """Words and letters beside meaning: each catches what the other misses."""

    kind = "ensemble"

    def __init__(
        self,
        folder: Path,
        lexical: LinearClassifier,
        features: SentenceFeatures,
        precision: Precision,
    ) -> None:
        manifest = read_manifest(folder)
        if (found := ensemble_digest(folder, manifest)) != manifest["digest"]:
            raise ModelError(
                f"The weights of {manifest['name']} in {folder.name} are damaged or were changed: "
                f"their digest is {found[:12]}…, not the recorded one. Install ModDesk again."
            )
        if lexical.digest != manifest["lexical"]["digest"]:
            raise ModelError(
                f"{manifest['name']} was trained with another {lexical.name}: train both again."
            )
        self.name: str = named_with(manifest["name"], precision)
        self.version: str = manifest["version"]
        self.labels = tuple(Label(name) for name in manifest["labels"])
        self.digest: str = digest_with(manifest["digest"], precision)
        self.thresholds: Mapping[Label, LabelThresholds] = thresholds_of(manifest)
        self.sentiment_cuts: tuple[float, float] = tuple(manifest["sentiment_cuts"])
        tensors = read_tensors(folder / HEADS_FILE, self.name)
        self._lexical = lexical
        self._heads = SentenceHeads(
            features,
            tensors["weights"].astype(np.float64),
            tensors["bias"].astype(np.float64),
            mean_columns=[self.labels.index(Label(name)) for name in manifest["mean_of_windows"]],
        )
        self._platt = Platt(tensors["slope"], tensors["shift"])

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Calibrated scores in [0, 1], float32, shape (n, labels); each row on its own."""
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            part = texts[start : start + _TEXTS_AT_ONCE]
            scores[start : start + len(part)] = self._platt.scores(self.logits(part))
        return scores

    def logits(self, texts: Sequence[str]) -> Floats:
        """The mean logits before calibration, shape (n, labels)."""
        lexical = np.array([self._lexical.logits(text) for text in texts])
        mean: Floats = (lexical.reshape(len(texts), -1) + self._heads.logits(texts)) / 2
        return mean

    def explanation(self, text: str) -> Explanation:
        """The words' parts in the logits of the harms that score .2 or more.

        Lexical parts are exact; those of the backbone are integrated gradients on the worst
        window, so that the sum differs from the logit by their small gap.
        """
        logits = self.logits([text])[0]
        columns = worth_explaining(self.labels, self._platt.scores(logits))
        linear = self._lexical.explanation(text).only(columns)
        parts = {span: part / 2 for span, part in linear.parts.items()}
        baseline = linear.baseline / 2
        for place, column in enumerate(columns):
            head = self._heads.parts(text, column)
            baseline[place] += head.baseline / 2
            for span, part in head.parts.items():
                parts.setdefault(span, np.zeros(len(columns)))[place] += part[0] / 2
        return Explanation(linear.labels, logits[columns], baseline, parts)

    def explain(self, text: str, limit: int) -> list[Highlight]:
        """The words that raised each label most, up to `limit` a label."""
        return self.explanation(text).highlights(limit)

    def glance(self, text: str, limit: int) -> list[Highlight]:
        """A quick answer from the lexical part alone, for lists that cannot wait."""
        return self._lexical.explain(text, limit)


def open_features(folder: Path, taps: tuple[int, ...], precision: Precision) -> SentenceFeatures:
    """The features of the backbone in a folder."""
    shape = read_shape(orjson.loads((folder / CONFIG_FILE).read_bytes()))
    if shape is None:
        raise ModelError(f"The backbone in {folder} is not a BERT encoder.")
    encoder = FusedEncoder(WeightFiles([folder / WEIGHTS_FILE]), shape, precision)
    tokenizer = WindowTokenizer(folder / TOKENIZER_FILE, WINDOW_TOKENS)
    return SentenceFeatures(encoder, tokenizer, shared_lanes(), taps)


def ensemble_digest(folder: Path, manifest: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the heads and the digests of what they stand on."""
    digest = hashlib.sha256((folder / HEADS_FILE).read_bytes())
    digest.update(manifest["lexical"]["digest"].encode())
    backbone = manifest["backbone"]
    digest.update(backbone["sha256"].encode())
    digest.update(f"{tuple(backbone['taps'])}{tuple(manifest['mean_of_windows'])}".encode())
    return digest.hexdigest()

"""Any Hugging Face sequence classifier that was vetted and registered."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import orjson

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.engine.calibration import sigmoid
from core.engine.checkpoints.activation import Activation
from core.engine.checkpoints.checkpoint import Checkpoint
from core.engine.encoder.buckets import exact_buckets
from core.engine.encoder.integrated_gradients import Logit, token_parts
from core.engine.encoder.lanes import Lanes, shared_lanes
from core.engine.encoder.networks import FusedNetwork, Network, PlainNetwork
from core.engine.encoder.precision import Precision, digest_with, named_with
from core.engine.encoder.shape import read_shape
from core.engine.encoder.tokens import Ids, Tokens, WindowTokenizer
from core.engine.encoder.weights import WeightFiles
from core.engine.explanation import Explanation, Span, worth_explaining
from core.engine.highlight import Highlight
from core.engine.text import Normalised
from core.engine.word_spans import by_word
from core.errors import ModelError

Floats = npt.NDArray[np.float64]


class CheckpointClassifier:
    """Scores with a checkpoint's network, its labels mapped to ours."""

    kind = "checkpoint"

    def __init__(
        self,
        checkpoint: Checkpoint,
        precision: Precision = Precision.FP32,
        *,
        name: str = "checkpoint",
        version: str = "1",
        lanes: Lanes | None = None,
        fused: bool = True,
    ) -> None:
        self.name = named_with(name, precision)
        self.version = version
        self.digest: str = digest_with(checkpoint.digest, precision)
        self.checkpoint = checkpoint
        self.labels: tuple[Label, ...] = checkpoint.label_map.labels
        self._tokenizer = WindowTokenizer(checkpoint.tokenizer_file, checkpoint.max_tokens)
        self._lanes = lanes or shared_lanes()
        self.network: Network = _network(checkpoint, precision, fused=fused)

    @property
    def is_fused(self) -> bool:
        """Whether our forward pass runs it."""
        return isinstance(self.network, FusedNetwork)

    @property
    def thresholds(self) -> Mapping[Label, LabelThresholds]:
        """Review from one half: nothing is known of this model's calibration."""
        return {
            label: LabelThresholds(approve_below=0.5)
            for label in self.labels
            if label is not Label.SENTIMENT
        }

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores in [0, 1], float32, shape (n, labels); long texts by their worst window."""
        windows, owners = self._window_scores(texts)
        by_window = self.checkpoint.label_map.combine(windows, self.checkpoint.activation)
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        starts = np.searchsorted(owners, np.arange(len(texts) + 1))
        for row, (start, end) in enumerate(pairwise(starts)):
            scores[row] = by_window[start:end].max(axis=0)
            if Label.SENTIMENT in self.labels:
                column = self.labels.index(Label.SENTIMENT)
                scores[row, column] = by_window[start:end, column].mean()
        return scores

    def source_scores(self, texts: Sequence[str]) -> Floats:
        """The checkpoint's own labels' probabilities of each text's first window."""
        windows, owners = self._window_scores(texts)
        first = np.searchsorted(owners, np.arange(len(texts)))
        found: Floats = windows[first]
        return found

    def _window_scores(self, texts: Sequence[str]) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Probabilities of every window, float64, and the place of its text."""
        prepared = [self.checkpoint.prepared(text) for text in texts]
        windows = self._tokenizer.windows(prepared)
        logits = np.empty((len(windows), len(self.checkpoint.labels)))
        at_once = self.network.texts_at_once

        def fill(places: list[int]) -> None:
            ids = np.stack([windows[place].ids for place in places])
            logits[places] = self.network.logits(ids)

        buckets = exact_buckets([window.ids.size for window in windows])
        if at_once is not None:
            buckets = [[place] for bucket in buckets for place in bucket]
        self._lanes.each(fill, buckets)
        if not np.isfinite(logits).all():
            raise ModelError(
                f"{self.name} gave NaN or infinite logits: its weights are broken. Nothing was "
                "stored."
            )
        owners = np.array([window.text for window in windows], dtype=np.int64)
        return self._probabilities(logits), owners

    def _probabilities(self, logits: Floats) -> Floats:
        if self.checkpoint.activation is Activation.SIGMOID:
            return sigmoid(logits)
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        # Column by column: a sum over an axis may add in an order that depends on the shape.
        total = shifted[:, 0].copy()
        for column in range(1, shifted.shape[1]):
            total += shifted[:, column]
        found: Floats = shifted / total[:, None]
        return found

    def explanation(self, text: str) -> Explanation:
        """The words' parts in the logits of harms that score .2 or more, of the worst window."""
        prepared = self.checkpoint.prepared(text)
        windows = self._tokenizer.windows_with_spans(prepared)
        scores = self.score([text])[0]
        columns = worth_explaining(self.labels, scores)
        logits, baseline = np.zeros(len(columns)), np.zeros(len(columns))
        parts: dict[Span, Floats] = {}
        plain = Normalised(prepared, _offsets(text, prepared))
        for place, column in enumerate(columns):
            sources = self.checkpoint.label_map.sources_of(self.labels[column])
            window, source = self._worst(windows, sources)
            ids, spans = window
            values, baseline[place] = token_parts(
                self.network, ids, self._masked(ids, spans), self._logit_of(source)
            )
            logits[place] = self.network.logits(ids[None])[0, source]
            for span, part in by_word(plain, zip(spans, values[:, None], strict=True)).items():
                parts.setdefault(span, np.zeros(len(columns)))[place] += part[0]
        labels = tuple(self.labels[column] for column in columns)
        return Explanation(labels, logits, baseline, parts)

    def _worst(self, windows: list[Tokens], sources: Sequence[int]) -> tuple[Tokens, int]:
        """The window and the source column in which a label is strongest."""
        logits = np.array([self.network.logits(window.ids[None])[0] for window in windows])
        of_label = logits[:, list(sources)]
        window, source = np.unravel_index(int(of_label.argmax()), of_label.shape)
        return windows[int(window)], sources[int(source)]

    def _masked(self, ids: Ids, spans: Sequence[Span]) -> Ids:
        mask = self._tokenizer.token_id("[MASK]") or self._tokenizer.token_id("<mask>")
        if mask is None:
            mask = self._tokenizer.token_id("[UNK]") or 0
        has_text = np.array([end > start for start, end in spans])
        return np.where(has_text, mask, ids)

    def _logit_of(self, source: int) -> Logit:
        return lambda embedded: self.network.embedded_logits(embedded)[:, source]

    def explain(self, text: str, limit: int) -> list[Highlight]:
        """The words that raised each label most, up to `limit` a label."""
        return self.explanation(text).highlights(limit)

    def glance(self, text: str, limit: int) -> list[Highlight]:  # noqa: ARG002  # see below
        """Nothing: there is no quick explanation of a network."""
        return []


def _network(checkpoint: Checkpoint, precision: Precision, *, fused: bool) -> Network:
    config = orjson.loads((checkpoint.folder / "config.json").read_bytes())
    shape = read_shape(config)
    if fused and shape is not None:
        return FusedNetwork(WeightFiles(checkpoint.weight_files), shape, precision)
    return PlainNetwork(checkpoint.folder, precision)


def _offsets(text: str, prepared: str) -> list[int] | range:
    """Where each character of the prepared text began in the original.

    A preparation that changed the text (names and links shortened) is followed by its equal
    stretches.
    """
    if text == prepared:
        return range(len(text))
    offsets = [0] * len(prepared)
    matcher = SequenceMatcher(None, text, prepared, autojunk=False)
    for _, start, end, first, last in matcher.get_opcodes():
        for place in range(first, last):
            offsets[place] = min(start + (place - first), max(start, end - 1), len(text) - 1)
    return offsets

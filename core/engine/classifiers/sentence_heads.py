"""Logistic heads on a frozen backbone; of a long text the worst window weighs most."""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.engine.encoder.fused_encoder import FusedEncoder
from core.engine.encoder.integrated_gradients import Logit, token_parts
from core.engine.encoder.sentence_features import SentenceFeatures
from core.engine.explanation import Span
from core.engine.text import for_encoder
from core.engine.word_spans import by_word

Floats = npt.NDArray[np.float64]


class HeadParts(NamedTuple):
    """One label's logit, that of the masked window, and the words' parts in the difference."""

    logit: float
    baseline: float
    parts: dict[Span, Floats]


class SentenceHeads:
    """Text in, one logit a label out."""

    def __init__(
        self, features: SentenceFeatures, weights: Floats, bias: Floats, mean_columns: Sequence[int]
    ) -> None:
        self._features = features
        self._weights = np.ascontiguousarray(weights)
        self._bias = bias
        #: Labels of which a long text gets the mean of its windows. Of the others it gets the
        #: middle between mean and maximum: the maximum alone flags whatever is long.
        self._mean_columns = list(mean_columns)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Logits, float64, shape (n, labels); a row is a function of its text alone."""
        found = self._features.of([for_encoder(text).text for text in texts])
        by_window = self._window_logits(found.values)
        starts = np.searchsorted(found.texts, np.arange(len(texts) + 1))
        logits = np.empty((len(texts), self._bias.size))
        for row, (start, end) in enumerate(pairwise(starts)):
            logits[row] = self._joined(by_window[start:end])
        return logits

    def _window_logits(self, values: npt.NDArray[np.float32]) -> Floats:
        logits = np.empty((len(values), self._bias.size))
        for row, features in enumerate(values.astype(np.float64)):
            # Row by row: a product over many rows may sum in another order.
            logits[row] = features @ self._weights + self._bias
        return logits

    def _joined(self, windows: Floats) -> Floats:
        mean = windows.mean(axis=0)
        joined: Floats = (windows.max(axis=0) + mean) / 2
        joined[self._mean_columns] = mean[self._mean_columns]
        return joined

    def parts(self, text: str, column: int) -> HeadParts:
        """The words' parts in a label's logit, by integrated gradients on its worst window."""
        plain = for_encoder(text)
        tokenizer = self._features.tokenizer
        windows = tokenizer.windows_with_spans(plain.text)
        logits = self._window_logits(self._features.of([plain.text]).values)[:, column]
        worst = int(np.argmax(logits))
        ids, spans = windows[worst]
        mask = tokenizer.token_id("[MASK]")
        has_text = np.array([end > start for start, end in spans])
        masked = np.where(has_text, mask, ids) if mask is not None else ids
        values, without = token_parts(self._differentiable, ids, masked, self._logit_of(column))
        # The other windows stay as they are: what is explained is what the worst one adds.
        share = 0.5 + 0.5 / len(windows)
        logit = float((logits[worst] + logits.mean()) / 2)
        baseline = logit - share * (float(logits[worst]) - without)
        pieces = zip(spans, share * values[:, None], strict=True)
        return HeadParts(logit, baseline, by_word(plain, pieces))

    @cached_property
    def _differentiable(self) -> FusedEncoder:
        return self._features.encoder.differentiable()

    def _logit_of(self, column: int) -> Logit:
        weight = torch.from_numpy(self._weights[:, column])
        bias = float(self._bias[column])
        taps = self._features.taps

        def logit(embedded: Tensor) -> Tensor:
            states = self._differentiable.hidden_states(embedded, taps)
            pools = [state.mean(dim=1) for state in states] + [states[-1].amax(dim=1)]
            unit = [pool / pool.pow(2).sum(dim=-1, keepdim=True).sqrt() for pool in pools]
            return torch.cat(unit, dim=-1).double() @ weight + bias

        return logit

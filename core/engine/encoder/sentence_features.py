"""A frozen backbone's view of a text: pooled hidden states of each window."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from core.engine.encoder.buckets import TOKENS_PER_BATCH, exact_buckets
from core.engine.encoder.fused_encoder import FusedEncoder
from core.engine.encoder.lanes import Lanes
from core.engine.encoder.tokens import WindowTokenizer

Floats = npt.NDArray[np.float32]


class WindowFeatures(NamedTuple):
    """Features of every window, and which text it is of."""

    values: Floats
    """float32, shape (windows, features)."""

    texts: npt.NDArray[np.int64]
    """The place of each window's text, increasing, shape (windows,)."""


class SentenceFeatures:
    """Pooled hidden states: the mean of each layer in `taps` and the maximum of the last,

    each scaled to unit length. A window's features are computed from it alone: no padding, and
    pooling row by row, so that not a single bit depends on the batch.
    """

    def __init__(
        self,
        encoder: FusedEncoder,
        tokenizer: WindowTokenizer,
        lanes: Lanes,
        taps: tuple[int, ...],
    ) -> None:
        self.encoder = encoder
        self.tokenizer = tokenizer
        self._lanes = lanes
        self.taps = taps

    @property
    def size(self) -> int:
        """How many features a window has."""
        return (len(self.taps) + 1) * self.encoder.shape.width

    def of(self, texts: Sequence[str], tokens_per_batch: int = TOKENS_PER_BATCH) -> WindowFeatures:
        """The features of every window of every text."""
        windows = self.tokenizer.windows(texts)
        values = np.empty((len(windows), self.size), dtype=np.float32)

        @torch.inference_mode()
        def fill(places: list[int]) -> None:
            ids = torch.from_numpy(np.stack([windows[place].ids for place in places]))
            states = self.encoder.hidden_states(self.encoder.embed(ids), self.taps)
            arrays = [state.float().numpy() for state in states]
            for row, place in enumerate(places):
                values[place] = pooled([array[row] for array in arrays])

        buckets = exact_buckets([window.ids.size for window in windows], tokens_per_batch)
        self._lanes.each(fill, buckets)
        return WindowFeatures(values, np.array([window.text for window in windows]))


def pooled(states: Sequence[Floats]) -> Floats:
    """Unit means of the states, each (length, width), and the last one's unit maximum."""
    parts = [state.mean(axis=0) for state in states] + [states[-1].max(axis=0)]
    return np.concatenate([part / np.sqrt(np.sum(part * part)) for part in parts])

"""The sentence part: window features of the rows that train and test the heads."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.engine.encoder.sentence_features import SentenceFeatures
from core.engine.text import for_encoder
from data.training.heads import Heads

Floats = npt.NDArray[np.float64]
_TEXTS_AT_ONCE = 2_000
Progress = Callable[[int, int], None]


class EncodedRows:
    """Rows with the features of every window of their texts."""

    def __init__(self, features: SentenceFeatures, rows: pl.DataFrame, progress: Progress) -> None:
        self.rows = rows
        distinct = rows["text"].unique(maintain_order=True)
        values, texts = [], []
        for start in range(0, distinct.len(), _TEXTS_AT_ONCE):
            part = distinct[start : start + _TEXTS_AT_ONCE]
            found = features.of([for_encoder(text).text for text in part])
            values.append(found.values)
            texts.append(found.texts + start)
            progress(min(start + _TEXTS_AT_ONCE, distinct.len()), distinct.len())
        windows, owners = np.concatenate(values), np.concatenate(texts)
        place = {text: number for number, text in enumerate(distinct)}
        wanted = np.array([place[text] for text in rows["text"]])
        first = np.searchsorted(owners, wanted)
        counts = np.bincount(owners, minlength=distinct.len())[wanted]
        self.texts = np.repeat(np.arange(rows.height), counts)
        start_of = np.cumsum(counts) - counts
        self.values = windows[np.arange(counts.sum()) - np.repeat(start_of - first, counts)]

    def training_set(self) -> tuple[npt.NDArray[np.float32], pl.DataFrame]:
        """Features and labels to fit on.

        Every window of a harmless long text is harmless; which window of a harmful one is to
        blame is unknown, so such a text trains with the mean of its windows.
        """
        counts = np.bincount(self.texts, minlength=self.rows.height)
        harms = [label.value for label in SCORED_LABELS if label is not Label.SENTIMENT]
        harmful = (
            self.rows.select(pl.max_horizontal(harms).fill_null(1) == 1).to_series().to_numpy()
        )
        is_mean = (counts > 1) & harmful
        single = ~is_mean[self.texts]
        means = np.flatnonzero(is_mean)
        if not means.size:
            return self.values[single], self.rows[self.texts[single]]
        mean_values = np.stack([self.values[self.texts == place].mean(axis=0) for place in means])
        places = np.concatenate([self.texts[single], means])
        return np.concatenate([self.values[single], mean_values]), self.rows[places]

    def logits(self, heads: Heads, mean_columns: list[int]) -> Floats:
        """Each text's logits, its windows joined as the classifier joins them."""
        windows = self.values.astype(np.float64) @ heads.weights + heads.bias
        starts = np.searchsorted(self.texts, np.arange(self.rows.height))
        counts = np.bincount(self.texts, minlength=self.rows.height)
        mean = np.add.reduceat(windows, starts, axis=0) / counts[:, None]
        logits: Floats = (np.maximum.reduceat(windows, starts, axis=0) + mean) / 2
        logits[:, mean_columns] = mean[:, mean_columns]
        return logits

"""The lexical part: vocabulary, TF-IDF matrix and one logistic head a label."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from core.engine.features import Featuriser
from core.engine.text import normalise
from core.engine.tokens import grams_of, tokens_of

_WORDS, _GRAMS = 45_000, 55_000
_LEAST_DOCUMENTS = 4
Floats = npt.NDArray[np.float64]


class Vocabulary:
    """The features that were frequent enough, and their inverse document frequencies."""

    def __init__(self, texts: Sequence[str]) -> None:
        words: Counter[str] = Counter()
        grams: Counter[str] = Counter()
        for text in texts:
            tokens = [token.text for token in tokens_of(normalise(text).text)]
            pairs = (f"{left} {right}" for left, right in pairwise(tokens))
            words.update({*tokens, *pairs})
            grams.update({gram for token in set(tokens) for gram in grams_of(token)})
        self.words = _most_frequent(words, _WORDS)
        self.grams = _most_frequent(grams, _GRAMS)
        frequencies = np.array(
            [words[word] for word in self.words] + [grams[gram] for gram in self.grams]
        )
        idf = np.log((1 + len(texts)) / (1 + frequencies)) + 1
        self.idf: Floats = idf.astype(np.float32).astype(np.float64)

    def featuriser(self) -> Featuriser:
        """What turns texts into features over this vocabulary."""
        return Featuriser(
            {word: place for place, word in enumerate(self.words)},
            {gram: place + len(self.words) for place, gram in enumerate(self.grams)},
            self.idf,
        )


def _most_frequent(counts: Counter[str], most: int) -> list[str]:
    frequent = [(count, name) for name, count in counts.items() if count >= _LEAST_DOCUMENTS]
    frequent.sort(key=lambda pair: (-pair[0], pair[1]))
    return sorted(name for _, name in frequent[:most])


def tfidf_matrix(featuriser: Featuriser, texts: pl.Series) -> Any:
    """The texts' features as a scipy sparse matrix, shape (n, features)."""
    from scipy.sparse import csr_array  # noqa: PLC0415  # extra `train`

    vectors = [featuriser.vector(text) for text in texts]
    ends = np.cumsum([0, *(vector.ids.size for vector in vectors)], dtype=np.int32)
    return csr_array(
        (
            np.concatenate([vector.values for vector in vectors]),
            np.concatenate([vector.ids for vector in vectors]),
            ends,
        ),
        shape=(len(vectors), featuriser.size),
    )

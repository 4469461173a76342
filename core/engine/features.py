"""TF-IDF features of one text: words and word pairs, and character n-grams within words."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.engine.text import normalise
from core.engine.tokens import grams_of, tokens_of

Ids = npt.NDArray[np.int32]
Values = npt.NDArray[np.float64]


class Vector(NamedTuple):
    """A sparse row: feature ids in increasing order and their values, unit length per block."""

    ids: Ids
    values: Values


class Occurrence(NamedTuple):
    """A feature's occurrence and the span of normalised text it stands in."""

    feature: int
    start: int
    end: int


class Featuriser:
    """Turns text into features over a fixed vocabulary; words first, then character n-grams."""

    def __init__(self, words: Mapping[str, int], grams: Mapping[str, int], idf: Values) -> None:
        self._words = words
        self._grams = grams
        self._idf = idf
        self._first_gram = len(words)
        self._grams_of = lru_cache(maxsize=200_000)(self._look_up_grams)

    @property
    def size(self) -> int:
        """How many features there are."""
        return len(self._idf)

    def vector(self, text: str) -> Vector:
        """The features of a text; a pure function of the text alone."""
        tokens = [token.text for token in tokens_of(normalise(text).text)]
        get = self._words.get
        found = [get(token, -1) for token in tokens]
        found += [get(f"{left} {right}", -1) for left, right in pairwise(tokens)]
        known = [feature for feature in found if feature >= 0]
        for token in tokens:
            known += self._grams_of(token)
        return self._weighed(known)

    def _weighed(self, known: list[int]) -> Vector:
        ids, counts = np.unique(np.array(known, dtype=np.int32), return_counts=True)
        values = (1.0 + np.log(counts)) * self._idf[ids]
        split = int(np.searchsorted(ids, self._first_gram))
        for block in (values[:split], values[split:]):
            length = np.sqrt(np.dot(block, block))
            if length > 0:
                np.divide(block, length, out=block)
        return Vector(ids, values)

    def _look_up_grams(self, token: str) -> list[int]:
        get = self._grams.get
        return [feature for gram in grams_of(token) if (feature := get(gram, -1)) >= 0]

    def occurrences(self, text: str) -> tuple[list[Occurrence], list[int] | range]:
        """Every occurrence of a known feature, and the way back to the original offsets."""
        plain = normalise(text)
        tokens = tokens_of(plain.text)
        found = []
        for place, token in enumerate(tokens):
            if (feature := self._words.get(token.text)) is not None:
                found.append(Occurrence(feature, token.start, token.end))
            if place + 1 < len(tokens):
                after = tokens[place + 1]
                if (feature := self._words.get(f"{token.text} {after.text}")) is not None:
                    found.append(Occurrence(feature, token.start, after.end))
            found += [
                Occurrence(feature, token.start, token.end)
                for feature in self._grams_of(token.text)
            ]
        return found, plain.offsets

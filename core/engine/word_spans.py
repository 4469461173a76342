"""Adding up the parts of word pieces to parts of words, in the original text."""

import re
from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from core.engine.explanation import Span
from core.engine.text import Normalised

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
Floats = npt.NDArray[np.float64]


def by_word(plain: Normalised, pieces: Iterable[tuple[Span, Floats]]) -> dict[Span, Floats]:
    """The parts of words, by their spans in the original text.

    Pieces carry spans of the text as the model read it; those without characters (special
    tokens) are left out. A word that was joined from letters (s.p.a.m) gets the whole stretch.
    """
    words = [match.span() for match in _WORD.finditer(plain.text)]
    starts = [start for start, _ in words]
    parts: dict[Span, Floats] = {}
    for (start, end), part in pieces:
        if end <= start:
            continue
        number = bisect_right(starts, start) - 1
        first, after = words[number] if number >= 0 and start < words[number][1] else (start, end)
        span = (plain.offsets[first], plain.offsets[after - 1] + 1)
        parts[span] = parts[span] + part if span in parts else part.copy()
    return parts

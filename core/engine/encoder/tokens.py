"""Texts to token ids with the checkpoint's own tokenizer.json, without importing transformers."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from core.errors import ModelError

Ids = npt.NDArray[np.int64]


class Window(NamedTuple):
    """A stretch of a text that fits the encoder, special tokens included."""

    text: int
    """The place of the text that the window is of."""

    ids: Ids


class Tokens(NamedTuple):
    """One window's ids with the span of text each stands for; special tokens have empty spans."""

    ids: Ids
    spans: list[tuple[int, int]]


class WindowTokenizer:
    """Cuts texts into windows of at most `longest` tokens, special ones included."""

    def __init__(self, path: Path, longest: int) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises plain Exception
            raise ModelError(f"The tokenizer {path.name} cannot be read: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        empty = self._tokenizer.encode("").ids
        if len(empty) != 2:
            raise ModelError(f"The tokenizer {path.name} does not mark a text's start and end.")
        self._start, self._end = empty
        self.longest = longest

    def token_id(self, token: str) -> int | None:
        """The id of a token such as "[MASK]", or None."""
        found: int | None = self._tokenizer.token_to_id(token)
        return found

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """The windows of every text, in order; a text of unknown or no tokens still has one."""
        encoded = self._tokenizer.encode_batch_fast(list(texts))
        return [
            Window(place, ids)
            for place, each in enumerate(encoded)
            for ids in self._cut(np.array(each.ids, dtype=np.int64))
        ]

    def windows_with_spans(self, text: str) -> list[Tokens]:
        """The windows of one text, with the character span of every token."""
        encoded = self._tokenizer.encode(text)
        inner = np.array(encoded.offsets[1:-1], dtype=np.int64).reshape(-1, 2)
        found, start = [], 0
        for ids in self._cut(np.array(encoded.ids, dtype=np.int64)):
            end = start + ids.size - 2
            spans = [(int(first), int(last)) for first, last in inner[start:end]]
            found.append(Tokens(ids, [(0, 0), *spans, (0, 0)]))
            start = end
        return found

    def _cut(self, ids: Ids) -> list[Ids]:
        """Windows of equal size, as few as possible."""
        if ids.size <= self.longest:
            return [ids]
        inner = ids[1:-1]
        count = -(-inner.size // (self.longest - 2))
        ends = np.linspace(0, inner.size, count + 1).astype(int)
        return [
            np.concatenate(([self._start], inner[start:end], [self._end]))
            for start, end in pairwise(ends)
        ]

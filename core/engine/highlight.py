"""Which words made a score, in the characters of the original text."""

import unicodedata
from collections.abc import Sequence

from core.domain.label import Label
from core.domain.record import Record


class Highlight(Record):
    """A span of the original text, end exclusive, that raised a label's score."""

    start: int
    end: int
    label: Label
    weight: float
    """The span's share of the label's logit."""


def segments(text: str, highlights: Sequence[Highlight]) -> list[tuple[str, Label | None]]:
    """The text cut into pieces with at most one label each; joined they are the text again.

    Browsers count text in other units than we do, so they get pieces and not offsets. Where
    highlights overlap the heavier one wins.
    """
    owner: list[Label | None] = [None] * len(text)
    for highlight in sorted(highlights, key=lambda each: each.weight):
        for place in range(max(0, highlight.start), min(len(text), highlight.end)):
            owner[place] = highlight.label
    pieces: list[tuple[str, Label | None]] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or owner[place] != owner[start]:
            piece = text[start:place]
            pieces.append((piece, owner[start] if _says_something(piece) else None))
            start = place
    return pieces


def _says_something(piece: str) -> bool:
    """Whether there is a word or a picture in it: a coloured blank or full stop only confuses."""
    return any(
        character.isalnum() or unicodedata.category(character) == "So" for character in piece
    )

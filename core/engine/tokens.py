"""Splitting normalised text into the tokens that features are made of."""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<url>https?://\S+|www\.\S+|\b[\w-]+\.(?:com|net|org|info|ru|biz|example|ly)\b\S*)"
    r"|(?P<user>@\w+)|(?P<number>\d[\d.,]*)|(?P<word>\w+(?:'\w+)?)|(?P<sign>[^\w\s])"
)
_PLACEHOLDERS = {"url": "<url>", "user": "<user>", "number": "<num>"}
SHORTEST_GRAM, LONGEST_GRAM = 3, 5
_LONGEST_WORD = 24


class Token(NamedTuple):
    """A token and the span it takes in the normalised text."""

    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The tokens in order; addresses, names and numbers are replaced by placeholders."""
    return [
        Token(_PLACEHOLDERS.get(match.lastgroup or "", match.group()), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def grams_of(token: str) -> list[str]:
    """Character n-grams of a word with its edges marked by spaces; none for other tokens."""
    if not token[0].isalpha() or len(token) > _LONGEST_WORD:
        return []
    padded = f" {token} "
    return [
        padded[start : start + size]
        for size in range(SHORTEST_GRAM, LONGEST_GRAM + 1)
        for start in range(len(padded) - size + 1)
    ]

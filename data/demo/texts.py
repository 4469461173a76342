"""Texts of the demonstration corpus, composed from our own banks of sentence parts."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

_BANKS = Path(__file__).parent / "banks"
_SLOT = re.compile(r"\{(\w+)\}")
_LEET = str.maketrans("aeios", "43105")

Chance = np.random.Generator


@cache
def bank(language: str) -> dict[str, Any]:
    """The parts of a language: kinds of text and slots."""
    return tomllib.loads((_BANKS / f"{language}.toml").read_text(encoding="utf-8"))


def compose(chance: Chance, language: str, kind: str) -> str:
    """One text of the kind, every slot filled at random."""
    parts = bank(language)
    template = pick(chance, parts[kind]["texts"])
    text = _SLOT.sub(lambda match: pick(chance, parts["slots"][match.group(1)]), template)
    return text[:1].upper() + text[1:]


def pick(chance: Chance, options: list[str]) -> str:
    """One of the options."""
    return options[int(chance.integers(len(options)))]


def humanised(chance: Chance, text: str) -> str:
    """The text as people type: sometimes lower case, a typo, doubled punctuation."""
    draw = chance.random()
    if draw < 0.18:
        return text.lower().rstrip(".")
    if draw < 0.26 and len(text) > 12:
        place = int(chance.integers(2, len(text) - 2))
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if draw < 0.30:
        return text.rstrip(".") + "!!"
    return text


def evasive(chance: Chance, text: str) -> str:
    """A bad text dressed up against filters: leet, spaced letters, zero-width characters."""
    disguises: list[Callable[[str], str]] = [
        lambda word: word.translate(_LEET),
        ".".join,
        lambda word: word[:2] + "\u200b" + word[2:],
        lambda word: word[0] + word[1] * 3 + word[2:],
    ]
    words = text.split(" ")
    long_ones = [place for place, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if long_ones:
        place = long_ones[int(chance.integers(len(long_ones)))]
        words[place] = disguises[int(chance.integers(len(disguises)))](words[place])
    return " ".join(words)


def wave_variant(chance: Chance, template: str, number: int) -> str:
    """A near-duplicate of a spam wave: another number, another ending, small changes."""
    text = template.replace("#", str(int(chance.integers(100, 9_999))))
    if chance.random() < 0.3:
        text = text.upper()
    if chance.random() < 0.3:
        text = text.replace("o", "0")
    return f"{text} {pick(chance, ['👉', '🔥', '💰', '', '!!', '(ad)'])} ref{number % 97}".strip()

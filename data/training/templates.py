"""Sentences of our own for what labelled sets lack: harmless texts with harmful words in them.

Banks of templates by functionality; whole templates are held out, so that the measured figures
are about wordings that were never seen.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from core.domain.label import SCORED_LABELS, Label

_BANKS = Path(__file__).parent / "banks"
_FILES = ("hate", "abuse", "spam")
_SLOT = re.compile(r"\{(\w+)\}")
_LEET = str.maketrans("aeios", "43105")
_HARMS = tuple(label for label in SCORED_LABELS if label is not Label.SENTIMENT)
_ROWS_A_TEMPLATE = 24
_DEV_SHARE = 0.15
_LONG_NEGATIVES, _LONG_POSITIVES = 500, 250
_LONG_DEV_SHARE = 0.2

Chance = np.random.Generator


class Template(NamedTuple):
    """One sentence with slots."""

    bank: str
    number: int
    text: str
    labels: dict[str, int]

    @property
    def key(self) -> str:
        """What names it in a split."""
        return f"{self.bank}-{self.number}"


@cache
def _bank(name: str) -> dict[str, Any]:
    return tomllib.loads((_BANKS / f"{name}.toml").read_text(encoding="utf-8"))


def templates() -> Iterator[Template]:
    """Every template; harmless ones know that all harms are absent."""
    none = {label.value: 0 for label in _HARMS}
    for name in _FILES:
        for bank in _bank(name)["bank"]:
            labels = none if bank.get("harmless") else bank["labels"]
            for number, text in enumerate(bank["texts"]):
                yield Template(bank["name"], number, text, labels)


def template_rows(seed: int = 0) -> pl.DataFrame:
    """Our own rows in the shape of the licensed ones, with the template as their group."""
    chance = np.random.default_rng(seed)
    rows: dict[str, dict[str, Any]] = {}
    for template in templates():
        for text in _filled(chance, template):
            shown = _typed(chance, text, is_harm=1 in template.labels.values())
            rows.setdefault(shown, _row(shown, template.bank, template.key, template.labels))
    for row in _long_rows(chance):
        rows.setdefault(row["text"], row)
    return pl.DataFrame(
        [{"id": f"template-{number}", **row} for number, row in enumerate(rows.values())],
        schema_overrides={label.value: pl.Int8 for label in SCORED_LABELS},
        infer_schema_length=None,
    )


def _row(text: str, bank: str, key: str, labels: dict[str, int]) -> dict[str, Any]:
    return {
        "text": text,
        "source": f"templates:{bank}",
        "licence": "Apache-2.0 (ours)",
        "split": "dev" if _share(key) < _DEV_SHARE else "train",
        "group": key,
        **{label.value: labels.get(label.value) for label in SCORED_LABELS},
    }


def _share(key: str) -> float:
    """A reproducible number in [0, 1) for a name."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32


def _filled(chance: Chance, template: Template) -> list[str]:
    """Distinct fillings; the first slot's words are taken in turn, so that none stands out."""
    slots = list(dict.fromkeys(_SLOT.findall(template.text)))
    if not slots:
        return [template.text]
    words = _bank("slots")
    first = chance.permutation(words[slots[0]])
    count = min(_ROWS_A_TEMPLATE, len(first) if len(slots) == 1 else _ROWS_A_TEMPLATE)
    texts: dict[str, None] = {}
    for number in range(count):
        chosen = {slots[0]: str(first[number % len(first)])}
        for slot in slots[1:]:
            chosen[slot] = str(chance.choice(words[slot]))
        filled = _SLOT.sub(lambda match: chosen[match.group(1)], template.text)  # noqa: B023  # used at once
        texts[filled[0].upper() + filled[1:]] = None
    return list(texts)


def _typed(chance: Chance, text: str, *, is_harm: bool) -> str:
    """The text as people type it; harm is now and then dressed up against filters."""
    draw = chance.random()
    if is_harm and draw < 0.12:
        return _disguised(chance, text)
    if draw < 0.35:
        return text.lower()
    if draw < 0.45:
        return text.rstrip(".")
    if draw < 0.50:
        return text.rstrip(".") + "!!"
    return text


def _disguised(chance: Chance, text: str) -> str:
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if not long:
        return text
    place = int(chance.choice(long))
    word = words[place]
    forms = (
        word.lower().translate(_LEET),
        ".".join(word),
        word[0] + word[1] * 3 + word[2:],
        word[: len(word) // 2] + word[len(word) // 2 + 1 :],
    )
    words[place] = forms[int(chance.integers(len(forms)))]
    return " ".join(words)


def _long_rows(chance: Chance) -> Iterator[dict[str, Any]]:
    """Long harmless posts, and long posts with one to three bad sentences in them."""
    sentences: list[str] = _bank("prose")["sentences"]
    cut = int(len(sentences) * (1 - _LONG_DEV_SHARE))
    parts = {"train": sentences[:cut], "dev": sentences[cut:]}
    harmful = [each for each in templates() if 1 in each.labels.values()]
    none = {label.value: 0 for label in _HARMS}
    for number in range(_LONG_NEGATIVES + _LONG_POSITIVES):
        split = "dev" if chance.random() < _LONG_DEV_SHARE else "train"
        known = parts[split]
        size = min(len(known), int(chance.integers(5, 32)))
        post = [known[place] for place in chance.permutation(len(known))[:size]]
        labels: dict[str, int] = none
        bank = "long_harmless"
        if number >= _LONG_NEGATIVES:
            same = [each for each in harmful if (_share(each.key) < _DEV_SHARE) == (split == "dev")]
            bad = same[int(chance.integers(len(same)))]
            for text in _filled(chance, bad)[: int(chance.integers(1, 4))]:
                post.insert(int(chance.integers(len(post) + 1)), text)
            labels, bank = bad.labels, "long_harmful"
        text = " ".join(post)
        yield {**_row(text, bank, f"{bank}-{number}", labels), "split": split}

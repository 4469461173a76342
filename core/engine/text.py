"""Normalising text against evasion, with the way back to the original characters."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

#: Letters of other scripts that pass for Latin ones; applied only in words that mix scripts or
#: consist of such letters alone.
_LOOKALIKES = str.maketrans(
    "аеорсухіѕјһԁԛԝԍαβεικνορτυχωɡıłøđ",
    "aeopcyxisjhdqwgabeiknoptuxwgilod",
)
#: Further ones that everyday words of their own script are full of: applied only beside a Latin
#: letter or one that is rare in that script.
_LESS_ALIKE = str.maketrans("мткнвυτ", "mtkhbut")
_RARE = re.compile(r"[a-zѕіјһԁԛԝԍɡɩ]")
_LEET = str.maketrans("013457@$", "oieastas")
_LATIN = re.compile(r"[a-z]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)
#: Not names (@anna) and not amounts or ordinals (5pm, 1st, 100k).
_LEET_WORD = re.compile(
    r"(?<![\w@$])(?!@|\d+[a-z]{1,2}(?![\w@$]))(?=[\w@$]*[a-z])(?=[\w@$]*[013457@$])[a-z013457@$]{3,}"
)
_SPACED = re.compile(r"(?<![\w])[a-z](?P<gap>[ .\-_*])(?:[a-z](?P=gap)){2,}[a-z](?![\w])")
_REPEAT = re.compile(r"(.)\1{2,}", re.DOTALL)
#: 10,000 characters is the longest body; more than that is never read.
LONGEST = 20_000


class Normalised(NamedTuple):
    """Text as the model reads it; `offsets[i]` is where its character i began in the original."""

    text: str
    offsets: list[int] | range


def normalise(text: str) -> Normalised:
    """Lower case without invisible characters, look-alikes, leet, spaced letters or long repeats.

    The result is for matching only: what people see is always the original.
    """
    text = text[:LONGEST]
    is_plain = text.isascii()
    plain = Normalised(text.lower(), range(len(text))) if is_plain else _folded(text)
    return _squeezed(_joined(_unleeted(plain)))


_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_MENTION = re.compile(r"@\w+")


def for_encoder(text: str) -> Normalised:
    """The normalised text with addresses as "http", names as "@user" and emoji as words.

    Word-piece vocabularies know no emoji: the animal in a slur made of one would be unread.
    """
    plain = normalise(text)
    for pattern, word in ((_ADDRESS, "http"), (_MENTION, "@user")):
        if pattern.search(plain.text):
            plain = _substituted(
                plain, [(m.start(), m.end(), word) for m in pattern.finditer(plain.text)]
            )
    if plain.text.isascii():
        return plain
    emoji = [
        (place, place + 1, f" {name} ")
        for place, character in enumerate(plain.text)
        if (category := unicodedata.category(character)) in ("So", "Sk")
        and (name := _emoji_name(character) if category == "So" else " ")
    ]
    return _substituted(plain, emoji) if emoji else plain


@lru_cache(maxsize=4096)
def _emoji_name(character: str) -> str:
    return unicodedata.name(character, "").lower().replace("-", " ")


def _substituted(plain: Normalised, spans: list[tuple[int, int, str]]) -> Normalised:
    """Spans replaced by words; each character of a word leads back to its span's start."""
    pieces: list[str] = []
    offsets: list[int] = []
    after = 0
    for start, end, word in spans:
        pieces += [plain.text[after:start], word]
        offsets += [*plain.offsets[after:start], *([plain.offsets[start]] * len(word))]
        after = end
    pieces.append(plain.text[after:])
    offsets += plain.offsets[after:]
    return Normalised("".join(pieces), offsets)


def _folded(text: str) -> Normalised:
    """Compatibility forms folded, marks and invisible characters dropped, look-alikes mapped."""
    characters: list[str] = []
    offsets: list[int] = []
    for place, original in enumerate(text):
        for character in _compatible(original):
            if unicodedata.category(character) in ("Cf", "Mn", "Me", "Cs"):
                continue
            characters.append(character)
            offsets.append(place)
    folded = "".join(characters)
    for match in list(_WORD.finditer(folded)):
        word = match.group()
        mapped = word.translate(_LOOKALIKES)
        if mapped != word and _RARE.search(word):
            mapped = mapped.translate(_LESS_ALIKE)
        if mapped != word and (_LATIN.search(word) or mapped.isascii()):
            characters[match.start() : match.end()] = mapped
    return Normalised("".join(characters), offsets)


#: Letters in squares and flags' letters have no compatibility form, but they have a name.
_LETTER_NAME = re.compile(r"(?:LATIN CAPITAL|LATIN SMALL|INDICATOR SYMBOL) LETTER ([A-Z])$")


@lru_cache(maxsize=4096)
def _compatible(character: str) -> str:
    """The lower-case compatibility form: fullwidth, mathematical, circled and squared letters."""
    if unicodedata.category(character) == "So":
        found = _LETTER_NAME.search(unicodedata.name(character, ""))
        if found:
            return found.group(1).lower()
    return unicodedata.normalize("NFKD", character).lower()


def _unleeted(plain: Normalised) -> Normalised:
    """Digits and signs inside words read as letters; the length stays the same."""
    if not _LEET_WORD.search(plain.text):
        return plain
    return Normalised(
        _LEET_WORD.sub(lambda match: match.group().translate(_LEET), plain.text), plain.offsets
    )


def _joined(plain: Normalised) -> Normalised:
    """Letters with single separators between them become a word: s.p.a.m → spam."""
    if not _SPACED.search(plain.text):
        return plain
    drop = {
        place
        for match in _SPACED.finditer(plain.text)
        for place in range(match.start(), match.end())
        if not plain.text[place].isalpha()
    }
    return _without(plain, drop)


def _squeezed(plain: Normalised) -> Normalised:
    """Three or more equal characters become two."""
    if not _REPEAT.search(plain.text):
        return plain
    drop = {
        place
        for match in _REPEAT.finditer(plain.text)
        for place in range(match.start() + 2, match.end())
    }
    return _without(plain, drop)


def _without(plain: Normalised, drop: set[int]) -> Normalised:
    kept = [place for place in range(len(plain.text)) if place not in drop]
    return Normalised(
        "".join(plain.text[place] for place in kept), [plain.offsets[place] for place in kept]
    )

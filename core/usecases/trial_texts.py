"""Texts that somebody pastes or uploads for a trial: cleaned, counted and kept within bounds."""

from collections.abc import Iterable

from core.domain.item import BODY_MAX
from core.domain.record import Record
from core.errors import TrialError
from core.usecases.trial_run import MOST_ITEMS

#: What a trial may hold in memory, in characters.
MOST_CHARACTERS = 20_000_000


class TrialTexts(Record):
    """Texts to try, in the order in which they came."""

    texts: tuple[str, ...]
    empty_count: int = 0
    """Lines or cells that were left out because they are empty."""
    refused: tuple[str, ...] = ()
    """What else was left out, in words."""


def texts_of_lines(pasted: str) -> TrialTexts:
    """One text per line; empty lines are left out."""
    # Not splitlines(): a form feed or a Unicode separator inside a text does not end it.
    return trial_texts(pasted.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def trial_texts(cells: Iterable[str | None], refused: tuple[str, ...] = ()) -> TrialTexts:
    """The texts among the cells.

    Raises TrialError where there is none, or more than a trial holds: the first part of somebody's
    file would be an answer to another question.
    """
    texts: list[str] = []
    empty = characters = 0
    for number, cell in enumerate(cells, start=1):
        text = (cell or "").strip()
        if not text:
            empty += 1
            continue
        if len(text) > BODY_MAX:
            raise TrialError(
                f"Text {number:,} has {len(text):,} characters; an item has {BODY_MAX:,} at most. "
                "Shorten it or leave it out."
            )
        texts.append(text)
        characters += len(text)
        if len(texts) > MOST_ITEMS or characters > MOST_CHARACTERS:
            raise TrialError(
                f"At most {MOST_ITEMS:,} texts of {MOST_CHARACTERS // 1_000_000} million "
                "characters together can be tried at once. Leave some out, or import the file and "
                "score it as a whole."
            )
    if not texts:
        raise TrialError(
            "There is no text in it. Paste one text per line, or upload a file with a column of "
            "texts."
        )
    return TrialTexts(texts=tuple(texts), empty_count=empty, refused=refused)

"""Pasted texts: one per line, empty ones left out, limits named."""

import pytest

from core.errors import TrialError
from core.usecases.trial_texts import texts_of_lines, trial_texts


def test_each_line_is_a_text_and_empty_ones_are_counted() -> None:
    found = texts_of_lines("one\r\n\n  two \r\u2028three\x0cstill three\n")
    assert found.texts == ("one", "two", "three\x0cstill three")
    assert found.empty_count == 2


def test_cells_may_have_lines_of_their_own() -> None:
    assert trial_texts(["a\nb", None, ""]).texts == ("a\nb",)


@pytest.mark.parametrize("pasted", ["", " \n\t\n "])
def test_no_text_is_said(pasted: str) -> None:
    with pytest.raises(TrialError, match="no text in it"):
        texts_of_lines(pasted)


def test_limits_are_named() -> None:
    with pytest.raises(TrialError, match="At most 20,000 texts"):
        texts_of_lines("x\n" * 20_001)
    with pytest.raises(TrialError, match=r"Text 2 has 10,001 characters; an item has 10,000"):
        texts_of_lines("x\n" + "y" * 10_001)
    with pytest.raises(TrialError, match="20 million characters"):
        trial_texts(["y" * 10_000] * 2_001)

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.exports.formula_guard import guard_cells


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "\x1f@SUM(A1)", "\u200b=cmd|' /C calc'!A0"],
)  # fmt: skip
def test_a_cell_that_could_run_gets_an_apostrophe(cell: str) -> None:
    assert guard_cells(pl.DataFrame({"text": [cell]}))["text"][0] == f"'{cell}"


@given(st.text(st.characters(codec="utf-8")))
def test_no_guarded_cell_starts_a_formula(cell: str) -> None:
    guarded = guard_cells(pl.DataFrame({"text": [cell]}))["text"][0]
    assert guarded in (cell, f"'{cell}")
    assert not guarded.lstrip().startswith(("=", "+", "-", "@"))


def test_numbers_and_lists_keep_their_meaning() -> None:
    frame = pl.DataFrame(
        {"n": [-1.5], "tags": [["=a", "b"]], "none": [None]}, schema_overrides={"none": pl.String}
    )
    assert guard_cells(frame).row(0) == (-1.5, "'=a;b", None)

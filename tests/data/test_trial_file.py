"""Uploaded texts: a column, lines, and files that are neither."""

import io

import polars as pl
import pytest

from core.errors import TrialError, UnreadableFileError
from data.trial_file import read_lines, read_trial_file


def test_a_column_named_like_a_text_is_found() -> None:
    file = read_trial_file("a.csv", b'id,comment\n1,"hello, you"\n2,"two\nlines"\n3,\n')
    assert file.guess == "comment"
    found = file.texts(file.guess)
    assert found.texts == ("hello, you", "two\nlines")
    assert found.empty_count == 1


def test_another_column_can_be_chosen_and_one_must_be() -> None:
    file = read_trial_file("a.csv", b"nr;words\n1;hello\n2;=cmd()\n")
    with pytest.raises(TrialError, match=r"No column of a\.csv .* It has: nr, words\."):
        file.texts(file.guess)
    assert file.texts("words").texts == ("hello", "=cmd()")
    assert file.texts("nr").texts == ("1", "2")


def test_one_column_without_a_known_name_is_lines() -> None:
    file = read_trial_file("a.csv", b"you idiot\nhello there\n")
    assert file.is_lines
    assert file.texts(None).texts == ("you idiot", "hello there")


def test_rows_that_cannot_be_read_are_named() -> None:
    file = read_trial_file("a.csv", b"id,text\n1,good\n2,too,many\n3,fine\n")
    found = file.texts("text")
    assert found.texts == ("good", "fine")
    assert found.refused == ("Row 2: has 3 cells instead of 2.",)


def test_json_lines_work_too() -> None:
    assert read_trial_file("a.jsonl", b'{"text": "one"}\n{"text": "two"}\n').texts(
        "text"
    ).texts == ("one", "two")


def test_a_file_of_lines_is_no_table() -> None:
    found = read_lines("A.TXT", "\ufeffone, two\nthree".encode())
    assert found is not None
    assert found.texts == ("one, two", "three")
    assert read_lines("a.csv", b"one") is None
    with pytest.raises(UnreadableFileError, match=r"a\.txt is not UTF-8"):
        read_lines("a.txt", b"caf\xe9")
    with pytest.raises(TrialError, match="no text in it"):
        read_lines("a.txt", b"\n\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", r"my\.csv is empty"),
        (b"id,text\n", "a header and no rows"),
        (b"id,text\n1,a,b\n2,c,d\n", r"no row that can be read"),
        (b"PK\x03\x04....", "Excel"),
        (b"\x00\x01\x02binary", "binary"),
        ("text\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_table_is_said_with_the_files_own_name(content: bytes, problem: str) -> None:
    with pytest.raises((TrialError, UnreadableFileError), match=problem) as refused:
        read_trial_file("my.csv", content)
    assert "upload" not in str(refused.value)


def test_too_many_rows_are_refused_as_a_whole() -> None:
    many = io.BytesIO()
    pl.DataFrame({"text": ["x"] * 20_001}).write_csv(many)
    with pytest.raises(TrialError, match=r"more than 20,000 rows"):
        read_trial_file("a.csv", many.getvalue())

import json
from pathlib import Path

import polars as pl
import pytest

from core.domain.label import Label
from core.errors import MappingError, UnreadableFileError
from data.evaluation.labelled_file import parse_label_map, read_labelled

COLUMNS = ["text", "toxic", "rude", "spam", "tone"]


@pytest.mark.parametrize(
    "pairs",
    [
        ["toxicity=toxic", "toxicity=rude", "spam=spam"],
        ["toxic=toxicity,rude=toxicity,spam=spam"],
        ['{"toxicity": ["toxic", "rude"], "spam": "spam"}'],
    ],
)
def test_a_map_may_be_written_either_way_round(pairs: list[str]) -> None:
    assert parse_label_map(pairs, COLUMNS) == {
        Label.TOXICITY: ["toxic", "rude"], Label.SPAM: ["spam"],
    }  # fmt: skip


def test_a_map_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"toxicity": "toxic"}))
    assert parse_label_map([f"@{path}"], COLUMNS) == {Label.TOXICITY: ["toxic"]}


def test_without_a_map_columns_are_taken_by_name() -> None:
    assert parse_label_map([], COLUMNS) == {Label.SPAM: ["spam"]}
    with pytest.raises(MappingError, match="--label-map toxicity=COLUMN"):
        parse_label_map([], ["text"])


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["toxicity=nowhere"], "one side must be a label"),
        (["toxicity"], "write label=column"),
        (["@missing.json"], "no such file"),
        (['{"toxicity": '], "no valid JSON"),
    ],
)
def test_a_wrong_map_says_what_is_wrong(pairs: list[str], words: str) -> None:
    with pytest.raises(MappingError, match=words):
        parse_label_map(pairs, COLUMNS)


def _read(path: Path, *label_map: str, **options: object) -> tuple[pl.DataFrame, int]:
    settings = {"text_column": "text", "keep": [], "where": {}, "group_column": None} | options
    return read_labelled(path, label_map=label_map, **settings)  # type: ignore[arg-type]


def test_any_of_several_columns_counts_and_unknown_stays_unknown(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,toxic,rude,lang\na,1,0,en\nb,,1,en\nc,,,de\nd,0,false,en\n ,1,1,en\n")
    rows, empty = _read(path, "toxicity=toxic,toxicity=rude", keep=["lang"])
    assert rows["true_toxicity"].to_list() == [1, 1, None, 0]
    assert rows["lang"].to_list() == ["en", "en", "de", "en"]
    assert empty == 1
    only, _ = _read(path, "toxicity=toxic", where={"lang": "de"})
    assert only["text"].to_list() == ["c"]


def test_three_tones_are_the_negative_label_and_the_tone(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"text": ["a", "b", "c"], "tone": [-1, 0, 1]}).write_parquet(path)
    rows, _ = _read(path, "sentiment=tone")
    assert rows["true_sentiment"].to_list() == [1, 0, 0]
    assert rows["true_tone"].to_list() == [-1, 0, 1]


def test_shares_of_raters_count_from_one_half_and_minus_one_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    shares = [0.0, 0.4, 0.5, 1.0, -1.0, None, float("nan")]
    pl.DataFrame({"text": list("abcdefg"), "bad": shares}).write_parquet(path)
    rows, _ = _read(path, "toxicity=bad")
    assert rows["true_toxicity"].to_list() == [0, 0, 1, 1, None, None, None]


@pytest.mark.parametrize("value", ["2", "maybe", "-0.5"])
def test_a_value_that_is_no_label_is_named_with_its_row(tmp_path: Path, value: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"text,toxic\na,1\nb,{value}\n")
    with pytest.raises(UnreadableFileError, match=r"rows\.csv, row 2, toxic: .* is no label"):
        _read(path, "toxicity=toxic")

"""Files with an outside model's scores: what is found in them, format by format."""

import json
from pathlib import Path

import polars as pl
import pytest

from core.domain.label import Label
from core.domain.outside_labels import Fate
from core.domain.score_mapping import Layout
from core.errors import MappingError
from data.score_imports import look_at_scores

ROWS = {"id": ["1", "2"], "TOXICITY": [0.5, 0.25], "INSULT": [0.1, None]}


def _written(folder: Path, ending: str) -> Path:
    frame, path = pl.DataFrame(ROWS), folder / f"scores.{ending}"
    match ending:
        case "csv":
            frame.write_csv(path)
        case "jsonl":
            frame.write_ndjson(path)
        case _:
            frame.write_parquet(path)
    return path


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_every_format_is_looked_at_alike(tmp_path: Path, ending: str) -> None:
    look = look_at_scores(_written(tmp_path, ending))
    assert look.shape.format == ending
    assert look.columns.layout is Layout.WIDE
    assert look.mapping({}).labels == {"TOXICITY": Label.TOXICITY, "INSULT": Fate.KEPT}


def test_a_label_at_the_very_end_of_a_long_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [f"{number},TOXICITY,0.5" for number in range(1_000)] + ["1,THREAT,0.1", "2,,0.1"]
    path.write_text("\n".join(["id,label,score", *rows]) + "\n")
    assert look_at_scores(path).labels == ("TOXICITY", "THREAT")


def test_attributes_of_answers_are_found_wherever_they_first_appear(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    answers = [{"TOXICITY": {"summaryScore": {"value": 0.5}}}] * 3
    answers += [{"THREAT": {"summaryScore": {"value": 0.5}}}]
    lines = [json.dumps({"id": n, "attributeScores": each}) for n, each in enumerate(answers)]
    path.write_text("\n".join([*lines, '{"id": 9, "attributeScores": "no answer"}']) + "\n")
    look = look_at_scores(path)
    assert (look.columns.layout, look.labels) == (Layout.ANSWERS, ("TOXICITY", "THREAT"))


def test_a_file_of_items_is_told_from_one_with_scores(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("id,text,created_at\n1,hello,2024-01-01\n")
    with pytest.raises(MappingError, match="no column that looks like scores"):
        look_at_scores(path).mapping({})

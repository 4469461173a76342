"""Commands as a person types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from core.domain.label import SCORED_LABELS


def _moddesk(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dashboard.command_line import main; main()", *words]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, "MODDESK_ACTOR": "ann", **env},
        capture_output=True, text=True,
    )  # fmt: skip


def test_the_main_job_by_command(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,text\n1,you idiot\n2,hello\n3,\n")
    store = ("--store", "s.duckdb")
    imported = _moddesk("import", "items.csv", "--rejected", "bad.csv", *store, cwd=tmp_path)
    assert imported.returncode == 0, imported.stderr
    assert "2 new items" in imported.stdout
    assert "row 3, body: missing" in imported.stderr
    assert (tmp_path / "bad.csv").read_text().startswith("row,field,problem")
    exported = _moddesk(
        "export", "items", "--out", "o.csv", "--where", "tenant=default", *store, cwd=tmp_path
    )
    assert "2 items in o.csv" in exported.stdout
    assert json.loads((tmp_path / "o.csv.manifest.json").read_text())["row_count"] == 2
    verified = _moddesk("audit", "verify", *store, cwd=tmp_path)
    assert "is whole" in verified.stdout
    listed = _moddesk("models", "list", *store, cwd=tmp_path).stdout
    assert listed.startswith("* lexical-1 (1.0.0)")
    assert "read by default v1 (live)" in listed
    again = _moddesk(
        "score", "--model", "ensemble", "--where", "search=idiot", *store, cwd=tmp_path
    )
    assert "ensemble-1 (1.0.0) scored 1 items. No decision changed." in again.stdout
    assert "default v1  live" in _moddesk("policies", "list", *store, cwd=tmp_path).stdout


def test_a_mistake_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    for words, sentence in (
        (("import", "empty.csv"), "empty.csv is empty"),
        (("import", "missing.csv"), "Cannot read missing.csv"),
        (("export", "items", "--out", "x.docx"), "must end in .csv or .parquet"),
        (("export", "items", "--out", "x.csv", "--where", "colour=red"), "write name=value"),
    ):
        run = _moddesk(*words, "--store", "s.duckdb", cwd=tmp_path)
        assert run.returncode == 1
        assert sentence in run.stderr
        assert "Traceback" not in run.stderr


def test_a_wrong_setting_names_its_variable(tmp_path: Path) -> None:
    run = _moddesk("doctor", cwd=tmp_path, MODDESK_DATABASE_URL="mysql://x")
    assert run.returncode == 1
    assert "MODDESK_DATABASE_URL" in run.stderr


def test_the_doctor_reports_as_json(tmp_path: Path) -> None:
    run = _moddesk("doctor", "--json", "--store", "s.duckdb", cwd=tmp_path)
    findings = {finding["name"]: finding for finding in json.loads(run.stdout)}
    assert set(findings) == {"python", "model", "store", "browser"}
    assert findings["model"]["ok"]
    assert run.returncode == 0


def test_a_changed_audit_log_is_found(tmp_path: Path) -> None:
    import duckdb

    (tmp_path / "items.csv").write_text("id,text\n1,hello\n")
    _moddesk("import", "items.csv", "--store", "s.duckdb", cwd=tmp_path)
    with duckdb.connect(str(tmp_path / "s.duckdb")) as connection:
        connection.execute("update audit_event set actor = 'mallory' where event_seq = 2")
    run = _moddesk("audit", "verify", "--store", "s.duckdb", cwd=tmp_path)
    assert run.returncode == 1
    assert "BROKEN at event 2" in run.stdout


def test_a_file_is_scored_without_a_store(tmp_path: Path) -> None:
    pl.DataFrame(
        {"key": ["a", "b", "c", "=d"], "words": ["you idiot", None, "  ", "you idiot"]}
    ).write_parquet(tmp_path / "texts.parquet")
    run = _moddesk(
        "score", "texts.parquet", "--id-column", "key", "--text-column", "words",
        "--model", "lexical-1", "--out", "scores.parquet", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "scored 2 rows into scores.parquet. 2 rows have no text" in run.stdout
    scores = pl.read_parquet(tmp_path / "scores.parquet")
    assert scores.columns == ["key", *(label.value for label in SCORED_LABELS)]
    assert scores["key"].to_list() == ["a", "b", "c", "=d"]
    assert scores["toxicity"].is_null().to_list() == [False, True, True, False]
    assert scores.row(0)[1:] == scores.row(3)[1:]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("missing.parquet", "--out", "o.parquet"), "There is no file missing.parquet"),
        (("texts.csv", "--out", "o.parquet"), "has no column text. It has: id, words"),
        (("texts.csv", "--text-column", "words"), "--out SCORES.parquet"),
        (("texts.csv", "--text-column", "words", "--out", "o.docx"), "scores are written as"),
        (("texts.csv", "--where", "tenant=x", "--out", "o.csv"), "a file is scored as a whole"),
        (("texts.csv", "--model", "gpt-99", "--out", "o.csv"), "There is no model 'gpt-99'"),
    ],
)
def test_scoring_a_file_explains_mistakes(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "texts.csv").write_text("id,words\n1,hello\n")
    run = _moddesk("score", *words, cwd=tmp_path, MODDESK_MODEL="lexical-1")
    assert run.returncode == 1
    assert sentence in run.stderr
    assert not list(tmp_path.glob("o.*"))


def test_models_are_verified(tmp_path: Path) -> None:
    run = _moddesk("models", "verify", cwd=tmp_path)
    assert run.returncode == 0
    assert run.stdout.count("ok ") == 2


def test_a_model_is_evaluated_on_a_labelled_file(tmp_path: Path) -> None:
    texts = [
        "you stupid idiot",
        "have a nice day",
        "what an idiot you are",
        "see you tomorrow",
    ] * 12
    pl.DataFrame({"text": texts, "bad": [1, 0, 1, 0] * 12, "lang": ["en"] * 48}).write_parquet(
        tmp_path / "rows.parquet"
    )
    words = ("evaluate", "rows.parquet", "--model", "lexical-1", "--label-map", "toxicity=bad",
             "--by", "lang", "--rounds", "30")  # fmt: skip
    found = json.loads(_moddesk(*words, "--json", cwd=tmp_path).stdout)
    assert found["model"] == "lexical-1"
    assert found["overall"]["labels"]["toxicity"]["auroc"]["value"] == 1.0
    assert found["slices"]["lang"]["en"]["count"] == 48
    assert len(found["file_sha256"]) == 64
    shown = _moddesk(*words, cwd=tmp_path).stdout
    assert "harmless" in shown
    wrong = _moddesk("evaluate", "rows.parquet", "--label-map", "x=y", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "one side must be a label" in wrong.stderr


def test_scores_of_an_outside_model_by_command(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,text\n1,you idiot\n2,hello\n3,bye\n")
    (tmp_path / "old.csv").write_text(
        "comment,attribute,p\n1,TOXICITY,0.9\n1,INSULT,0.8\n2,TOXICITY,0.1\n3,TOXICITY,7\n"
    )
    store = ("--store", "s.duckdb")
    _moddesk("import", "items.csv", *store, cwd=tmp_path)
    words = (
        "import-scores", "old.csv", "--model", "perspective", "--version", "2024-11",
        "--id-column", "comment", "--label-column", "attribute", "--score-column", "p",
        "--map", "INSULT=none", "--rejected", "bad.csv", *store,
    )  # fmt: skip
    added = _moddesk(*words, cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    assert "one row per item and label" in added.stdout
    assert "INSULT → none" in added.stdout
    assert "2 items now have scores of perspective (2024-11)" in added.stdout
    assert "row 4, score: outside 0 to 1" in added.stderr
    assert (tmp_path / "bad.csv").read_text().startswith("row,field,problem,excerpt")
    assert "Nothing changed: 2 had these scores before" in _moddesk(*words, cwd=tmp_path).stdout
    listed = _moddesk("models", "list", *store, cwd=tmp_path).stdout
    assert "perspective (2024-11)" in listed
    refused = _moddesk("score", "--model", "perspective", *store, cwd=tmp_path)
    assert refused.returncode == 1
    assert "perspective is an outside model: its scores were imported" in refused.stderr
    assert "Traceback" not in refused.stderr

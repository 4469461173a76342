"""`moddesk report` as a timer runs it."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.domain.report import ReportDefinition, Rolling, Section
from core.errors import NotFoundError
from core.usecases.keep_reports import save_report
from data.bootstrap import open_workbench
from data.command_line import app
from data.command_options import settings_for

_RUNNER = CliRunner()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three items of today."""
    monkeypatch.setenv("MODDESK_ACTOR", "ann")
    (tmp_path / "items.csv").write_text("id,text\n1,you idiot\n2,hello\n3,lunch\n")
    path = tmp_path / "s.duckdb"
    done = _RUNNER.invoke(app, ["import", str(tmp_path / "items.csv"), "--store", str(path)])
    assert done.exit_code == 0, done.output
    return path


def _report(store: Path, out: Path, *words: str) -> tuple[int, str]:
    done = _RUNNER.invoke(app, ["report", *words, "--out", str(out), "--store", str(store)])
    return done.exit_code, done.output


def _days() -> tuple[str, ...]:
    today = datetime.now(UTC).date()
    yesterday = today - timedelta(days=1)
    return ("--from", yesterday.isoformat(), "--to", today.isoformat())


def test_a_written_report_is_0_and_an_empty_one_3(store: Path, tmp_path: Path) -> None:
    code, said = _report(store, tmp_path / "r.zip", *_days(), "--section", "volumes")
    assert code == 0, said
    assert "SHA-256" in said
    with zipfile.ZipFile(tmp_path / "r.zip") as whole:
        manifest = json.loads(whole.read("manifest.json"))
    assert manifest["inputs"]["items"]["rows"] == 3
    assert manifest["definition"]["sections"] == ["volumes"]
    long_ago = ("--from", "2020-01-01", "--to", "2020-01-31")
    code, said = _report(store, tmp_path / "e.zip", *long_ago, "--section", "volumes")
    assert code == 3, said
    assert (tmp_path / "e.zip").exists()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--from", "2026-01-01"),
        ("--from", "2026-02-01", "--to", "2026-01-01"),
        ("--period", "last_month", "--from", "2026-01-01", "--to", "2026-01-31"),
        ("--saved", "x", "--period", "last_month"),
        ("--period", "last_year"),
        ("--period", "last_month", "--section", "everything"),
    ],
)
def test_options_that_make_no_sense_are_2(
    store: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, _ = _report(store, tmp_path / "r.zip", *words)
    assert code == 2
    assert not (tmp_path / "r.zip").exists()


def test_a_saved_report_is_built_by_its_name(store: Path, tmp_path: Path) -> None:
    with open_workbench(settings_for(store)) as workbench:
        save_report(
            workbench.space, workbench.operator,
            ReportDefinition(name="Week", rolling=Rolling.LAST_WEEK, sections=(Section.VOLUMES,)),
        )  # fmt: skip
    in_a_week = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    code, said = _report(store, tmp_path / "r.zip", "--saved", "Week", "--as-of", in_a_week)
    assert (code, "Week" in said) == (0, True), said
    done = _RUNNER.invoke(
        app, ["report", "--saved", "No", "--out", str(tmp_path / "n.zip"), "--store", str(store)]
    )
    # `run` makes a sentence and exit code 1 of it.
    assert isinstance(done.exception, NotFoundError)
    assert not (tmp_path / "n.zip").exists()

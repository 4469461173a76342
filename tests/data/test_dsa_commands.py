"""The commands for the Digital Services Act as a person types them."""

import os
import subprocess
import sys
from pathlib import Path

from core.domain.report_part import ReportPart
from core.usecases.fill_report import names


def _moddesk(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dashboard.command_line import main; main()", *words]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, "MODDESK_ACTOR": "ann"}, capture_output=True, text=True
    )


def test_statements_and_reports_say_what_is_missing(tmp_path: Path) -> None:
    store = ("--store", "s.duckdb")
    (tmp_path / "items.csv").write_text(
        "id,text,outcome,reasons,decided_at\n1,buy pills,reject,spam,2026-05-04T12:00:00Z\n"
    )
    assert _moddesk("import", "items.csv", *store, cwd=tmp_path).returncode == 0
    days = ("--from", "2026-05-01", "--to", "2026-05-31")
    run = _moddesk("dsa", "statements", *days, "--out", "s.zip", *store, cwd=tmp_path)
    assert run.returncode == 1
    assert "1 of 1 statements are held back" in run.stderr
    assert "decision_ground of Spam" in run.stderr
    run = _moddesk("dsa", "report", "--year", "2026", "--out", "r", *store, cwd=tmp_path)
    assert (run.returncode, "the service and the provider" in run.stderr) == (1, True)
    empty = ("--from", "2025-05-01", "--to", "2025-05-31")
    run = _moddesk("dsa", "statements", *empty, "--out", "s.zip", *store, cwd=tmp_path)
    assert (run.returncode, "nothing to state" in run.stderr) == (1, True)
    for words, sentence in (
        (("statements", "--from", "soon", "--to", "2026-05-31"), "--from soon"),
        (("statements", "--from", "2026-06-01", "--to", "2026-05-31"), "is before --from"),
        (("report", "--year", "1999"), "a --year from 2020 on"),
    ):
        run = _moddesk("dsa", *words, "--out", "x.zip", *store, cwd=tmp_path)
        assert (run.returncode, sentence in run.stderr) == (1, True), run.stderr
        assert "Traceback" not in run.stderr
    assert {path.name for path in tmp_path.iterdir()} >= {"items.csv", "s.duckdb"}
    assert not list(tmp_path.glob("*.zip"))


def test_a_folder_of_report_files_is_checked(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
    part = names()
    (good / part.file_name).write_bytes(part.to_csv())
    run = _moddesk("dsa", "check", "good", cwd=tmp_path)
    assert (run.returncode, "1 parts break no counting rule" in run.stdout) == (0, True)
    fewer = ReportPart(number=2, columns=part.columns, rows=part.rows[1:])
    (bad / part.file_name).write_bytes(fewer.to_csv())
    run = _moddesk("dsa", "check", "bad", cwd=tmp_path)
    assert run.returncode == 1
    assert "Part 2" in run.stdout
    assert "the row TOTAL is missing" in run.stdout
    run = _moddesk("dsa", "check", "nowhere", cwd=tmp_path)
    assert (run.returncode, "is no folder" in run.stderr) == (1, True)

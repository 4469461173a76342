"""The guide's commands, run as they are written, on made-up comments and scores."""

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from data.demo.corpus import generate
from data.demo.outside_scores import perspective_like

GUIDE = Path(__file__).parents[1] / "docs" / "leaving-perspective.md"


def _commands() -> list[list[str]]:
    blocks = GUIDE.read_text(encoding="utf-8").split("```console\n")[1:]
    lines = [line for block in blocks for line in block.split("```")[0].splitlines()]
    return [shlex.split(line) for line in lines if line.strip()]


def _files(folder: Path) -> int:
    """What step 1 asks for; how many comments."""
    corpus = generate(3, until=datetime(2026, 5, 4, 12, tzinfo=UTC), count=400)
    decided = corpus.decisions.unique("external_id").select("external_id", "outcome")
    comments = corpus.items.join(decided, on="external_id", how="left")
    comments.select(
        "outcome", "created_at", id="external_id", text="body", author="author_id"
    ).with_columns(pl.col("created_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(
        folder / "comments.csv"
    )
    scores = perspective_like(corpus.truth).rename({"external_id": "id"}).drop("tenant_id")
    scores.write_csv(folder / "perspective.csv")
    return comments.height


def test_the_commands_of_the_guide_work(tmp_path: Path) -> None:
    count = _files(tmp_path)
    said = []
    environment = {**os.environ, "MODDESK_DATABASE_URL": f"duckdb:///{tmp_path}/s.duckdb"}
    for program, *words in _commands():
        assert program == "moddesk"
        command = [sys.executable, "-c", "from dashboard.command_line import main; main()", *words]
        run = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        said.append(run.stdout)
    imported, added = said
    assert f"{count:,} new items" in imported
    assert "past decisions" in imported
    assert f"{count:,} items now have scores of perspective (2026-06)" in added
    assert "PROFANITY → none" in added
    assert "problems" not in added

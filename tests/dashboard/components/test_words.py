from pathlib import Path

import pytest
import streamlit as st

from dashboard import state
from dashboard.components.words import plain
from data.bootstrap import open_workbench, read_settings


class Kept(dict[str, object]):
    """Session state outside a page."""

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("![x](https://evil.example/x.png)", r"\!\[x\]\(https\://evil\.example/x\.png\)"),
        (":red[text] <b>", r"\:red\[text\] \<b\>"),
        ("Müller & Söhne", "Müller & Söhne"),
    ],
)
def test_a_name_is_never_read_as_markup(name: str, shown: str) -> None:
    assert plain(name) == shown


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "/etc/cron.d/x", "a/../../b.parquet", "x.csv\x00.sh", ".."]
)
def test_an_upload_stays_in_its_folder_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(st, "session_state", Kept())
    settings = read_settings(database_url=f"duckdb:///{tmp_path}/s.duckdb")
    with open_workbench(settings) as workbench:
        state.publish(workbench)
        path = state.uploaded_file("id", name, lambda: b"id,text")
        state.publish(None)
    assert path.parent == tmp_path / "uploads"
    assert path.read_bytes() == b"id,text"

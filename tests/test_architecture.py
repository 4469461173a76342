"""Rules of the layout that no linter checks."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for folder in ("core", "data", "dashboard", "tests")
    for path in (ROOT / folder).rglob("*.py")
]


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        str(path): count for path in SOURCES if (count := len(path.read_text().splitlines())) > 500
    }
    assert not long


def test_no_module_of_the_dashboard_is_named_like_the_standard_library() -> None:
    # Streamlit puts the folder of app.py first on the import path.
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    assert not names & (set(sys.stdlib_module_names) | {"core", "data"})


def test_no_folder_is_served_past_the_navigation() -> None:
    assert not (ROOT / "dashboard" / "pages").exists()


@pytest.mark.parametrize("word", ["pickle", "joblib", "innerHTML", "trust_remote_code=True"])
def test_what_must_never_be_used_is_not_used(word: str) -> None:
    for folder in ("core", "data", "dashboard"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".js", ".html"):
                assert word not in path.read_text(encoding="utf-8"), path


def test_opening_a_workbench_loads_no_user_interface() -> None:
    code = (
        "import sys, data.bootstrap;"
        "print([m for m in ('torch', 'streamlit', 'plotly', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

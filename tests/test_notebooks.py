"""Notebooks run top to bottom, are committed without outputs, and say what the pages say."""

import ast
import json
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: What a notebook may use of ours: the public parts, never a driver or a user interface.
ALLOWED = ("core", "data.bootstrap", "data.demo", "data.open_store")
FORBIDDEN = {"dashboard", "duckdb", "psycopg", "sqlalchemy", "streamlit"}
#: The notebook that reads the bundle of public votes, which is no part of the repository.
OF_THE_BUNDLE = "04_reviewer_agreement.ipynb"
BUNDLE = Path(os.environ.get("MODDESK_BUNDLE", ROOT.parent / "shared" / "datasets"))
#: The notebook that a page of the documentation takes its numbers from.
WALK_THROUGHS = {"02_thresholds_and_prevalence.ipynb": "choose-a-threshold.md"}

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_it_is_committed_without_outputs(path: Path) -> None:
    for cell in _code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_it_imports_public_parts_only(path: Path) -> None:
    source = "\n".join("".join(cell["source"]) for cell in _code_cells(path))
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    for name in imported:
        top = name.split(".")[0]
        assert top not in FORBIDDEN, name
        if top in ("core", "data"):
            assert any(name == each or name.startswith(f"{each}.") for each in ALLOWED), name


@pytest.mark.slow
def test_it_runs_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if path.name == OF_THE_BUNDLE and not (BUNDLE / "votes.parquet").exists():
        pytest.skip(f"no votes.parquet in {BUNDLE}; MODDESK_BUNDLE names another folder")
    printed = _printed_at_the_end(path, tmp_path, monkeypatch)
    page = WALK_THROUGHS.get(path.name)
    if page is None:
        return
    text = " ".join((ROOT / "docs" / page).read_text(encoding="utf-8").split())
    # The whole figure: 304 is not found in 3,304 or 30.45.
    missing = {
        name: figure
        for name, figure in json.loads(printed).items()
        if not re.search(rf"(?<![\d.,]){re.escape(figure)}(?!\d|[.,]\d)", text)
    }
    assert not missing


def _printed_at_the_end(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the notebook in a process of its own; what its last cell prints."""
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    book = nbformat.read(path, as_version=4)
    # Sockets in a folder with a short name (their paths may not be long): no port is opened.
    with TemporaryDirectory(prefix="nb-") as sockets:
        NotebookClient(
            book,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(ROOT)}},
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}}),
        ).execute()
    return "".join(output.get("text", "") for output in book.cells[-1].outputs)

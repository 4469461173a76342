import subprocess
import sys
from pathlib import Path

import pytest

from core.domain.identifiers import IdSequence
from core.errors import StoreBusyError, StoreUnavailableError, StoreVersionError
from data.open_store import open_duckdb
from tests.builders import FixedClock


def test_a_second_process_gets_one_sentence_that_says_who_holds_the_store(
    tmp_path: Path, ids: IdSequence
) -> None:
    opened = open_duckdb(str(tmp_path / "store.duckdb"), FixedClock(), ids)
    code = (
        "import sys; from core.clock import SystemClock; from core.domain.identifiers import *;"
        "from data.open_store import open_duckdb; from core.errors import WorkbenchError\n"
        "try: open_duckdb(sys.argv[1], SystemClock(), IdSequence(SystemClock()))\n"
        "except WorkbenchError as error: print(type(error).__name__, error)"
    )
    path = str(tmp_path / "store.duckdb")
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    opened.close()
    assert run.stderr == ""
    assert run.stdout.startswith(StoreBusyError.__name__)
    assert "process" in run.stdout
    assert "Stop that process" in run.stdout


def test_a_file_that_is_no_store_is_refused_in_words(tmp_path: Path, ids: IdSequence) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database, but long enough to look at" * 200)
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        open_duckdb(str(path), FixedClock(), ids)


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path, ids: IdSequence) -> None:
    path = str(tmp_path / "newer.duckdb")
    opened = open_duckdb(path, FixedClock(), ids)
    with opened.dialect.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    opened.close()
    with pytest.raises(StoreVersionError, match="newer version"):
        open_duckdb(path, FixedClock(), ids)

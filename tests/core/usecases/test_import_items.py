from pathlib import Path

import polars as pl
import pytest

from core.domain.decision import Source
from core.domain.item_filter import ItemFilter
from core.domain.person import operator
from core.errors import ImportUndoError, JobCancelledError, NotFoundError
from core.store.job_handle import NoJob
from core.usecases.export_records import ExportKind
from core.usecases.list_items import describe_items
from core.usecases.review_item import decide
from data.bootstrap import Workbench, open_workbench, read_settings
from data.exports.record_writer import file_digest
from tests.builders import FixedClock, a_draft

ANN = operator("ann")


@pytest.fixture
def workbench(database_url: str, clock: FixedClock):  # type: ignore[no-untyped-def]  # a fixture
    settings = read_settings(database_url=database_url, actor="ann", pool_size=6)
    with open_workbench(settings, clock) as opened:
        yield opened


def _csv(folder: Path, *rows: str, header: str = "id,text,toxicity", name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def _import(workbench: Workbench, path: Path, *pairs: str):  # type: ignore[no-untyped-def]  # an ImportRun
    return workbench.import_file(path, mapping=list(pairs), job=NoJob())


def test_good_rows_are_kept_and_bad_rows_listed(workbench: Workbench, tmp_path: Path) -> None:
    path = _csv(tmp_path, "1,hello,0", "2,,1", "3,bye,maybe", "4,again,")
    run = _import(workbench, path, "label:toxicity=toxicity")
    assert (run.row_count, run.new_count, run.rejected_count, run.decision_count) == (4, 2, 2, 1)
    with workbench.space.store.reading() as parts:
        rows = parts.imports.rejected(run.import_id, None)
    assert rows.select("row", "field").rows() == [(2, "body"), (3, "toxicity")]
    assert b"row,field,problem,excerpt" in workbench.rejected_csv(run.import_id)


def test_repeating_an_import_changes_nothing_and_says_so(
    workbench: Workbench, tmp_path: Path
) -> None:
    path = _csv(tmp_path, "1,hello,0", "2,bye,1")
    _import(workbench, path)
    again = _import(workbench, path)
    assert (again.new_count, again.known_count, again.decision_count) == (0, 2, 0)
    assert again.sentence.startswith("Nothing changed")


def test_rows_without_ids_are_found_again_and_equal_rows_stay_apart(
    workbench: Workbench, tmp_path: Path
) -> None:
    path = _csv(tmp_path, "ok,2026-01-01", "ok,2026-01-01", "other,2026-01-01", header="text,date")
    assert _import(workbench, path).new_count == 3
    assert _import(workbench, path).known_count == 3


def test_an_id_that_changes_its_text_keeps_the_first_text(
    workbench: Workbench, tmp_path: Path
) -> None:
    _import(workbench, _csv(tmp_path, "1,hello,"))
    run = _import(workbench, _csv(tmp_path, "1,changed,", "2,new,"))
    assert (run.new_count, run.changed_count) == (1, 1)


def test_an_id_used_twice_in_a_file_is_named(workbench: Workbench, tmp_path: Path) -> None:
    run = _import(workbench, _csv(tmp_path, "1,hello,", "1,hello,", "1,something else,"))
    assert (run.new_count, run.rejected_count) == (1, 1)


def test_old_decisions_stand_in_the_ledger(workbench: Workbench, tmp_path: Path) -> None:
    _import(workbench, _csv(tmp_path, "1,hello,1"))
    workbench.score(NoJob())
    with workbench.space.store.reading() as parts:
        item_id = parts.items.newest_id()
        (entry,) = parts.decisions.chain(item_id)
    assert (entry.source, entry.reasons[0].value) == (Source.IMPORT, "toxicity")
    row = describe_items(workbench.space, workbench.catalogue, [item_id], person=ANN).row(
        0, named=True
    )
    assert row["status"] == "rejected"


def test_a_cancelled_import_leaves_the_store_as_it_was(
    workbench: Workbench, tmp_path: Path
) -> None:
    class Cancelled:
        def progress(self, stage: str, done: int, total: int | None) -> None:
            if stage == "writing":
                raise JobCancelledError("Cancelled.")

    with pytest.raises(JobCancelledError):
        workbench.import_file(_csv(tmp_path, "1,hello,0"), mapping=[], job=Cancelled())
    with workbench.space.store.reading() as parts:
        assert parts.items.newest_id() == 0
        assert parts.imports.recent(5) == []


def test_an_import_is_taken_back_as_a_whole_until_somebody_decides(
    workbench: Workbench, tmp_path: Path
) -> None:
    first = _import(workbench, _csv(tmp_path, "1,you idiot,", "2,hello,1"))
    workbench.score(NoJob())
    assert workbench.undo_import(first.import_id) == 2
    with workbench.space.store.reading() as parts:
        assert parts.items.newest_id() == 0
    with pytest.raises(NotFoundError):
        workbench.undo_import(first.import_id)
    second = _import(workbench, _csv(tmp_path, "1,you idiot,"))
    with workbench.space.store.reading() as parts:
        item_id = parts.items.newest_id()
    decide(workbench.space, ANN, [a_draft(item_id)], policy_version_id=None)
    with pytest.raises(ImportUndoError, match="1 decisions"):
        workbench.undo_import(second.import_id)


@pytest.mark.parametrize("kind", list(ExportKind))
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_holds_every_row_and_its_manifest_says_so(
    workbench: Workbench, tmp_path: Path, kind: ExportKind, ending: str
) -> None:
    _import(workbench, _csv(tmp_path, "1,=1+1,1", "2,hello,0"))
    workbench.score(NoJob())
    out = tmp_path / f"out.{ending}"
    manifest = workbench.export(out, kind=kind, wanted=ItemFilter(), person=ANN, job=NoJob())
    frame = pl.read_csv(out) if ending == "csv" else pl.read_parquet(out)
    assert frame.height == manifest.row_count == 2
    assert manifest.sha256 == file_digest(out)
    assert (tmp_path / f"out.{ending}.manifest.json").read_text().count(manifest.sha256) == 1
    assert manifest.policy == "default v1"
    if kind is ExportKind.ITEMS:
        wanted = "'=1+1" if ending == "csv" else "=1+1"
        assert frame["body"].to_list() == [wanted, "hello"]
        assert frame["status"].to_list() == ["rejected", "approved"]


def test_an_empty_export_has_its_header(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "none.csv"
    workbench.export(out, kind=ExportKind.ITEMS, wanted=ItemFilter(), person=ANN, job=NoJob())
    assert out.read_text().startswith("item_id,tenant_id,external_id")


def test_export_then_import_is_identity(workbench: Workbench, tmp_path: Path) -> None:
    _import(workbench, _csv(tmp_path, '1,"two\nlines, 😀",', "2,plain,"))
    out = tmp_path / "out.parquet"
    workbench.export(out, kind=ExportKind.ITEMS, wanted=ItemFilter(), person=ANN, job=NoJob())
    run = _import(workbench, out, "external_id=external_id", "outcome=")
    assert (run.new_count, run.known_count, run.rejected_count) == (0, 2, 0)

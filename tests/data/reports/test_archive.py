"""A report's files: whole, alone, harmless and always the same."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from core.domain.person import Person
from core.domain.report import ReportDefinition
from core.domain.report_content import ChartKind, ReportChart, Series
from core.errors import JobCancelledError
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue
from core.usecases.workspace import Workspace
from data.reports.archive import write_archive
from data.reports.html_page import html_page
from data.reports.pdf_document import pdf_document
from data.reports.svg_chart import svg_chart, ticks
from tests.builders import FixedClock
from tests.core.usecases.reported import ANN, DAY, add, built, review

HOSTILE = '=HYPERLINK("https://evil.example") <script>alert(1)</script> #import "x" ![i](j)'


@pytest.fixture
def reviewed(space: Workspace, catalogue: Catalogue, clock: FixedClock) -> None:
    add(space, catalogue)
    review(space, clock)


def _hostile(person: Person = ANN) -> ReportDefinition:
    return DAY.model_copy(update={"name": HOSTILE[:80]})


def _written(space: Workspace, catalogue: Catalogue, path: Path, **facts: object) -> str:
    digest, _ = write_archive(path, built(space, catalogue, **facts), version="1", job=NoJob())  # type: ignore[arg-type]
    return digest


def test_two_runs_make_equal_bytes(space, catalogue, reviewed, tmp_path, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    first = _written(space, catalogue, tmp_path / "a.zip")
    clock.advance(days=40)
    second = _written(space, catalogue, tmp_path / "b.zip")
    assert first == second
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_the_manifest_names_every_file_and_what_it_rests_on(
    space, catalogue, reviewed, tmp_path
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _written(space, catalogue, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as whole:
        manifest = json.loads(whole.read("manifest.json"))
        names = set(whole.namelist()) - {"manifest.json"}
        assert set(manifest["files"]) == names
        assert names >= {"report.html", "report.pdf", "tables/volumes_numbers.csv"}
        for name, facts in manifest["files"].items():
            content = whole.read(name)
            assert hashlib.sha256(content).hexdigest() == facts["sha256"]
            assert len(content) == facts["bytes"]
            if name.endswith(".parquet"):
                assert pl.read_parquet(io.BytesIO(content)).height == facts["rows"]
                assert name.replace(".parquet", ".csv") in names
    assert manifest["inputs"]["items"]["rows"] == 8
    assert manifest["policies"] == ["default v1"]
    assert manifest["models"] == [f"words-1 (1) {'ab' * 32}"]
    assert manifest["moddesk_version"] == "1"


def test_the_page_needs_nothing_else_and_escapes_what_people_wrote(
    space, catalogue, reviewed
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    page = html_page(built(space, catalogue, _hostile()))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    # No address is loaded: only the name of SVG and links inside the page.
    assert not re.search(r"\b(src|srcset|poster|data|action)\s*=", page)
    assert set(re.findall(r'href="([^"]*)"', page)) == {
        f"#{each.value}" for each in DAY.ordered_sections
    }
    assert not re.search(r"@import|url\(", page)
    assert "default-src 'none'" in page


def test_the_pdf_takes_what_people_wrote_as_text(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    made = pdf_document(built(space, catalogue, _hostile()))
    assert made.startswith(b"%PDF-")
    assert len(made) > 10_000


def test_a_cell_cannot_start_a_formula(space, catalogue, tmp_path, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    ids = add(space, catalogue, ("you idiot", "lunch"))
    assert ids
    from tests.builders import item_frame

    with space.store.writing() as parts:
        parts.items.add_new(item_frame("hello", tenant_id="=1+1", external_id=["x"]))
    _written(space, catalogue, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as whole:
        rows = whole.read("tables/outcomes_by_tenant.csv").decode()
    assert "'=1+1" in rows
    assert not re.search(r"^=", rows, re.MULTILINE)


def test_an_empty_period_makes_files_too(space, catalogue, tmp_path) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _written(space, catalogue, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as whole:
        assert "The period is empty" in whole.read("report.html").decode()


def test_charts_stay_inside_and_their_text_is_text() -> None:
    for kind in ChartKind:
        values = (3.0, None, 0.0)
        chart = ReportChart(
            "c", "C", kind, "t", ("<b>", "b", "x" * 90),
            (Series("<i>", values, (1.0, None, 0.0), (5.0, None, 0.0)),),
        )  # fmt: skip
        drawn = svg_chart(chart)
        assert "<b>" not in drawn
        assert "<i>" not in drawn
        assert "nan" not in drawn.lower()
    assert "Nothing to draw" in svg_chart(
        ReportChart("c", "C", ChartKind.LINES, "t", (), (Series("s", ()),))
    )


def test_ticks_are_round_and_cover_everything() -> None:
    assert ticks(160) == [0, 50, 100, 150, 200]
    assert ticks(0.07)[-1] >= 0.07
    assert ticks(1.0)[-1] == 1.0


class _Cancelled:
    """A job that somebody cancels at a stage."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def progress(self, stage: str, done: int, total: int | None) -> None:
        if stage == self.stage:
            raise JobCancelledError("Cancelled.")


@pytest.mark.parametrize("stage", ["writing", "setting the PDF", "writing tables"])
def test_a_cancelled_report_leaves_no_file(space, catalogue, tmp_path, stage) -> None:  # type: ignore[no-untyped-def]  # fixtures
    report = built(space, catalogue)
    with pytest.raises(JobCancelledError):
        write_archive(tmp_path / "a.zip", report, version="1", job=_Cancelled(stage))
    assert list(tmp_path.glob("*.zip*")) == []

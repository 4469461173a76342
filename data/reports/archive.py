"""A report as one zip: HTML, PDF, every table as CSV and Parquet, and a manifest of it all."""

import io
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from core.domain.report_content import ModerationReport, ReportSection
from core.store.job_handle import JobHandle
from core.usecases.report_sections.figures import figure_frame
from data.exports.bundle import ZipBundle
from data.exports.formula_guard import guard_cells
from data.exports.record_writer import file_digest
from data.reports.html_page import html_page
from data.reports.pdf_document import pdf_document

#: Raised when files change their shape; readers of older reports can tell.
LAYOUT = 1


def write_archive(
    path: Path, report: ModerationReport, *, version: str, job: JobHandle
) -> tuple[str, dict[str, Any]]:
    """(SHA-256 of the zip, its manifest); equal reports make equal bytes."""
    job.progress("writing", 0, 3)
    # The page is named for what it is, not for the report: names may hold anything.
    contents = {"report.html": html_page(report).encode()}
    job.progress("setting the PDF", 1, 3)
    contents["report.pdf"] = pdf_document(report)
    job.progress("writing tables", 2, 3)
    counts: dict[str, int] = {}
    for name, frame in frames_of(report):
        counts |= {f"tables/{name}.csv": frame.height, f"tables/{name}.parquet": frame.height}
        contents[f"tables/{name}.csv"] = csv_bytes(frame)
        contents[f"tables/{name}.parquet"] = parquet_bytes(frame)
    manifest = manifest_of(report, version) | {
        "files": {
            name: {
                "sha256": sha256(content).hexdigest(),
                "bytes": len(content),
                **({"rows": counts[name]} if name in counts else {}),
            }
            for name, content in sorted(contents.items())
        }
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    with ZipBundle(path) as bundle:
        for name, content in sorted((contents | {"manifest.json": text.encode()}).items()):
            bundle.add(name, content)
        bundle.finish()
    return file_digest(path), manifest


def manifest_of(report: ModerationReport, version: str) -> dict[str, Any]:
    """What the report is of, and what it rests on."""
    return {
        "layout": LAYOUT,
        "moddesk_version": version,
        "definition": report.definition.model_dump(mode="json"),
        "period": report.period.model_dump(mode="json"),
        "compared_with": report.earlier.model_dump(mode="json") if report.earlier else None,
        "state_at": report.state_at,
        "tenants": list(report.tenants) if report.tenants is not None else None,
        "policies": list(report.policies),
        "models": list(report.models),
        "inputs": {kind: each.model_dump() for kind, each in report.inputs.items()},
        "csv_cells_guarded": True,
    }


def frames_of(report: ModerationReport) -> Iterator[tuple[str, pl.DataFrame]]:
    """(name, frame) of the numbers and the tables of every section."""
    for section in report.sections:
        yield from _frames_of(section)


def _frames_of(section: ReportSection) -> Iterator[tuple[str, pl.DataFrame]]:
    if section.figures:
        yield f"{section.section.value}_numbers", figure_frame(section.figures, section.earlier)
    for table in section.tables:
        yield table.key, table.frame


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as CSV whose cells no spreadsheet runs."""
    return guard_cells(frame).write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ").encode()


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as Parquet."""
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd", statistics=False)
    return target.getvalue()

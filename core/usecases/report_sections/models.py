"""Model versions in use: which ones scored the period's items."""

import polars as pl

from core.domain.report import Section
from core.domain.report_content import ReportSection, ReportTable, Unit
from core.usecases.catalogue import Catalogue
from core.usecases.report_sections.facts import PeriodFacts
from core.usecases.report_sections.figures import counted


def models(catalogue: Catalogue, now: PeriodFacts) -> ReportSection:
    """The section."""
    known = {each.model_version_id: each for each in catalogue.models}
    rows = []
    for number, items in now.scored_by.select("model_version_id", "items").rows():
        version = known[number]
        rows.append(
            (
                version.display_name, version.kind, version.digest, int(items),
                items / now.items if now.items else None, "yes" if number ==
                now.policy.model_version_id else "no",
            )
        )  # fmt: skip
    schema = {
        "model": pl.String, "kind": pl.String, "digest": pl.String, "items": pl.Int64,
        "scored_share": pl.Float64, "read_by_policy": pl.String,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("model", "digest")
    return ReportSection(
        section=Section.MODELS,
        about=(
            "Model versions that scored items of the period, now or since, with the SHA-256 digest "
            "of their weights; and whether the live policy reads their scores."
        ),
        figures=(counted("models", "Model versions with scores", frame.height),),
        tables=(
            ReportTable(
                "models", "Model versions", frame, {"scored_share": Unit.SHARE},
                empty="No item of the period has scores.",
            ),
        ),
    )  # fmt: skip

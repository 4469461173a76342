"""Reviewer agreement: what people said of items that two or more of them decided."""

import polars as pl

from core.domain.report import Section
from core.domain.report_content import Figure, ReportSection, ReportTable, Unit
from core.metrics.agreement import Agreement, rating_counts
from core.metrics.agreement import agreement as measured
from core.metrics.intervals import Interval
from core.usecases.report_sections.facts import PeriodFacts
from core.usecases.report_sections.figures import counted, unknown

_NONE = "no item was decided by two people"
_ONE_VALUE = "everybody said the same of everything"
#: Each one costs a bootstrap.
PLACES_MAX = 20
_PARTS = ("percent", "alpha", "ac1")


def agreement(now: PeriodFacts, earlier: PeriodFacts | None) -> ReportSection:
    """The section."""
    people = now.reviews["actor"].n_unique()
    notes = []
    if people == 1:
        notes.append("One person made all decisions of the period: there is nobody to agree with.")
    elif now.ratings.is_empty():
        notes.append(
            "No item was decided by a second person in the period. A queue with blind second "
            "reviews makes agreement measurable."
        )
    return ReportSection(
        section=Section.AGREEMENT,
        about=(
            "Items that two people or more approved or rejected, the last of them in the period; "
            "each person counts with the last thing they said. The second person may have seen the "
            "first one's decision unless the review was blind: agreement is then flattered. Where "
            "one outcome is rare, alpha is low although people agree nearly always; AC1 is not."
        ),
        figures=_figures(now),
        earlier=_figures(earlier) if earlier else (),
        tables=tuple(
            ReportTable(
                f"agreement_by_{name}", f"By {name} (the {PLACES_MAX} with most ratings)",
                _split(now.ratings, column, name),
                {"percent": Unit.SHARE, "percent_low": Unit.SHARE, "percent_high": Unit.SHARE},
                empty="No item was decided by two people.",
            )
            for column, name in (("language", "language"), ("tenant_id", "tenant"))
        ),
        notes=tuple(notes),
    )  # fmt: skip


def _measured(ratings: pl.DataFrame) -> Agreement | None:
    if ratings.is_empty():
        return None
    values = (ratings["outcome"] == "reject").cast(pl.Int8).to_numpy()
    return measured(rating_counts(ratings["item_id"].to_numpy(), values, 2))


def _figures(facts: PeriodFacts) -> tuple[Figure, ...]:
    found = _measured(facts.ratings)
    names = {
        "percent": ("Agreement in percent", Unit.SHARE),
        "alpha": ("Krippendorff's alpha", Unit.NUMBER),
        "ac1": ("Gwet's AC1", Unit.NUMBER),
    }
    return (
        counted("rated_twice", "Items decided by two people or more", found.units if found else 0),
        *(_figure(key, *names[key], found) for key in _PARTS),
    )


def _figure(key: str, name: str, unit: Unit, found: Agreement | None) -> Figure:
    if found is None:
        return unknown(f"agreement_{key}", name, unit, _NONE)
    value, interval = _part(found, key)
    if value is None:
        return unknown(f"agreement_{key}", name, unit, _ONE_VALUE)
    return Figure(
        key=f"agreement_{key}", name=name, unit=unit, value=value,
        low=interval.low if interval else None, high=interval.high if interval else None,
        n=found.units,
        basis="95 % interval, bootstrap over items"
        if interval
        else "no interval: too few items for a bootstrap",
    )  # fmt: skip


def _part(found: Agreement, key: str) -> tuple[float | None, Interval | None]:
    match key:
        case "percent":
            return found.percent, found.percent_interval
        case "alpha":
            return found.alpha, found.alpha_interval
        case _:
            return found.ac1, found.ac1_interval


def _split(ratings: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    rows = []
    largest = ratings.group_by(column).len().sort("len", column, descending=[True, False])
    for value in largest[column].head(PLACES_MAX):
        found = _measured(ratings.filter(pl.col(column) == value))
        if found is None:
            continue
        cells: list[float | None] = []
        for key in _PARTS:
            number, interval = _part(found, key)
            cells += [number, interval.low if interval else None]
            cells += [interval.high if interval else None]
        rows.append((value, found.units, *cells))
    schema = {name: pl.String, "n": pl.Int64} | {
        f"{key}{end}": pl.Float64 for key in _PARTS for end in ("", "_low", "_high")
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("n", name, descending=[True, False])

"""The tables of the transparency report from counts: blank where the data cannot say."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from core.domain.category_words import category_names
from core.domain.decision import Outcome
from core.domain.dsa_enums import OTHER
from core.domain.dsa_mapping import PlatformAnswers
from core.domain.report_part import ReportPart
from core.domain.report_template import (
    ABOUT_VISIBILITY,
    ACCURACY,
    ALL,
    COLUMNS,
    HOSTING,
    IDENTIFICATION,
    LONG_ROWS,
    NOT_TAKEN,
    NUMBER,
    OWN_INITIATIVE,
    PARTLY,
    PRECISION,
    RECALL,
    RESTRICTIONS,
    REVERSED,
    SOLELY_TAKEN,
    SUBMITTED,
    TOTAL,
    UPHELD,
    category_rows,
)
from core.metrics.survey import Estimate
from core.usecases.count_measures import Measures, ReportRow
from core.usecases.count_notices import Notices
from core.usecases.measure_automation import AutomationQuality

Cells = list[str]


@dataclass(frozen=True)
class Heading:
    """What every row of a report starts with."""

    service: str
    start: date
    end: date

    @property
    def period(self) -> str:
        """As the report writes it."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"


def identification(
    heading: Heading, platform: PlatformAnswers, published_on: date | None
) -> ReportPart:
    """Part 1."""
    values = (
        platform.provider,
        published_on.isoformat() if published_on else "",
        platform.previous_report.isoformat() if platform.previous_report else "",
        heading.start.isoformat(),
        heading.end.isoformat(),
    )
    rows = [
        (ALL, heading.service, name, value)
        for name, value in zip(IDENTIFICATION, values, strict=True)
    ]
    return ReportPart(number=1, columns=COLUMNS[1], rows=tuple(rows))


def names() -> ReportPart:
    """Part 2."""
    rows = tuple((*each, "") for each in category_names())
    return ReportPart(number=2, columns=COLUMNS[2], rows=rows)


def orders(heading: Heading) -> ReportPart:
    """Part 3: blank, for orders of authorities are not in our data."""
    blank = [""] * (len(COLUMNS[3]) - 6)
    rows = [
        (ALL, heading.service, heading.period, code, "", TOTAL, *blank)
        for _, code in category_rows(3)
    ]
    return ReportPart(number=3, columns=COLUMNS[3], rows=tuple(rows))


def notices(heading: Heading, found: Notices) -> ReportPart:
    """Part 4: blank as a whole when no item tells of a notice."""
    by_code: dict[tuple[str, str], Cells] = {}
    width = len(COLUMNS[4]) - 5
    counted = {place: _notice_cells(found, [place]) for place in found}
    for category, code in category_rows(4):
        if code == TOTAL:
            places = list(found)
        elif code == category:
            places = [place for place in found if place[0] == category]
        else:
            places = [(category, code)] if (category, code) in counted else []
        cells = _notice_cells(found, places) if found else []
        by_code[category, code] = cells + [""] * (width - len(cells))
    rows = [
        (HOSTING, heading.service, heading.period, code, "", *by_code[category, code])
        for category, code in category_rows(4)
    ]
    return ReportPart(number=4, columns=COLUMNS[4], rows=tuple(rows))


def _notice_cells(found: Notices, places: list[tuple[str, str]]) -> Cells:
    """The ten values of a row: each number, then that of trusted flaggers."""
    columns: list[Cells] = []
    for who in (0, 1):
        parts = [found[place][who] for place in places]
        hours = sorted(hour for each in parts for hour in each.hours)
        columns.append(
            [
                str(len({name for each in parts for name in each.ids})),
                str(sum(each.items for each in parts)),
                number(_median(hours)),
                str(sum(each.by_law for each in parts)),
                str(sum(each.by_terms for each in parts)),
            ]
        )
    return [cell for pair in zip(*columns, strict=True) for cell in pair]


def _median(hours: list[float]) -> float | None:
    if not hours:
        return None
    middle = len(hours) // 2
    return hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2


def number(value: float | None, digits: int = 4) -> str:
    """A float as the report writes it, without zeros at its end; blank when it is not known."""
    if value is None:
        return ""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def own_initiative(
    part: int, heading: Heading, measures: Measures, imposed: frozenset[str]
) -> ReportPart:
    """Part 5 or 6; restrictions that the service never imposes stay blank."""
    counts = _counted(part, measures)
    described: dict[str, set[str]] = defaultdict(set)
    for place in (place for place in measures.own if place.part == part):
        if place.keyword == OTHER:
            described[place.category].add(place.description)
    rows = []
    width = len(COLUMNS[part]) - 5
    for category, code in category_rows(part):
        descriptions = sorted(described[category]) if code == OTHER else []
        for description in descriptions or [""]:
            found = counts[category, code, description]
            cells = [str(found["own"]), str(found["detected"])]
            cells += [str(found[name]) if name in imposed else "" for name in RESTRICTIONS]
            cells += [""] * (width - len(cells))
            rows.append((ALL, heading.service, heading.period, code, description, *cells))
    return ReportPart(number=part, columns=COLUMNS[part], rows=tuple(rows))


def _counted(part: int, measures: Measures) -> dict[tuple[str, str, str], Counter[str]]:
    """(category, code, description) to the counts by column: rows, their category and the total."""
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)

    def add(place: ReportRow, column: str, count: int) -> None:
        if place.part == part:
            counts[place.category, place.keyword, place.description][column] += count
            counts[place.category, place.category, ""][column] += count
            counts["", TOTAL, ""][column] += count

    for place, count in measures.own.items():
        add(place, "own", count)
    for place, count in measures.detected.items():
        add(place, "detected", count)
    for (place, column), count in measures.imposed.items():
        add(place, column, count)
    return counts


def appeals(
    heading: Heading, complaints: dict[str, int], *, is_complete: bool
) -> ReportPart:  # fmt: skip
    """Part 7: complaints that were decided; the rest stays blank.

    `is_complete`: every complaint is decided here, so that none recorded is none.
    """
    values: dict[tuple[str, str], str] = {}
    context: dict[tuple[str, str], str] = {}
    if complaints or is_complete:
        upheld = complaints.get(Outcome.REJECT.value, 0)
        reversed_count = complaints.get(Outcome.APPROVE.value, 0)
        for indicator in (SUBMITTED, ABOUT_VISIBILITY):
            values[indicator, NUMBER] = str(sum(complaints.values()))
            values[indicator, UPHELD] = str(upheld)
            values[indicator, PARTLY] = "0"
            values[indicator, REVERSED] = str(reversed_count)
            context[indicator, NUMBER] = "Complaints that were decided in the reporting period."
    return _long(7, heading, values, context)


def automated_means(
    heading: Heading, measures: Measures, quality: AutomationQuality
) -> ReportPart:  # fmt: skip
    """Part 8; notices are not processed here, so that their rows stay blank."""
    values: dict[tuple[str, str], str] = {}
    context: dict[tuple[str, str], str] = {}
    for scope, only_own in ((NUMBER, False), (OWN_INITIATIVE, True)):
        values[SOLELY_TAKEN, scope] = str(measures.taken(solely=True, only_own=only_own))
        values[NOT_TAKEN, scope] = str(measures.taken(solely=False, only_own=only_own))
        shares: tuple[tuple[str, Estimate | None], ...] = (
            (ACCURACY, quality.accuracy), (PRECISION, quality.precision), (RECALL, quality.recall),
        )  # fmt: skip
        for indicator, estimate in shares:
            values[indicator, scope] = number(estimate.value if estimate else None)
            context[indicator, scope] = quality.context(estimate)
    return _long(8, heading, values, context)


def human_resources(heading: Heading) -> ReportPart:
    """Part 9: blank; who is employed or contracted is not in our data."""
    return _long(9, heading, {}, {})


def _long(
    part: int,
    heading: Heading,
    values: dict[tuple[str, str], str],
    context: dict[tuple[str, str], str],
) -> ReportPart:
    rows = [
        (
            applies, heading.service, heading.period, section, indicator, scope,
            values.get((indicator, scope), ""), context.get((indicator, scope), ""),
        )
        for applies, section, indicator, scope in LONG_ROWS[part]
    ]  # fmt: skip
    return ReportPart(number=part, columns=COLUMNS[part], rows=tuple(rows))

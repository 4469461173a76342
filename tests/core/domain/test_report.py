"""Which period a report is of."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from core.domain.report import ReportDefinition, Rolling, Section, before, whole_days
from core.domain.report_content import Unit
from core.domain.report_words import duration, number, signed


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rolling", "start", "end"),
    [
        # The 3rd of March 2026 is a Tuesday.
        (Rolling.LAST_WEEK, _day(2026, 2, 23), _day(2026, 3, 2)),
        (Rolling.LAST_MONTH, _day(2026, 2, 1), _day(2026, 3, 1)),
        (Rolling.LAST_QUARTER, _day(2025, 10, 1), _day(2026, 1, 1)),
    ],
)
def test_a_rolling_period_is_the_last_whole_one(
    rolling: Rolling, start: datetime, end: datetime
) -> None:
    found = rolling.period_at(datetime(2026, 3, 3, 9, 30, tzinfo=UTC))
    assert (found.start, found.end) == (start, end)


def test_the_first_moment_of_a_month_already_looks_back_on_the_one_before() -> None:
    assert Rolling.LAST_MONTH.period_at(_day(2026, 3, 1)).start == _day(2026, 2, 1)
    assert Rolling.LAST_MONTH.period_at(_day(2026, 1, 1)).start == _day(2025, 12, 1)


def test_whole_months_are_compared_with_whole_months() -> None:
    march = whole_days(date(2026, 3, 1), date(2026, 3, 31))
    assert before(march) == whole_days(date(2026, 2, 1), date(2026, 2, 28))
    quarter = whole_days(date(2026, 1, 1), date(2026, 3, 31))
    assert before(quarter) == whole_days(date(2025, 10, 1), date(2025, 12, 31))
    week = whole_days(date(2026, 3, 2), date(2026, 3, 8))
    assert before(week) == whole_days(date(2026, 2, 23), date(2026, 3, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"rolling": "last_month", "start": _day(2026, 1, 1), "end": _day(2026, 2, 1)},
        {"start": _day(2026, 1, 1)},
        {"start": _day(2026, 2, 1), "end": _day(2026, 1, 1)},
        {"start": datetime(2026, 1, 1), "end": datetime(2026, 2, 1)},  # noqa: DTZ001  # naive on purpose
        {"rolling": "last_month", "sections": ()},
        {"rolling": "last_month", "name": ""},
        {"rolling": "last_month", "name": "x" * 81},
    ],
)
def test_what_makes_no_report_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReportDefinition.model_validate(wrong)


def test_sections_come_once_and_in_order() -> None:
    asked = ReportDefinition(
        rolling=Rolling.LAST_WEEK, sections=(Section.DRIFT, Section.VOLUMES, Section.DRIFT)
    )
    assert asked.ordered_sections == (Section.VOLUMES, Section.DRIFT)


def test_numbers_are_written_in_their_unit() -> None:
    assert number(0.1234, Unit.SHARE) == "12.3%"
    assert number(0.00042, Unit.SHARE) == "0.04%"
    assert number(1234.0, Unit.COUNT) == "1,234"
    assert [duration(each) for each in (8.25, 600, 7200, 864_000)] == [
        "8.2 s", "10.0 min", "2.0 h", "10.0 days",
    ]  # fmt: skip
    assert signed(0.012, Unit.SHARE) == "+1.2 pp"
    assert signed(-3, Unit.COUNT) == "−3"
    assert signed(0.0, Unit.COUNT) == "±0"

"""What a report is about: a period, whose items, and which sections."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from core.domain.item_filter import Text
from core.domain.period import Period
from core.domain.plain_text import PlainText
from core.domain.record import Record

NAME_MAX = 80


class Section(StrEnum):
    """The parts a report can have, in the order of the report."""

    VOLUMES = "volumes"
    AUTOMATION = "automation"
    BACKLOG = "backlog"
    HANDLING = "handling"
    QUALITY = "quality"
    AGREEMENT = "agreement"
    APPEALS = "appeals"
    DRIFT = "drift"
    POLICIES = "policies"
    MODELS = "models"
    REASONS = "reasons"
    DATA_QUALITY = "data_quality"

    @property
    def words(self) -> str:
        """The section's title."""
        return _TITLES[self]


_TITLES: dict[Section, str] = {
    Section.VOLUMES: "Volumes and outcomes",
    Section.AUTOMATION: "Automation",
    Section.BACKLOG: "Backlog and due times",
    Section.HANDLING: "Handling time",
    Section.QUALITY: "Precision, recall and prevalence",
    Section.AGREEMENT: "Reviewer agreement",
    Section.APPEALS: "Appeals and reversals",
    Section.DRIFT: "Drift",
    Section.POLICIES: "Policy changes",
    Section.MODELS: "Model versions in use",
    Section.REASONS: "Reasons by language and tenant",
    Section.DATA_QUALITY: "Data quality",
}


class Rolling(StrEnum):
    """A period that moves with time: the last whole one before the moment it is asked for."""

    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"
    LAST_QUARTER = "last_quarter"

    @property
    def words(self) -> str:
        """As people say it."""
        return self.value.replace("_", " ").capitalize()

    def period_at(self, moment: datetime) -> Period:
        """The last whole week (Monday to Sunday), month or quarter that was over then, in UTC."""
        today = moment.astimezone(UTC).date()
        match self:
            case Rolling.LAST_WEEK:
                end = today - timedelta(days=today.weekday())
                return _days(end - timedelta(days=7), end)
            case Rolling.LAST_MONTH:
                end = today.replace(day=1)
                return _days(months_before(end, 1), end)
            case Rolling.LAST_QUARTER:
                end = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
                return _days(months_before(end, 3), end)


class ReportDefinition(Record):
    """What is asked for; with the moment it is asked at, it says all that a report depends on."""

    name: Annotated[PlainText, Field(min_length=1, max_length=NAME_MAX)] = "Moderation report"
    start: datetime | None = None
    end: datetime | None = None
    """Exclusive."""
    rolling: Rolling | None = None
    tenants: tuple[Text, ...] = ()
    """Empty: all that whoever asks may see."""
    queues: tuple[Text, ...] = ()
    """Empty: all, and decisions outside queues."""
    sections: tuple[Section, ...] = tuple(Section)
    compares: bool = True
    """Whether the period before stands beside every number."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "ReportDefinition":
        if (self.rolling is None) == (self.start is None and self.end is None):
            raise ValueError("a report has either a rolling period or a first and a last day")
        if self.rolling is None:
            if self.start is None or self.end is None:
                raise ValueError("a fixed period needs both its ends")
            if self.start.tzinfo is None or self.end.tzinfo is None:
                raise ValueError("a period's ends must say their time zone")
            Period(start=self.start, end=self.end)
        if not self.sections:
            raise ValueError("a report needs a section at least")
        return self

    def period_at(self, moment: datetime) -> Period:
        """The period that is meant when it is asked for at `moment`."""
        if self.rolling is not None:
            return self.rolling.period_at(moment)
        assert self.start is not None  # noqa: S101  # checked when it was made
        assert self.end is not None  # noqa: S101
        return Period(start=self.start.astimezone(UTC), end=self.end.astimezone(UTC))

    @property
    def ordered_sections(self) -> tuple[Section, ...]:
        """The sections, each once, in the order of the report."""
        return tuple(each for each in Section if each in self.sections)


class SavedReport(Record):
    """A definition that was kept under its name."""

    definition: ReportDefinition
    saved_by: str
    saved_at: datetime


class ReportRun(Record):
    """A report that was built: what it was of, and where its file is."""

    run_id: int
    name: str
    actor: str
    tenants: tuple[str, ...] | None
    """The tenants it shows; None: all."""
    built_at: datetime
    period: Period
    file: str
    """The zip's name in the export folder, or its path where a command wrote it."""
    sha256: str
    manifest: str
    """The manifest as JSON."""


def before(period: Period) -> Period:
    """The period of the same kind just before: whole months before whole months, else as long."""
    months = _whole_months(period)
    if months:
        return _days(months_before(period.start.date(), months), period.start.date())
    return Period(start=period.start - period.length, end=period.start)


def months_before(first: date, count: int) -> date:
    """The first day of the month `count` months before that of `first`, itself a first day."""
    place = first.year * 12 + first.month - 1 - count
    return date(place // 12, place % 12 + 1, 1)


def whole_days(first: date, last: date) -> Period:
    """From the start of the first day to the end of the last one, in UTC."""
    return _days(first, last + timedelta(days=1))


def _whole_months(period: Period) -> int:
    """How many calendar months the period is; 0 when it is not made of whole ones."""
    ends = (period.start, period.end)
    if any(each != each.replace(day=1, hour=0, minute=0, second=0, microsecond=0) for each in ends):
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month


def _days(start: date, end: date) -> Period:
    return Period(start=_midnight(start), end=_midnight(end))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""Reports: what is handed on about a period, every number with what it rests on."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import polars as pl

from core.domain.period import Period
from core.domain.person import Person
from core.domain.report import ReportDefinition, Section, before
from core.domain.report_content import InputDigest, ModerationReport, ReportSection
from core.domain.role import Permission
from core.errors import NotFoundError
from core.store.job_handle import JobHandle
from core.store.reports import ReportScope
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.report_sections.agreement import agreement
from core.usecases.report_sections.appeals import appeals
from core.usecases.report_sections.automation import automation
from core.usecases.report_sections.backlog import backlog
from core.usecases.report_sections.data_quality import data_quality
from core.usecases.report_sections.drift import drift
from core.usecases.report_sections.facts import PeriodFacts, ReportSource, read_facts
from core.usecases.report_sections.handling import handling
from core.usecases.report_sections.models import models
from core.usecases.report_sections.policies import Lives, live_at, policies, read_lives
from core.usecases.report_sections.quality import quality
from core.usecases.report_sections.reasons import reasons
from core.usecases.report_sections.volumes import volumes
from core.usecases.workspace import Workspace

_KINDS = ("items", "scores", "decisions")


def build_report(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    definition: ReportDefinition,
    *,
    as_of: datetime,
    job: JobHandle,
    with_digests: bool = True,
) -> ModerationReport:
    """The report; equal facts, definition and `as_of` give an equal report.

    `as_of` resolves a rolling period, and ends what is told of a period that is not over. Without
    digests of its input (a look at it needs none) it has none.
    Raises NotFoundError for a tenant that the person does not see.
    """
    person.require(Permission.EXPORT)
    person.require(Permission.SEE_SCORES)
    seen = narrowed(person, definition)
    period = definition.period_at(as_of)
    earlier = before(period) if definition.compares else None
    sections = definition.ordered_sections
    steps = len(sections) + 2
    job.progress("reading", 0, steps)
    with space.store.reading() as parts:
        lives = read_lives(parts)
        now = _facts(parts, definition, seen, period, as_of, lives, catalogue)
        was = _facts(parts, definition, seen, earlier, as_of, lives, catalogue) if earlier else None
        job.progress("reading", 1, steps)
        inputs = {kind: _digest(parts, now.scope, kind) for kind in _KINDS if with_digests}
    source = ReportSource(space, histories, catalogue, seen)
    made = []
    for number, each in enumerate(sections):
        job.progress(each.words.lower(), number + 2, steps)
        made.append(_section(each, source, lives, now, was))
    read = {now.policy.display_name, *([was.policy.display_name] if was else [])}
    scored = set(now.scored_by["model_version_id"].to_list()) | {now.policy.model_version_id}
    return ModerationReport(
        definition=definition,
        period=period,
        earlier=earlier,
        state_at=now.scope.state_at.isoformat(),
        tenants=seen.tenants,
        sections=tuple(made),
        policies=tuple(sorted(read)),
        models=tuple(
            sorted(
                f"{each.display_name} {each.digest}"
                for each in catalogue.models
                if each.model_version_id in scored
            )
        ),
        inputs=inputs,
        is_empty=not now.items and now.decisions.is_empty() and not now.opened.height,
    )


def narrowed(person: Person, definition: ReportDefinition) -> Person:
    """The person, kept to the definition's tenants; NotFoundError for one they do not see."""
    if not definition.tenants:
        return person
    if unseen := sorted(each for each in definition.tenants if not person.sees(each)):
        raise NotFoundError(
            f"There is no tenant {', '.join(unseen)} among those that you see. Choose others."
        )
    return person.model_copy(update={"tenants": tuple(sorted(set(definition.tenants)))})


def _facts(
    parts: StoreParts, definition: ReportDefinition, person: Person, period: Period,
    as_of: datetime, lives: Lives, catalogue: Catalogue,
) -> PeriodFacts:  # fmt: skip
    # A period that is over is told as it stood at its end, whenever that is asked.
    state_at = min(period.end, max(as_of, period.start))
    scope = ReportScope(
        period=period, state_at=state_at, tenants=person.tenants,
        queues=tuple(sorted(set(definition.queues))),
    )  # fmt: skip
    used = parts.reports.decided_by(scope)
    return read_facts(parts, scope, live_at(lives, state_at, catalogue, used))


def _section(
    section: Section, source: ReportSource, lives: Lives, now: PeriodFacts, was: PeriodFacts | None
) -> ReportSection:
    makers: dict[Section, Callable[[], ReportSection]] = {
        Section.VOLUMES: lambda: volumes(now, was),
        Section.AUTOMATION: lambda: automation(now, was),
        Section.BACKLOG: lambda: backlog(now, was),
        Section.HANDLING: lambda: handling(now, was),
        Section.QUALITY: lambda: quality(source, now, was),
        Section.AGREEMENT: lambda: agreement(now, was),
        Section.APPEALS: lambda: appeals(now, was),
        Section.DRIFT: lambda: drift(source, now),
        Section.POLICIES: lambda: policies(lives, now, was),
        Section.MODELS: lambda: models(source.catalogue, now),
        Section.REASONS: lambda: reasons(now, was),
        Section.DATA_QUALITY: lambda: data_quality(now, was),
    }
    return makers[section]()


def _digest(parts: StoreParts, scope: ReportScope, kind: str) -> InputDigest:
    """SHA-256 over the columns' digests, so that it does not matter how rows came in pieces."""
    found: dict[str, _Column] = {}
    rows = 0
    for frame in parts.reports.keys(scope, kind):
        rows += frame.height
        for name in frame.columns:
            found.setdefault(name, _Column()).add(frame[name])
    whole = sha256()
    for name in sorted(found):
        whole.update(name.encode() + b"\0" + found[name].digest())
    return InputDigest(rows=rows, sha256=whole.hexdigest())


class _Column:
    """The running digest of one column: of its values, and of where it has none."""

    def __init__(self) -> None:
        self._values, self._gaps = sha256(), sha256()

    def add(self, values: pl.Series) -> None:
        """Takes the next values in."""
        self._gaps.update(values.is_null().cast(pl.UInt8).to_numpy().tobytes())
        self._values.update(_bytes(values))

    def digest(self) -> bytes:
        """Of everything so far."""
        return self._values.digest() + self._gaps.digest()


def _bytes(values: pl.Series) -> bytes:
    """The values in a row, alike for every database and however they came in pieces."""
    kind = values.dtype
    if kind == pl.Binary:
        return b"".join(values.fill_null(b"").to_list())
    if kind == pl.String:
        return b"".join(each.encode() + b"\0" for each in values.fill_null("").to_list())
    if kind.is_temporal():
        return values.dt.epoch("us").fill_null(0).to_numpy().tobytes()
    if kind.is_float():
        return values.cast(pl.Float64).fill_null(0.0).to_numpy().tobytes()
    return values.cast(pl.Int64).fill_null(0).to_numpy().tobytes()

"""The quantitative parts of the harmonised transparency report, as far as our data go."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
from pydantic import model_validator

from core.domain.dsa_mapping import DsaMapping
from core.domain.item_filter import ItemFilter
from core.domain.period import Period
from core.domain.person import Person
from core.domain.record import Record
from core.domain.report_part import ReportPart
from core.domain.role import Permission
from core.errors import RegulationError
from core.policies.report_rules import check_parts
from core.policies.report_table import ReportFault
from core.store.items import Selection
from core.store.job_handle import JobHandle
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases import fill_report
from core.usecases.catalogue import Catalogue
from core.usecases.count_measures import Measures, count_measures, imposed_columns
from core.usecases.count_notices import Notices, count_notices
from core.usecases.held_back import HeldGroup, Tally, held_sentence
from core.usecases.history import Histories
from core.usecases.manage_regulation import mapping_in_force
from core.usecases.measure_automation import AutomationQuality, measure_automation
from core.usecases.regulatory_bundle import Bundle, BundledFile
from core.usecases.state_reasons import Row
from core.usecases.workspace import Workspace


class ReportRequest(Record):
    """Which days, both included, and of which items."""

    start: date
    end: date
    filter: ItemFilter = ItemFilter()
    published_on: date | None = None
    is_partial: bool = False
    """Whether to count what can be placed although something is held back."""

    @model_validator(mode="after")
    def _is_a_period(self) -> "ReportRequest":
        if self.end < self.start:
            raise ValueError("a period must not end before it starts")
        return self

    @property
    def period(self) -> Period:
        """The days as moments in UTC."""
        return days(self.start, self.end)


def days(start: date, end: date) -> Period:
    """From the first moment of `start` to the last of `end`, in UTC."""
    first = datetime.combine(start, time(), UTC)
    return Period(start=first, end=datetime.combine(end, time(), UTC) + timedelta(days=1))


class BuiltReport(Record):
    """The parts, and what has to be known about them."""

    parts: tuple[ReportPart, ...]
    measure_count: int
    held_count: int
    groups: tuple[HeldGroup, ...]
    not_filled: tuple[str, ...]
    """What our data cannot say, as sentences."""
    mapping_version: int

    @property
    def faults(self) -> tuple[ReportFault, ...]:
        """What is still to be filled in before it can be filed."""
        return check_parts(self.parts)


class ReportManifest(Record):
    """What the files hold and where it came from; no time of writing: equal stores, equal files."""

    regulation: str = "Implementing Regulation (EU) 2024/2835"
    start: date
    end: date
    filter: dict[str, Any]
    tenants: tuple[str, ...] | None
    mapping_version: int
    moddesk_version: str
    model: str
    model_digest: str
    policy: str
    measure_count: int
    held_count: int
    held_groups: tuple[HeldGroup, ...]
    not_filled: tuple[str, ...]
    to_fill_in: tuple[str, ...]
    """What the validator still finds."""
    files: tuple[BundledFile, ...]


@rereading
def build_report(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    request: ReportRequest,
    job: JobHandle,
) -> BuiltReport:
    """The parts; what cannot be placed is left out and told. RegulationError without a service."""
    person.require(Permission.EXPORT)
    selection = catalogue.selection(request.filter, person)
    tally = Tally()
    with space.store.reading() as parts:
        mapping = mapping_in_force(parts)
        _require_names(mapping)
        rows = _rejections(space, parts, selection, request.period, job)
        measures = count_measures(rows, mapping, tally)
        noticed = _rows(parts.regulation.noticed(selection))
        notices = count_notices(noticed, mapping, request.period)
        answered = parts.regulation.complaints(selection, request.period)
    complaints = dict(answered.iter_rows())
    quality = measure_automation(
        histories, catalogue, person, request.period.of(request.filter)
    )  # fmt: skip
    return BuiltReport(
        parts=_filled(request, mapping, measures, notices, complaints, quality),
        measure_count=tally.ready_count,
        held_count=tally.held_count,
        groups=tally.groups,
        not_filled=_not_filled(mapping, notices, complaints, quality),
        mapping_version=mapping.version,
    )


def export_report(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    bundle: Bundle,
    person: Person,
    request: ReportRequest,
    *,
    version: str,
    job: JobHandle,
) -> ReportManifest:
    """Writes the parts with a manifest; RegulationError if a measure cannot be counted.

    A partial request leaves such measures out, and the manifest says so.
    """
    built = build_report(space, histories, catalogue, person, request, job)
    if built.held_count and not request.is_partial:
        raise RegulationError(
            f"{built.held_count:,} measures cannot be counted: {held_sentence(built.groups)}. "
            "Answer it on the page Regulation, or have only the others counted."
        )
    with bundle:
        files = tuple(bundle.add(part.file_name, part.to_csv()) for part in built.parts)
        manifest = ReportManifest(
            start=request.start,
            end=request.end,
            filter=request.filter.model_dump(mode="json", exclude_none=True),
            tenants=person.tenants,
            mapping_version=built.mapping_version,
            moddesk_version=version,
            model=catalogue.model.display_name,
            model_digest=catalogue.model.digest,
            policy=catalogue.policy.display_name,
            measure_count=built.measure_count,
            held_count=built.held_count,
            held_groups=built.groups,
            not_filled=built.not_filled,
            to_fill_in=tuple(each.sentence for each in built.faults),
            files=files,
        )
        values = manifest.model_dump(mode="json", exclude_none=True)
        option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        bundle.add("manifest.json", orjson.dumps(values, option=option))
        bundle.finish()
    with space.store.writing() as parts:
        parts.audit.append(
            person.name,
            "export.written",
            "export:dsa-report",
            {
                "measures": manifest.measure_count,
                "held_back": manifest.held_count,
                "mapping_version": manifest.mapping_version,
                "start": request.start.isoformat(),
                "end": request.end.isoformat(),
                "filter": manifest.filter,
                "files": {each.name: each.sha256 for each in files},
            },
        )
    return manifest


def _require_names(mapping: DsaMapping) -> None:
    said = {"service": mapping.platform.service, "provider": mapping.platform.provider}
    if missing := [name for name, value in said.items() if not value]:
        raise RegulationError(
            f"The report names the {' and the '.join(missing)}, which nobody has entered. "
            "Enter it on the page Regulation."
        )


def _rejections(
    space: Workspace, parts: StoreParts, selection: Selection, period: Period, job: JobHandle
) -> Iterator[Row]:
    now = space.clock.now()
    total = parts.regulation.rejection_count(selection, period, now=now, only_standing=False)
    done = 0
    for frame in parts.regulation.rejections(selection, period, now=now, only_standing=False):
        job.progress("counting measures", done, total)
        yield from frame.iter_rows(named=True)
        done += frame.height
    job.progress("counting measures", done, total)


def _rows(frames: Iterator[Any]) -> Iterator[Row]:
    for frame in frames:
        yield from frame.iter_rows(named=True)


def _filled(
    request: ReportRequest,
    mapping: DsaMapping,
    measures: Measures,
    notices: Notices,
    complaints: dict[str, int],
    quality: AutomationQuality,
) -> tuple[ReportPart, ...]:
    platform = mapping.platform
    heading = fill_report.Heading(platform.service, request.start, request.end)
    imposed = imposed_columns(mapping)
    return (
        fill_report.identification(heading, platform, request.published_on),
        fill_report.names(),
        fill_report.orders(heading),
        fill_report.notices(heading, notices),
        fill_report.own_initiative(5, heading, measures, imposed),
        fill_report.own_initiative(6, heading, measures, imposed),
        fill_report.appeals(heading, complaints, is_complete=platform.decides_complaints_here),
        fill_report.automated_means(heading, measures, quality),
        fill_report.human_resources(heading),
    )


def _not_filled(
    mapping: DsaMapping, notices: Notices, complaints: dict[str, int], quality: AutomationQuality
) -> tuple[str, ...]:
    said = ["Part 3 is blank: orders of authorities are not in ModDesk."]
    if not notices:
        said.append("Part 4 is blank: no item tells of an Article 16 notice in its metadata.")
    if not complaints and not mapping.platform.decides_complaints_here:
        said.append(
            "Part 7 is blank: no complaint was decided in ModDesk, and whether others were decided "
            "elsewhere is not known."
        )
    else:
        said.append(
            "Part 7 has no median times, omitted decisions, disputes or suspensions: ModDesk "
            "records what was decided on a complaint, not when it came in."
        )
    if quality.accuracy is None:
        said.append(f"Part 8 has no accuracy, precision and recall. {quality.how}")
    said += [
        "Part 8 has no rows by language, and its rows on notices are blank.",
        "Part 9 is blank: who is employed or contracted is not in ModDesk.",
        "Parts 10 and 11 are not written: recipients and qualitative answers are not in ModDesk.",
    ]
    return tuple(said)

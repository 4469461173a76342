"""The measures of a period, counted for the transparency report."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from core.domain.dsa_enums import (
    AccountRestriction,
    Automation,
    Category,
    Ground,
    Monetary,
    Provision,
    Visibility,
)
from core.domain.dsa_item_facts import ItemFacts, item_facts
from core.domain.dsa_mapping import DsaMapping, ReasonMapping
from core.domain.report_template import RESTRICTIONS, category_rows
from core.usecases.held_back import HeldBack, Tally
from core.usecases.state_reasons import Row, automation, cited, was_detected

_PARTS = {Ground.ILLEGAL: 5, Ground.INCOMPATIBLE: 6}

#: Which column of parts 5 and 6 a restriction is counted in. The report knows two kinds of
#: restrictions of the service where statements know four.
_COLUMNS: dict[Visibility | Monetary | Provision | AccountRestriction, str] = dict(
    zip(
        (
            Visibility.REMOVED, Visibility.DISABLED, Visibility.DEMOTED, Visibility.AGE_RESTRICTED,
            Visibility.INTERACTION_RESTRICTED, Visibility.LABELLED, Visibility.OTHER,
            Monetary.SUSPENSION, Monetary.TERMINATION, Monetary.OTHER,
            Provision.TOTAL_SUSPENSION, Provision.TOTAL_TERMINATION,
            AccountRestriction.SUSPENDED, AccountRestriction.TERMINATED,
        ),
        RESTRICTIONS,
        strict=True,
    )
)  # fmt: skip
_COLUMNS[Provision.PARTIAL_SUSPENSION] = _COLUMNS[Provision.TOTAL_SUSPENSION]
_COLUMNS[Provision.PARTIAL_TERMINATION] = _COLUMNS[Provision.TOTAL_TERMINATION]


@dataclass(frozen=True)
class ReportRow:
    """Where a measure is counted: a part, a category, a keyword and what "Other" stands for."""

    part: int
    category: str
    keyword: str
    description: str


@dataclass
class Measures:
    """The counts of a period."""

    own: Counter[ReportRow] = field(default_factory=Counter)
    """At the provider's own initiative."""
    detected: Counter[ReportRow] = field(default_factory=Counter)
    """Those of them that automated means detected."""
    imposed: Counter[tuple[ReportRow, str]] = field(default_factory=Counter)
    """Restrictions by column."""
    automated: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    """By (own initiative, solely automated)."""

    def taken(self, *, solely: bool, only_own: bool) -> int:
        """Measures taken solely by automated means, or not."""
        everything = 0 if only_own else self.automated[False, solely]
        return self.automated[True, solely] + everything


def columns_of(reason: ReasonMapping) -> tuple[str, ...]:
    """The restriction columns that a measure for the reason counts in, each once."""
    chosen = (*reason.visibility, reason.monetary, reason.provision, reason.account)
    return tuple(dict.fromkeys(_COLUMNS[each] for each in chosen if each is not None))


def imposed_columns(mapping: DsaMapping) -> frozenset[str]:
    """What the service ever imposes: the other columns stay blank instead of 0."""
    return frozenset(name for reason in mapping.reasons.values() for name in columns_of(reason))


def count_measures(rows: Iterator[Row], mapping: DsaMapping, tally: Tally) -> Measures:
    """The counts; decisions that cannot be placed are held back and told apart in the tally."""
    measures = Measures()
    for row in rows:
        placed = _placed(row, mapping)
        if isinstance(placed, tuple):
            tally.hold(placed)
            continue
        tally.ready_count += 1
        facts, reason, place = placed.facts, placed.reason, placed.row
        is_own = facts.source.is_own_initiative
        solely = placed.automation is Automation.FULLY
        measures.automated[is_own, solely] += 1
        if is_own:
            measures.own[place] += 1
            measures.detected[place] += was_detected(row, facts)
            measures.imposed.update((place, column) for column in columns_of(reason))
    return measures


@dataclass(frozen=True)
class _Placed:
    facts: ItemFacts
    reason: ReasonMapping
    row: ReportRow
    automation: Automation


def _placed(row: Row, mapping: DsaMapping) -> _Placed | tuple[HeldBack, ...]:
    puid = str(row["decision_id"])
    facts = item_facts(orjson.loads(row["metadata"]) if row["metadata"] else None)
    if not isinstance(facts, ItemFacts):
        return tuple(
            HeldBack(puid=puid, field=each.field, problem=each.problem) for each in facts
        )  # fmt: skip
    reasons = cited(row)
    main = mapping.main_reason(reasons)
    if main is None:
        problem = "the reason is not mapped to a category" if reasons else "no reason is cited"
        named = reasons[0] if reasons else None
        return (HeldBack(puid=puid, field="category", problem=problem, reason=named),)
    reason = mapping.reasons[main]
    held = [
        HeldBack(puid=puid, field=each, problem="the mapping does not answer it", reason=main)
        for each in reason.missing_for_report()
    ]
    automated = automation(row, facts, mapping.platform.unsaid_automation)
    if automated is None:
        problem = "the decision does not say how far it was automated"
        held.append(HeldBack(puid=puid, field="automated_decision", problem=problem))
    if held or automated is None or reason.ground is None or reason.category is None:
        return tuple(held)
    part = _PARTS[reason.ground]
    if (reason.category.value, reason.category.value) not in category_rows(part):
        problem = f"part {part} has no row for it: choose another category or another ground"
        return (HeldBack(puid=puid, field="category", problem=problem, reason=main),)
    return _Placed(facts, reason, row_of(part, reason, reason.category), automated)


def row_of(part: int, reason: ReasonMapping, category: Category) -> ReportRow:
    """The row of the report that a reason's measures are counted in."""
    keyword = reason.report_keyword
    return ReportRow(
        part=part,
        category=category.value,
        keyword=keyword,
        description=reason.keyword_other if keyword == "KEYWORD_OTHER" else "",
    )

"""Article 16 notices that items' metadata tell of, counted for part 4 of the report."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from core.domain.decision import Outcome
from core.domain.dsa_enums import KEYWORDS, Category, Ground
from core.domain.dsa_item_facts import ItemFacts, NoticeFacts, item_facts
from core.domain.dsa_mapping import DsaMapping
from core.domain.period import Period
from core.usecases.state_reasons import Row, cited

_HOUR = 3_600.0


@dataclass
class NoticeCounts:
    """What is counted in one row, of everybody or of trusted flaggers alone."""

    ids: set[str] = field(default_factory=set)
    items: int = 0
    hours: list[float] = field(default_factory=list)
    """From the receipt of the notice to the action."""
    by_law: int = 0
    by_terms: int = 0


#: (category, keyword) to the counts of all notices and of trusted flaggers'; a notice that names
#: no row of the list is one of NOT_SPECIFIED_NOTICE.
Notices = dict[tuple[str, str], tuple[NoticeCounts, NoticeCounts]]


def count_notices(rows: Iterator[Row], mapping: DsaMapping, period: Period) -> Notices:
    """The notices received in the period: each counts once, its items one by one."""
    found: Notices = defaultdict(lambda: (NoticeCounts(), NoticeCounts()))
    places: dict[str, tuple[str, str]] = {}
    for row in rows:
        facts = item_facts(orjson.loads(row["metadata"]) if row["metadata"] else None)
        if not isinstance(facts, ItemFacts) or facts.notice is None:
            continue
        notice = facts.notice
        if not period.start <= notice.received_at < period.end:
            continue
        # A notice counts in one row, whatever is said of its other items.
        everybody, flaggers = found[places.setdefault(notice.id, _place(notice))]
        for counts in (everybody, flaggers) if notice.from_trusted_flagger else (everybody,):
            _count(counts, row, notice, mapping)
    return dict(found)


def _place(notice: NoticeFacts) -> tuple[str, str]:
    # A notice alleges illegality: what only breaks the terms has no row in part 4.
    category, keyword = notice.category, notice.keyword
    if category not in (None, Category.OTHER_VIOLATION_TC) and keyword in KEYWORDS[category]:
        return category.value, keyword
    unknown = Category.NOT_SPECIFIED_NOTICE.value
    return unknown, unknown


def _count(counts: NoticeCounts, row: Row, notice: NoticeFacts, mapping: DsaMapping) -> None:
    counts.ids.add(notice.id)
    counts.items += 1
    if row["outcome"] != Outcome.REJECT.value or row["effective_at"] is None:
        return
    main = mapping.main_reason(cited(row))
    ground = mapping.reasons[main].ground if main is not None else None
    counts.by_law += ground is Ground.ILLEGAL
    counts.by_terms += ground is Ground.INCOMPATIBLE
    waited = (row["effective_at"] - notice.received_at).total_seconds()
    counts.hours.append(max(waited, 0.0) / _HOUR)

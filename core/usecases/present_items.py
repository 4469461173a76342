"""What a reviewer sees of an item: text with highlights, scores, reasons, history, priority."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from core.domain.item import Item
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Place, PolicyVersion, ThresholdRule
from core.domain.record import Record
from core.domain.review_task import Claim, Stratum
from core.domain.status import Status
from core.engine.highlighter import Highlighter, Segments
from core.policies.priority import SEVERE_HARM, SEVERITY, TERM_WORDS
from core.store.items import Cursor, Order
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.workspace import Workspace

HISTORY_SHOWN = 5
_UNSCORED: dict[str, Any] = {
    **dict.fromkeys(label.value for label in SCORED_LABELS),
    "verdict": None,
    "overall": None,
    "verdict_reasons": None,
}


class LabelScore(Record):
    """One label's score beside the policy's bounds."""

    label: Label
    score: float | None
    review_at: float | None
    reject_at: float | None


class PriorityTerm(Record):
    """One part of why an item comes first."""

    term: str
    value: float
    words: str


class EarlierItem(Record):
    """Another item of the same author."""

    body: str
    outcome: str | None
    created_at: datetime


class AuthorHistory(Record):
    """What else the author wrote, and what became of it."""

    total: int = 0
    approved: int = 0
    rejected: int = 0
    recent: tuple[EarlierItem, ...] = ()


class PresentedItem(Record):
    """Everything a reviewer sees of one claimed item."""

    claim: Claim
    item: Item
    title: Segments
    body: Segments
    scores: tuple[LabelScore, ...]
    verdict: str | None
    overall: float | None
    reasons: tuple[Label, ...]
    terms: tuple[PriorityTerm, ...]
    stratum: Stratum
    author: AuthorHistory
    is_severe: bool
    is_blind: bool = False
    """Nothing of what a model says of the item is in here, so that it cannot be shown."""


@rereading
def present_items(
    space: Workspace, catalogue: Catalogue, highlighter: Highlighter, claims: Sequence[Claim]
) -> list[PresentedItem]:
    """The claimed items as a reviewer sees them, in the order of the claims."""
    ids = [claim.item_id for claim in claims]
    with space.store.reading() as parts:
        rows = {
            row["item_id"]: row
            for row in parts.items.judgements(ids, catalogue.selection(ItemFilter())).iter_rows(
                named=True
            )
        }
        items = {item.item_id: item for item in parts.items.get_many(ids)}
        tasks = {task.task_id: task for task in parts.tasks.get([c.task_id for c in claims])}
        authors = _histories(parts.items.author_history(ids, HISTORY_SHOWN))
    now = space.clock.now()
    presented: list[PresentedItem] = []
    for claim in claims:
        row, task = rows.get(claim.item_id, _UNSCORED), tasks.get(claim.task_id)
        item = items.get(claim.item_id)
        if task is None or item is None:
            continue
        if task.stratum is Stratum.DISAGREEMENT:
            history = authors.get(claim.item_id, AuthorHistory())
            presented.append(_blindly(claim, item, history))
            continue
        place = Place(tenant=item.tenant_id, language=item.language)
        scores = _scores(row, catalogue.policy, place)
        # Only the first card can be on screen before the others are explained.
        marked = highlighter.segments if presented else highlighter.full_segments
        presented.append(
            PresentedItem(
                claim=claim,
                item=item,
                title=marked(item.title or ""),
                body=marked(item.body),
                scores=scores,
                verdict=row["verdict"],
                overall=row["overall"],
                reasons=tuple(Label(reason) for reason in row["verdict_reasons"] or ()),
                terms=_terms(task.terms, claim, now),
                stratum=task.stratum,
                author=authors.get(claim.item_id, AuthorHistory()),
                is_severe=_harm(scores) >= SEVERE_HARM,
            )
        )
    return presented


def _blindly(claim: Claim, item: Item, author: AuthorHistory) -> PresentedItem:
    """The item without anything that a model or a policy says of it, or of why it comes first."""
    return PresentedItem(
        claim=claim,
        item=item,
        title=((item.title, None),) if item.title else (),
        body=((item.body, None),),
        scores=(),
        verdict=None,
        overall=None,
        reasons=(),
        terms=(),
        stratum=Stratum.DISAGREEMENT,
        author=author,
        # A model says what is severe: blurred either way, it tells nothing.
        is_severe=True,
        is_blind=True,
    )


def _harm(scores: Sequence[LabelScore]) -> float:
    return max(
        (SEVERITY[each.label] * each.score for each in scores if each.score is not None), default=0
    )


def _scores(row: dict[str, Any], policy: PolicyVersion, place: Place) -> tuple[LabelScore, ...]:
    bounds: dict[Label, LabelThresholds] = (
        policy.rule.bounds_at(place) if isinstance(policy.rule, ThresholdRule) else {}
    )
    return tuple(
        LabelScore(
            label=label,
            score=row[label.value],
            review_at=bounds[label].approve_below if label in bounds else None,
            reject_at=bounds[label].reject_above if label in bounds else None,
        )
        for label in Label
        if label.value in row
    )


def _terms(stored: dict[str, float], claim: Claim, now: datetime) -> tuple[PriorityTerm, ...]:
    waiting = claim.rank(now) - claim.priority
    terms = {**stored, "waiting": waiting}
    return tuple(
        PriorityTerm(term=term, value=value, words=TERM_WORDS[term])
        for term, value in sorted(terms.items(), key=lambda pair: -pair[1])
        if value > 0.005
    )


def _histories(frame: pl.DataFrame) -> dict[int, AuthorHistory]:
    histories: dict[int, AuthorHistory] = {}
    for (item_id,), rows in frame.group_by(["for_item_id"], maintain_order=True):
        first = rows.row(0, named=True)
        histories[int(str(item_id))] = AuthorHistory(
            total=first["total"],
            approved=first["approved"],
            rejected=first["rejected"],
            recent=tuple(
                EarlierItem(
                    body=row["body"][:240],
                    outcome=row["standing_outcome"],
                    created_at=row["created_at"],
                )
                for row in rows.sort("position").iter_rows(named=True)
            ),
        )
    return histories


def texts_to_explain(space: Workspace, catalogue: Catalogue, limit: int) -> list[str]:
    """The texts at the head of the review queue, which somebody will see next."""
    selection = catalogue.selection(ItemFilter(status=Status.FLAGGED))
    with space.store.reading() as parts:
        cursor = Cursor(as_of=space.clock.now(), newest_id=parts.items.newest_id())
        page = parts.items.page(selection, Order.PRIORITY, cursor, limit)
        items = parts.items.get_many(page["item_id"].to_list())
    return [text for item in items for text in (item.title, item.body) if text]

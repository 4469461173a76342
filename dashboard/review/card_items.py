"""A presented item as the card shows it."""

from datetime import datetime

from core.domain.review_task import Stratum
from core.domain.verdict import VerdictKind
from core.usecases.catalogue import Catalogue
from core.usecases.present_items import AuthorHistory as History
from core.usecases.present_items import PresentedItem
from dashboard.components.review_card.review_card import (
    AuthorHistory,
    CardItem,
    PriorityTerm,
    RecentItem,
    ScoreLine,
)
from dashboard.components.words import ago, due, excerpt

_SAMPLE_NOTES = {
    Stratum.FLAGGED: None,
    Stratum.RANDOM: "Drawn at random",
    Stratum.ESCALATED: "Escalated",
    Stratum.SAMPLE: "Drawn for a sample",
    Stratum.CHOSEN: "Sent here by hand",
    Stratum.DISAGREEMENT: "Blind review",
}


def card_item(presented: PresentedItem, catalogue: Catalogue, now: datetime) -> CardItem:
    """The card's view of one item."""
    item, claim = presented.item, presented.claim
    context = item.metadata.get("context")
    return CardItem(
        task_id=claim.task_id,
        item_id=item.item_id,
        fence=claim.fence,
        title=presented.title,
        body=presented.body,
        language=item.language,
        language_detected=item.language_detected,
        age=ago(item.created_at, now),
        created=item.created_at,
        tenant=item.tenant_id,
        author=item.author_id or "unknown",
        queue=claim.queue,
        scores=tuple(
            ScoreLine(
                label=each.label,
                words=each.label.words,
                score=each.score,
                review_at=each.review_at,
                reject_at=each.reject_at,
            )
            for each in presented.scores
        ),
        verdict=VerdictKind(presented.verdict) if presented.verdict else None,
        overall=presented.overall,
        reasons=presented.reasons,
        why=tuple(
            PriorityTerm(term=term.term, value=term.value, words=term.words)
            for term in presented.terms
        ),
        author_history=_history(presented.author, now) if item.author_id else None,
        severe=presented.is_severe,
        blind=presented.is_blind,
        model="" if presented.is_blind else catalogue.model.display_name,
        policy="" if presented.is_blind else catalogue.policy.display_name,
        due=due(claim.due_at, now),
        lease_until=claim.lease_until,
        context=context if isinstance(context, str) else None,
        sample_note=_SAMPLE_NOTES[presented.stratum],
    )


def _history(history: History, now: datetime) -> AuthorHistory:
    return AuthorHistory(
        total=history.total,
        rejected=history.rejected,
        approved=history.approved,
        waiting=max(0, history.total - history.rejected - history.approved),
        recent=tuple(
            RecentItem(
                excerpt=excerpt(each.body, 90), outcome=each.outcome, when=ago(each.created_at, now)
            )
            for each in history.recent
        ),
    )

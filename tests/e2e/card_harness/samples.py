"""Items for the card's own tests: ordinary, hostile and enormous ones."""

from datetime import UTC, datetime, timedelta

from core.domain.label import CITABLE_LABELS, Label
from core.domain.verdict import VerdictKind
from dashboard.components.review_card.review_card import (
    AuthorHistory,
    CardItem,
    Choice,
    PriorityTerm,
    RecentItem,
    ScoreLine,
    Segment,
)

#: Beyond 2**53, where numbers in JavaScript are no longer exact.
FIRST_ID = 9_007_199_254_740_993

REASONS = tuple(
    Choice(code=label.value, words=label.words, key=str(place))
    for place, label in enumerate(CITABLE_LABELS, start=1)
)
SKIP_REASONS = (
    Choice(code="language", words="I do not read this language", key="1"),
    Choice(code="too_hard", words="Needs somebody else", key="2"),
    Choice(code="wellbeing", words="Not now: too upsetting", key="3"),
    Choice(code="involved", words="I know the people", key="4"),
)
SCRIPT_TEXT = (
    "<script>alert(1)</script> <img src=https://evil.invalid/x.png onerror=alert(2)> "
    "![beacon](https://evil.invalid/y.png) [link](javascript:alert(3)) :red[not red]"
)
BIDI_TEXT = (
    "Invoice \u202egpj.exe\u202c and zero\u200b\u200b\u200bwidth, "
    "but a family 👨\u200d👩\u200d👧 stays whole."
)

INSULT: tuple[Segment, ...] = (
    ("You absolute ", None),
    ("idiot", Label.TOXICITY),
    (", ", None),
    ("I hope you lose everything you own", Label.VIOLENCE),
    (". ", None),
    ("People like you are garbage", Label.HATE_SPEECH),
    (
        " and should not be allowed to post here. Last night's match was a disgrace and everybody "
        "who defends the referee knows it.\n\nAlso ",
        None,
    ),
    ("buy cheap watches at win-now.example!!", Label.SPAM),
)
PRAISE: tuple[Segment, ...] = (
    ("Great photo, thanks for sharing! The light on the water is unreal. 🌅", None),
)
RUMOUR: tuple[Segment, ...] = (
    ("Nobody will tell you the truth about the vote. Share this before they delete it, ", None),
    ("you sheep", Label.TOXICITY),
    (".", None),
)
ORDINARY = (
    ("Re: last night's match", INSULT, 0.68),
    ("Best photo of the year", PRAISE, 0.12),
    ("They are lying to you", RUMOUR, 0.47),
)


def sample_item(place: int, now: datetime) -> CardItem:
    """The item at this place of the queue; the places differ in what is special about them."""
    title, body, level = ORDINARY[place % len(ORDINARY)]
    return CardItem(
        task_id=FIRST_ID + place,
        item_id=FIRST_ID + 500_000 + place,
        fence=1,
        title=((f"{title} #{place}", None),),
        body=body,
        language="en",
        language_detected=True,
        age="51 min old",
        created=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        tenant="acme-forum",
        author="u_6491",
        queue="Review",
        scores=_scores(level),
        verdict=VerdictKind.REVIEW,
        overall=round(level * 0.93, 2),
        reasons=(Label.TOXICITY, Label.HATE_SPEECH) if level > 0.6 else (Label.TOXICITY,),
        why=_why(level),
        author_history=_history(),
        model="toxic-tiny v3",
        policy="default v2",
        due="due in 3 h",
        lease_until=now + timedelta(minutes=5),
        context="What did everybody think of the referee? I thought it was a fair game in the end."
        if place % 3 == 0
        else None,
        sample_note="random sample" if place % 3 == 2 else None,
    )


def _scores(level: float) -> tuple[ScoreLine, ...]:
    parts = {
        Label.TOXICITY: (level, 0.40, 0.85),
        Label.HATE_SPEECH: (round(level * 0.62, 2), 0.35, 0.80),
        Label.SPAM: (round(level * 0.3, 2), 0.55, 0.90),
        Label.SENTIMENT: (round(min(1.0, level + 0.2), 2), None, None),
        Label.VIOLENCE: (round(level * 0.45, 2), 0.30, 0.70),
        Label.ADULT_CONTENT: (None, 0.50, 0.90),
    }
    return tuple(
        ScoreLine(label=label, words=label.words, score=score, review_at=low, reject_at=high)
        for label, (score, low, high) in parts.items()
    )


def _why(level: float) -> tuple[PriorityTerm, ...]:
    return (
        PriorityTerm(
            term="harm",
            value=round(level * 0.8, 2),
            words="Expected harm: score times severity of the worst label",
        ),
        PriorityTerm(
            term="uncertainty",
            value=0.41,
            words="Close to a threshold: a person's answer settles it",
        ),
        PriorityTerm(term="reports_term", value=0.14, words="Reported by people on the platform"),
    )


def _history() -> AuthorHistory:
    return AuthorHistory(
        total=12,
        rejected=3,
        approved=8,
        waiting=1,
        recent=(
            RecentItem(
                excerpt="the ref was paid and you all know it", outcome="rejected", when="2 d"
            ),
            RecentItem(
                excerpt="Anyone selling tickets for Saturday?", outcome="approved", when="4 d"
            ),
            RecentItem(excerpt="Absolutely brilliant second half", outcome="approved", when="6 d"),
        ),
    )


def special_items(name: str, now: datetime) -> dict[int, dict[str, object]]:
    """Which fields differ from the ordinary, by place in the queue."""
    lease = now + timedelta(minutes=5)
    specials: dict[str, dict[int, dict[str, object]]] = {
        "hostile": {
            0: {
                "title": ((SCRIPT_TEXT, None),),
                "body": ((SCRIPT_TEXT, Label.SPAM), (BIDI_TEXT, None)),
                "context": SCRIPT_TEXT,
                "author": SCRIPT_TEXT,
            }
        },
        "long": {
            1: {"body": (("Lorem ipsum dolor sit amet, consetetur. " * 250, None),)},
            2: {"body": (("😀🔥" * 5_000, None),)},
            3: {"body": (("a\u200b" * 5_000, None),)},
        },
        "severe": {0: {"severe": True}, 1: {"severe": True}},
        "expiring": {0: {"lease_until": now + timedelta(seconds=20)}, 1: {"lease_until": lease}},
    }
    return specials.get(name, {})

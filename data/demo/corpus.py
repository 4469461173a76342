"""A seeded demonstration corpus: items, ground truth, and the past decisions of simulated people.

All texts are composed from our own banks; no text is copied from anywhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import orjson
import polars as pl

from core.domain.label import CITABLE_LABELS, Label
from data.demo.reviewers import REVIEWERS, past_decisions
from data.demo.texts import Chance, compose, evasive, humanised, pick, wave_variant

#: Tenant, its share of the items, and what its bad items are.
TENANTS: tuple[tuple[str, float, dict[str, float]], ...] = (
    (
        "northgate-games",
        0.45,
        {"toxicity": 0.55, "violence": 0.15, "hate_speech": 0.15, "spam": 0.15},
    ),
    ("brightmarket", 0.30, {"spam": 0.65, "toxicity": 0.2, "adult_content": 0.15}),
    (
        "harbor-news",
        0.25,
        {"hate_speech": 0.4, "toxicity": 0.3, "misinformation": 0.2, "spam": 0.1},
    ),
)
LANGUAGES = {"en": 0.78, "de": 0.10, "es": 0.07, "fr": 0.05}
BAD_SHARE = 0.11
#: A busy day ends the period, so that work waits which is not yet past due.
_TODAY_SHARE = 0.05
#: Abusive items of one evening's raid, still waiting.
_RAID = 70
_RECENT_WAVES = 2
_WAVES = (
    ("Flash sale: followers for $# only at fast-followers.example", "northgate-games"),
    ("I made $# in one week with this trick, see win-now.example", "brightmarket"),
    ("Free voucher over $#, only today: deal-rush.example", "brightmarket"),
    ("Coins # for half the price, delivery in minutes coins4u.example", "northgate-games"),
)
_HOSTILE = (
    "<script>alert('hello')</script> nice photo",
    "<img src=x onerror=alert(1)> where can I buy this?",
    "The file is called invoice\u202egpj.exe, be careful",
    "=HYPERLINK(\"https://win-now.example\",\"free coins\")",
    "![pixel](https://win-now.example/pixel.png) **great** :red[offer]",
    "zero\u200bwidth\u200btext is hard to search for",
)  # fmt: skip


@dataclass(frozen=True)
class DemoCorpus:
    """Items, what they truly are, and what simulated people decided about them."""

    items: pl.DataFrame
    truth: pl.DataFrame
    decisions: pl.DataFrame


def generate(seed: int, *, until: datetime, days: int = 90, count: int = 6_000) -> DemoCorpus:
    """The corpus of this seed: the same frames for the same arguments, always."""
    chance = np.random.default_rng(seed)
    rows = [_ordinary(chance, until, days) for _ in range(count - 60 * len(_WAVES) - _RAID)]
    for number, (template, tenant) in enumerate(_WAVES):
        is_recent = number < _RECENT_WAVES
        age = chance.uniform(0.1, 0.6) if is_recent else chance.uniform(3, days * 0.8)
        rows += _wave(chance, template, tenant, until, age_days=float(age))
    rows += _raid(chance, until, days)
    for text in _HOSTILE:
        rows.append({**_ordinary(chance, until, 2), "body": text, "kinds": [], "language": "en"})
    rows.sort(key=lambda row: str(row["created_at"]))
    frame = pl.DataFrame(
        [{**row, "external_id": f"demo-{number:05}"} for number, row in enumerate(rows)],
        schema_overrides={"kinds": pl.List(pl.String), "title": pl.String},
    )
    truth = frame.select(
        "external_id",
        "tenant_id",
        *(
            pl.col("kinds").list.contains(label.value).cast(pl.Int8).alias(label.value)
            for label in CITABLE_LABELS
        ),
        violates=pl.col("kinds").list.len() > 0,
        difficulty="difficulty",
    )
    items = frame.drop("kinds", "difficulty").with_columns(
        content_type=pl.lit("text"), source=pl.lit("demonstration")
    )
    decisions = past_decisions(chance, items.join(truth, on=["external_id", "tenant_id"]), until)
    return DemoCorpus(items, truth, decisions)


def _ordinary(
    chance: Chance, until: datetime, days: int, bad_share: float = BAD_SHARE
) -> dict[str, object]:
    tenant, _, harms = TENANTS[
        int(chance.choice(len(TENANTS), p=[share for _, share, _ in TENANTS]))
    ]
    language = str(chance.choice(list(LANGUAGES), p=list(LANGUAGES.values())))
    kinds: list[str] = []
    difficulty = 0.1
    draw = chance.random()
    if draw < bad_share:
        kind = str(chance.choice(list(harms), p=list(harms.values())))
        if language != "en" and kind in ("violence", "adult_content", "misinformation"):
            language = "en"
        body = compose(chance, language, kind)
        if chance.random() < 0.4:
            body = f"{compose(chance, language, 'fine')} {body}"
            difficulty = 0.3
        if chance.random() < 0.2:
            body, difficulty = evasive(chance, body), 0.4
        kinds = [kind, Label.TOXICITY.value] if kind == Label.HATE_SPEECH.value else [kind]
    elif draw < bad_share + 0.09:
        body, difficulty = compose(chance, language, "heated"), 0.5
    elif draw < bad_share + 0.12:
        language = "en"
        body, difficulty = compose(chance, language, "counter"), 0.6
    elif draw < bad_share + 0.18:
        language = "en"
        body = compose(chance, language, "long")
    else:
        body = compose(chance, language, "fine")
        if chance.random() < 0.35:
            body = f"{body} {compose(chance, language, 'fine')}"
    author = int(chance.zipf(1.6)) % 900
    if kinds and chance.random() < 0.35:
        author = int(chance.integers(900, 912))
    return {
        "tenant_id": tenant,
        "author_id": f"{tenant.split('-')[0]}-{author:03}",
        "title": compose(chance, language, "fine")[:60].strip() if chance.random() < 0.12 else None,
        "body": humanised(chance, body),
        "language": language,
        "tags": [str(each) for each in chance.choice(["forum", "comment", "review", "chat"], 1)],
        "metadata": _metadata(chance, bad=bool(kinds)),
        "thread_id": f"{tenant}-t{int(chance.integers(0, 400))}",
        "created_at": _moment(chance, until, days),
        "kinds": kinds,
        "difficulty": difficulty,
    }


def _metadata(chance: Chance, *, bad: bool) -> str:
    facts = {"views": int(chance.lognormal(4, 1.2))}
    if chance.random() < (0.35 if bad else 0.03):
        facts["reports"] = int(chance.integers(1, 6))
    return orjson.dumps(facts).decode()


def _moment(chance: Chance, until: datetime, days: int) -> datetime:
    """A time in the period, more often in the evening, on weekends and in two incidents."""
    if days > 60 and chance.random() < _TODAY_SHARE:
        return until - timedelta(hours=float(chance.random()) * 22)
    if days > 60 and chance.random() < 0.04:
        start = until - timedelta(days=float(chance.choice([33.3, 12.2])))
        return start + timedelta(hours=float(chance.gamma(2.0, 1.0)))
    while True:
        moment = until - timedelta(days=float(chance.random()) * days)
        rhythm = 0.35 + 0.65 * np.exp(-((((moment.hour - 20) % 24 + 12) % 24 - 12) ** 2) / 50)
        weekend = 1.0 if moment.weekday() >= 5 else 0.8
        if chance.random() < rhythm * weekend:
            return moment


def _raid(chance: Chance, until: datetime, days: int) -> list[dict[str, object]]:
    """Abuse that came within hours on one tenant, part of it in the last minutes."""
    tenant = TENANTS[0][0]
    return [
        {
            **_ordinary(chance, until, days, bad_share=0.85),
            "tenant_id": tenant,
            "thread_id": f"{tenant}-raid",
            "created_at": until - timedelta(hours=float(chance.gamma(2.0, 2.5))),
        }
        for _ in range(_RAID)
    ]


def _wave(
    chance: Chance, template: str, tenant: str, until: datetime, *, age_days: float
) -> list[dict[str, object]]:
    """Sixty near-duplicates from fresh accounts within a few hours."""
    start = until - timedelta(days=age_days)
    return [
        {
            **_ordinary(chance, until, 1),
            "tenant_id": tenant,
            "author_id": f"{pick(chance, ['new', 'x', 'promo'])}{int(chance.integers(10_000))}",
            "title": None,
            "body": wave_variant(chance, template, number),
            "language": "en",
            "created_at": min(until, start + timedelta(hours=float(chance.gamma(2.0, 0.8)))),
            "kinds": [Label.SPAM.value],
            "difficulty": 0.05,
        }
        for number in range(60)
    ]


__all__ = ["REVIEWERS", "DemoCorpus", "generate"]

"""Scored items over time, to plant drift in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS
from core.usecases.catalogue import Catalogue
from core.usecases.drift_report import DriftReport, Judged, MixDrift, SpreadDrift
from core.usecases.score_items import record_scores
from core.usecases.watch_drift import recent_periods
from core.usecases.workspace import Workspace
from tests.builders import item_frame


def spread_over(start: datetime, end: datetime, count: int) -> list[datetime]:
    """So many moments from start to end, evenly."""
    return [start + (end - start) * (place + 0.5) / count for place in range(count)]


def add_scored(
    space: Workspace,
    catalogue: Catalogue,
    times: Sequence[datetime],
    *,
    name: str,
    shift: float = 0.0,
    seed: int = 1,
    **columns: Any,
) -> list[int]:
    """Items created then; toxicity is around .3 and moved by `shift`, other scores are around .08.

    No item is decided on by the policy alone.
    """
    chance = np.random.default_rng(seed)
    count = len(times)
    items = item_frame(
        # Of any length, and like each other whenever they came.
        *(
            f"text {place:05} {'so ' * length}"
            for place, length in enumerate(
                np.random.default_rng(seed + 100).integers(0, 30, count).tolist()
            )
        ),
        external_id=[f"{name}{place}" for place in range(count)],
        created_at=list(times),
        **columns,
    )
    scores = {each.value: chance.beta(3, 7, count) / 4 for each in SCORED_LABELS}
    scores["toxicity"] = np.clip(chance.beta(3, 7, count) + shift, 0, 1)
    with space.store.writing() as parts:
        added = parts.items.add_new(items)
        scored = items.join(
            added, on=["tenant_id", "external_id"], maintain_order="left"
        ).with_columns(
            **{
                label: pl.Series(values.astype(np.float32)) for label, values in scores.items()
            },
            has_decision=pl.lit(value=True),
        )  # fmt: skip
        record_scores(space, parts, scored, model=catalogue.model, policy=catalogue.policy)
    ids: list[int] = scored["item_id"].to_list()
    return ids


def five_weeks(
    space: Workspace,
    catalogue: Catalogue,
    *,
    shift: float = 0.0,
    before: dict[str, Any] | None = None,
    now: dict[str, Any] | None = None,
    count: int = 280,
) -> None:
    """`count` items in the seven days up to the clock's next hour, and as many in the 28 before.

    `before` and `now` are columns of theirs; `shift` moves the toxicity of the last seven days.
    """
    end = space.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    start = end - timedelta(days=7)
    latest = min(end, space.clock.now())
    add_scored(
        space, catalogue, spread_over(start - timedelta(days=28), start, count), name="old",
        seed=1, **(before or {}),
    )  # fmt: skip
    add_scored(
        space, catalogue, spread_over(start, latest, count), name="new", seed=2, shift=shift,
        **(now or {}),
    )  # fmt: skip


def an_empty_report(catalogue: Catalogue, now: datetime) -> DriftReport:
    """A report of the last seven days in which nothing was counted."""
    periods, _ = recent_periods(7, now, now)
    nothing = np.zeros(1, dtype=np.int64)
    untold = Judged(None, 0.0, is_alarm=False)
    return DriftReport(
        wanted=ItemFilter(), periods=periods, newest=now, first=now, is_anchored=False, days=7,
        model=catalogue.model, policy_name="", items=(0, 0), scores=(), unscored=(),
        length=SpreadDrift(
            "length", "Text length", nothing, nothing, 1.0, np.zeros(1, dtype=np.intp), untold
        ),
        mixes=(), verdicts=MixDrift("verdicts", "Verdicts", (), untold),
    )  # fmt: skip

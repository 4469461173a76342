"""The made-up scores of the demonstration's outside model."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from core.domain.label import CITABLE_LABELS
from data.demo.corpus import generate
from data.demo.outside_scores import perspective_like


def _truth(count: int) -> pl.DataFrame:
    ids = {"external_id": [f"e{n}" for n in range(count)], "tenant_id": ["acme"] * count}
    bad = {label.value: [n % 2 for n in range(count)] for label in CITABLE_LABELS}
    return pl.DataFrame({**ids, **bad})


def test_a_score_depends_on_its_own_item_only() -> None:
    truth = _truth(50)
    whole = perspective_like(truth)
    assert perspective_like(truth.tail(7)).equals(whole.tail(7))
    assert not perspective_like(truth, seed=1).equals(whole)
    # Pinned: the same on every machine, whatever polars hashes like.
    assert whole["TOXICITY"].head(2).to_list() == [0.036664, 0.839768]


def test_scores_tell_harm_apart_but_not_perfectly() -> None:
    truth = generate(1, until=datetime(2026, 5, 4, 12, tzinfo=UTC), count=2_000).truth
    scores = perspective_like(truth)
    values = scores.select(pl.exclude("external_id", "tenant_id")).to_numpy()
    assert ((values > 0) & (values < 1)).all()
    toxic = ((truth["toxicity"] == 1) | (truth["hate_speech"] == 1)).to_numpy()
    ranks = scores["TOXICITY"].rank().to_numpy()
    count = int(toxic.sum())
    auc = (np.sum(ranks[toxic]) - count * (count + 1) / 2) / (count * (len(toxic) - count))
    assert 0.8 < auc < 0.95

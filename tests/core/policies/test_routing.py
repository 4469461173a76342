"""The rule that routes new items is the rule that lists filter by."""

from typing import Any

import polars as pl
import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.review_queue import ReviewQueue
from core.policies.routing import matches, route
from core.usecases.catalogue import Catalogue
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, item_frame

FILTERS: list[dict[str, Any]] = [
    {},
    {"tenant": "acme"},
    {"tenant": "zoo", "language": "en"},
    {"language": "de"},
    {"source": "app"},
    {"author": "ben"},
    {"search": "IDIOT"},
    {"search": "100%_"},
    {"search": "straße"},
    {"label": Label.TOXICITY, "score_min": 0.5},
    {"label": Label.TOXICITY, "score_min": 0.55, "score_max": 0.55},
    {"label": Label.TOXICITY, "score_max": 0.55},
    {"label": Label.SPAM, "score_min": 0.05, "score_max": 0.05, "tenant": "acme"},
    {"label": Label.VIOLENCE, "score_min": 0.9},
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_routing_and_lists_agree_on_every_filter(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, wanted: dict[str, Any]
) -> None:
    bodies = ["you idiot", "buy pills", "kill kill", "hello 100%_ sure", "Straße", "idiot idiot"]
    frame = item_frame(
        *bodies, tenant_id=["acme", "zoo"] * 3, language=["en", "de", None] * 2,
        source=["app", None, "web"] * 2, author_id=["ann", "ben", None] * 2,
        title=["an Idiot", None, "x"] * 2,
    )  # fmt: skip
    with space.store.writing() as parts:
        ids = parts.items.add_new(frame)["item_id"]
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    given = ItemFilter.model_validate(wanted)
    scores = pl.DataFrame(
        classifier.score([f"{t}\n{b}" if t else b for t, b in zip(frame["title"], bodies, strict=True)]),
        schema=[label.value for label in classifier.labels], orient="row",
    )  # fmt: skip
    scored = frame.with_columns(ids).hstack(scores)
    routed = set(scored.filter(matches(given))["item_id"])
    with space.store.reading() as parts:
        listed = {
            item_id
            for part in parts.items.stream(catalogue.selection(given), "items")
            for item_id in part["item_id"]
        }
    assert routed == listed


def test_an_item_lands_in_the_first_queue_that_takes_it() -> None:
    def queue(name: str, position: int, **wanted: str) -> ReviewQueue:
        return ReviewQueue(name=name, title=name, position=position,
                           filter=ItemFilter.model_validate(wanted))  # fmt: skip

    frame = item_frame("a", "b", "c", tenant_id=["acme", "zoo", "bar"], language=["en", "en", "de"])
    queues = [queue("rest", 9), queue("english", 2, language="en"), queue("zoo", 1, tenant="zoo")]
    assert route(frame, queues)["queue"].to_list() == ["english", "zoo", "rest"]

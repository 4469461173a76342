"""What the browser gets keeps every digit and says no more than it should."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from core.domain.label import Label
from dashboard.components.review_card.review_card import (
    AuthorHistory,
    CardData,
    CardItem,
    Choice,
    RecentItem,
    ReturnedDecision,
    ScoreLine,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BIG_ID = 9_007_199_254_740_993


def an_item() -> CardItem:
    return CardItem(
        task_id=BIG_ID,
        item_id=BIG_ID + 2,
        fence=1,
        body=(("plain ", None), ("bad 😀", Label.TOXICITY)),
        language=None,
        age="2 min ago",
        created=NOW,
        tenant="acme",
        author="u_1",
        queue="review",
        scores=(ScoreLine(label=Label.SPAM, words="Spam", score=None, review_at=0.5),),
        model="m v1",
        policy="p v1",
    )


def some_data(**changes: object) -> CardData:
    fields: dict[str, object] = {
        "items": (an_item(),),
        "waiting": 3,
        "done_today": 1,
        "reasons": (Choice(code="spam", words="Spam", key="1"),),
        "skip_reasons": (),
        "undo_seconds": 300,
        "server_now": NOW,
    }
    return CardData.model_validate(fields | changes)


def test_ids_travel_as_text_everywhere() -> None:
    uid = UUID("0b7c2f0e-6d0c-4f5c-9a43-2f5c5f7d9a10")
    back = ReturnedDecision(uid=uid, task_id=BIG_ID, message="Not saved.", item=an_item())
    data = some_data(returned=(back,), revoked=(BIG_ID,), acked=(uid,))
    wire = json.loads(json.dumps(data.to_wire("card")))
    assert wire["items"][0]["task_id"] == str(BIG_ID)
    assert wire["returned"][0]["item"]["item_id"] == str(BIG_ID + 2)
    assert (wire["returned"][0]["task_id"], wire["revoked"]) == (str(BIG_ID), [str(BIG_ID)])
    assert wire["acked"] == [str(uid)]


def test_text_travels_in_segments_with_their_labels() -> None:
    wire = json.loads(json.dumps(some_data().to_wire("card")))
    assert wire["items"][0]["body"] == [["plain ", None], ["bad 😀", "toxicity"]]
    assert wire["items"][0]["scores"][0]["score"] is None


def test_the_storage_name_and_the_guard_reach_the_browser() -> None:
    wire = some_data().to_wire("anna")
    assert (wire["keep_under"], wire["dwell_ms"]) == ("anna", 150)


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        some_data(server_now=datetime(2026, 11, 23))  # noqa: DTZ001  # the point of the test


def test_the_author_shows_at_most_five_recent_items() -> None:
    recent = [RecentItem(excerpt="x", outcome=None, when="1 d")] * 6
    with pytest.raises(ValidationError, match="at most 5"):
        AuthorHistory(total=6, rejected=0, approved=0, waiting=6, recent=tuple(recent))


def test_a_choice_needs_a_digit_key() -> None:
    with pytest.raises(ValidationError, match="key"):
        Choice(code="spam", words="Spam", key="0")

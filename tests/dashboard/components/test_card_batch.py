"""What the browser sends is checked before anything believes it."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.decision import Outcome
from core.domain.label import Label
from core.errors import DecisionError
from dashboard.components.review_card.card_batch import DecisionKind, parse_batch

UID = "0b7c2f0e-6d0c-4f5c-9a43-2f5c5f7d9a10"
OTHER_UID = "5a1f3c52-7d1c-4a5e-8f0b-7a4b1c2d3e4f"
BIG_ID = 9_007_199_254_740_993


def a_decision(**changes: object) -> dict[str, object]:
    return {
        "uid": UID,
        "kind": "decide",
        "task_id": str(BIG_ID),
        "item_id": "17",
        "fence": 3,
        "outcome": "approve",
        "reasons": [],
        "note": None,
        "reason": None,
        "handling_seconds": 4.2,
        "shown_at": "2026-11-23T10:00:00.000Z",
        "highlight_shown": True,
        "score_shown": True,
        "undoes": None,
    } | changes


def a_batch(*decisions: dict[str, object], **changes: object) -> dict[str, object]:
    return {"seq": 7, "have": ["18"], "decisions": list(decisions), "heartbeat": False} | changes


def test_ids_keep_all_their_digits() -> None:
    batch = parse_batch(a_batch(a_decision(), have=[str(BIG_ID), "18"]))
    [decision] = batch.decisions
    assert (decision.task_id, batch.have) == (BIG_ID, (BIG_ID, 18))
    assert (decision.uid, decision.outcome) == (UUID(UID), Outcome.APPROVE)
    assert decision.shown_at.tzinfo is not None


def test_each_kind_of_message_is_understood() -> None:
    reject = a_decision(outcome="reject", reasons=["spam", "hate_speech"], note=" seen before ")
    skip = a_decision(kind="skip", outcome=None, reason="language")
    undo = a_decision(kind="undo", outcome=None, undoes=OTHER_UID)
    batch = parse_batch(a_batch(reject, skip, undo))
    assert [one.kind for one in batch.decisions] == [
        DecisionKind.DECIDE,
        DecisionKind.SKIP,
        DecisionKind.UNDO,
    ]
    assert batch.decisions[0].reasons == (Label.SPAM, Label.HATE_SPEECH)
    assert batch.decisions[0].note == "seen before"
    assert batch.decisions[1].reason == "language"
    assert batch.decisions[2].undoes == UUID(OTHER_UID)


@pytest.mark.parametrize(
    "changes",
    [
        {"task_id": BIG_ID},
        {"item_id": "-4"},
        {"item_id": "٣"},
        {"fence": -1},
        {"outcome": "withdraw"},
        {"outcome": None},
        {"outcome": "reject"},
        {"reasons": ["spam"]},
        {"outcome": "reject", "reasons": ["sentiment"]},
        {"outcome": "reject", "reasons": ["<script>"]},
        {"note": "x" * 1_001},
        {"note": "\ud800"},
        {"kind": "skip"},
        {"kind": "skip", "outcome": None, "reason": ""},
        {"kind": "undo", "outcome": None},
        {"undoes": OTHER_UID},
        {"kind": "drop"},
        {"handling_seconds": -1},
        {"handling_seconds": float("nan")},
        {"shown_at": "2026-11-23T10:00:00"},
        {"highlight_shown": "perhaps"},
        {"is_admin": True},
    ],
    ids=str,
)
def test_a_bad_message_is_set_aside_and_the_others_stand(changes: dict[str, object]) -> None:
    bad = a_decision(uid=OTHER_UID, **changes)
    if "task_id" in changes:
        with pytest.raises(DecisionError, match="names neither itself nor its task"):
            parse_batch(a_batch(a_decision(), bad))
        return
    batch = parse_batch(a_batch(a_decision(), bad))
    assert [one.uid for one in batch.decisions] == [UUID(UID)]
    [refused] = batch.malformed
    assert (refused.uid, refused.task_id) == (UUID(OTHER_UID), BIG_ID)
    assert refused.message.startswith("Not saved, because the page sent it incomplete")


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    batch = parse_batch(a_batch(a_decision(outcome="<img src=x>")))
    assert "<img" not in batch.malformed[0].message


def test_nul_characters_never_reach_a_database() -> None:
    batch = parse_batch(a_batch(a_decision(note="a\x00b"), a_decision(note="\x00 ")))
    assert [one.note for one in batch.decisions] == ["ab", None]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "batch",
        {},
        a_batch(have=["x"]),
        a_batch(have=[1]),
        a_batch(seq="soon"),
        a_batch(decisions="all"),
        a_batch(*[a_decision()] * 501),
        a_batch(extra=1),
    ],
    ids=lambda raw: str(raw)[:40],
)
def test_what_is_no_batch_is_refused_with_advice(raw: object) -> None:
    with pytest.raises(DecisionError, match="Reload the page"):
        parse_batch(raw)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from(sorted(a_decision())), value=JSON_VALUES)
def test_no_value_of_any_field_breaks_the_check(field: str, value: Any) -> None:
    sent = json.loads(json.dumps(a_batch(a_decision(**{field: value}))))
    try:
        batch = parse_batch(sent)
    except DecisionError:
        return
    assert len(batch.decisions) + len(batch.malformed) == 1

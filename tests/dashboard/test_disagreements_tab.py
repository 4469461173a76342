"""Compare, part Disagreements, through app.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import LabelThresholds, PolicyVersion, ThresholdRule
from core.domain.role import Role
from core.domain.status import Status
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.compare_sides import side_of
from core.usecases.disagreement_verdict import ReviewProgress, list_reviews
from core.usecases.review_item import decide
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.builders import a_draft
from tests.dashboard.analytics_pages import fill, link_to, open_page, run, said
from tests.dashboard.word_workbench import saved, word_workbench

#: Approves what the live policy rejects or has reviewed.
MILD = ThresholdRule(thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.99)})


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


@pytest.fixture
def mild(workbench: Workbench) -> PolicyVersion:
    return saved(workbench, "mild", MILD)


def _open(policy: PolicyVersion) -> AppTest:
    return open_page("compare", tab="Disagreements", pb=link_to(policy))


def _reviews(workbench: Workbench, policy: PolicyVersion) -> list[ReviewProgress]:
    model = workbench.catalogue.model
    sides = side_of(model, workbench.catalogue.policy), side_of(model, policy)
    return list_reviews(workbench.space, workbench.operator, *sides)


def _answer(workbench: Workbench, most: int) -> None:
    """People find that the live policy was right to reject."""
    person = workbench.operator
    claims = next_tasks(workbench.space, person, WorkRequest(queue="blind-review", hold=most))
    drafts = [
        a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence, score_shown=False,
                outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        for claim in claims
    ]  # fmt: skip
    decide(workbench.space, person, drafts, policy_version_id=None)


def _is_there(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def test_the_same_side_twice_has_nothing_to_settle(workbench: Workbench) -> None:
    text = said(_open(workbench.catalogue.policy))
    assert "A and B conclude the same on each of the 120 items" in text


def test_disagreements_are_planned_sent_and_counted(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    app = _open(mild)
    (kinds,) = [each.value for each in app.dataframe if "Would be drawn" in str(each.proto)]
    by_kind = dict(zip(kinds["kind"], kinds["items"], strict=True))
    assert by_kind == {"A rejects, B approves": 20, "A sends to review, B approves": 40}
    open_count = int(sum(kinds["open"]))
    assert 0 < open_count <= 20
    assert "That is all of them" in said(app)
    app.button(key="disagree_send").click()
    run(app)
    assert f"{open_count} items wait in Blind review now" in said(app)
    (found,) = _reviews(workbench, mild)
    assert (found.drawn, found.waiting, found.review.queue) == (
        open_count, open_count, "blind-review",
    )  # fmt: skip
    text = said(run(app))
    assert f"Nobody has answered yet; {open_count} items wait" in text
    assert "None of the 60 disagreements is left to draw" in text
    assert not _is_there(app, "disagree_send")
    _answer(workbench, 6)
    app = _open(mild)
    text = said(app)
    assert "6 items answered: A alone was wrong on 0, B alone on 6." in text
    assert "From 20 answers on there is an interval." in text
    assert len(app.get("plotly_chart")) == 1
    _answer(workbench, 40)
    text = said(_open(mild))
    assert "Everything that could be drawn is answered" in text
    (found,) = _reviews(workbench, mild)
    assert found.difference.is_complete


def test_a_review_can_be_stopped_and_taken_up_again(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    app = _open(mild)
    app.button(key="disagree_send").click()
    run(app)
    (found,) = _reviews(workbench, mild)
    key = found.review.review_id
    app = _open(mild)
    app.button(key=f"blind_stop_{key}").click()
    assert "were taken out of the queue" in said(run(app))
    assert [each.waiting for each in _reviews(workbench, mild)] == [0]
    app = _open(mild)
    app.number_input(key=f"blind_more_{key}").set_value(5)
    app.button(key=f"blind_more_send_{key}").click()
    assert "5 more items wait" in said(run(app))
    assert [each.waiting for each in _reviews(workbench, mild)] == [5]


def test_what_cannot_be_drawn_is_said_where_it_was_asked_for(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    app = _open(mild)
    app.button(key="disagree_send").click()
    run(app)
    (found,) = _reviews(workbench, mild)
    key = found.review.review_id
    app = _open(mild)
    app.button(key=f"blind_stop_{key}").click()
    run(app)
    app = _open(mild)
    # Somebody decides on all of them in a list before more are asked for.
    with workbench.space.store.reading() as parts:
        ids = parts.disagreements.answers(key)["item_id"].to_list()
    drafts = [a_draft(each, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,)) for each in ids]
    decide(workbench.space, workbench.operator, drafts, policy_version_id=None)
    app.button(key=f"blind_more_send_{key}").click()
    app.run()
    assert not app.exception
    assert "There is nothing more to draw" in said(app)


def test_somebody_of_two_tenants_is_told_why_there_is_no_queue_of_their_own(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    lee = Person(name="lee", role=Role.ADMIN, tenants=("acme", "zoo"))
    state.publish(workbench, Gate(workbench, open_to=lee))
    app = _open(mild)
    app.button(key="disagree_send").click()
    app.run()
    assert not app.exception
    assert "A queue of your own can be made for one tenant only" in said(app)


def test_what_people_decided_before_is_said_apart(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    claims = next_tasks(workbench.space, workbench.operator, WorkRequest(queue="review", hold=30))
    drafts = [
        a_draft(each.item_id, task_id=each.task_id, fence=each.fence, outcome=Outcome.REJECT,
                reasons=(Label.TOXICITY,))
        for each in claims
    ]  # fmt: skip
    decide(workbench.space, workbench.operator, drafts, policy_version_id=None)
    text = said(_open(mild))
    assert "Known besides: people had decided on" in text
    assert "It is in no interval here" in text


def test_an_analyst_may_look_but_not_send(workbench: Workbench, mild: PolicyVersion) -> None:
    app = _open(mild)
    app.button(key="disagree_send").click()
    run(app)
    anna = Person(name="anna", role=Role.ANALYST)
    state.publish(workbench, Gate(workbench, open_to=anna))
    app = _open(mild)
    assert "Nobody has answered yet" in said(app)
    assert not _is_there(app, "disagree_send")
    assert not any(str(button.key).startswith("blind_") for button in app.button)


def test_who_may_not_send_is_told_whom_to_ask(workbench: Workbench, mild: PolicyVersion) -> None:
    anna = Person(name="anna", role=Role.ANALYST)
    state.publish(workbench, Gate(workbench, open_to=anna))
    app = _open(mild)
    assert "Sending items to review needs the right to" in said(app)
    assert not _is_there(app, "disagree_send")


def test_names_of_people_are_no_markup(workbench: Workbench, mild: PolicyVersion) -> None:
    app = _open(mild)
    app.text_input(key="disagree_title").set_value("# Big **bold** :red[x]")
    app.button(key="disagree_send").click()
    run(app)
    raw = "\n".join(str(part.value) for part in _open(mild).markdown)
    assert "\\# Big \\*\\*bold\\*\\* \\:red\\[x\\]" in raw


def test_list_mode_opens_on_a_queue_other_than_review(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    app = _open(mild)
    app.button(key="disagree_send").click()
    run(app)
    app = open_page("review", mode="List", queue="Blind review")
    assert "of a blind review: scores are hidden" in said(app)


def test_a_list_by_status_tells_not_how_many_blind_items_it_leaves_out(
    workbench: Workbench, mild: PolicyVersion
) -> None:
    """A search for one item's words with each status in turn would tell its verdict."""
    app = _open(mild)
    app.button(key="disagree_send").click()
    run(app)
    (review,) = _reviews(workbench, mild)
    with workbench.space.store.reading() as parts:
        claim = parts.disagreements.waiting(review.review.review_id)[0]
        item = parts.items.get(claim.item_id)
    assert item is not None
    pages = [
        said(open_page("review", mode="List", status=each.value, search=item.body))
        for each in Status
    ]
    assert all("Without the items of blind reviews" in each for each in pages)
    assert all("No items match these filters" in each for each in pages)
    assert "left out" not in "".join(pages)
    everything = said(open_page("review", mode="List", status=Status.APPROVED.value))
    assert "Page 1" in everything
    assert " of 1" not in everything

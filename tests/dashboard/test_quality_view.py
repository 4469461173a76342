"""The Quality page through app.py."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.decision import DecisionDraft, Outcome
from core.domain.golden_item import GoldenAnswer
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.usecases.golden_items import mark_golden
from core.usecases.review_item import decide
from dashboard import state
from dashboard.identity.gate import Gate
from dashboard.pages import pages_for
from data.bootstrap import Workbench
from tests.builders import a_draft, item_frame
from tests.dashboard.analytics_pages import HOSTILE, facts, in_url, open_page, run, said
from tests.dashboard.word_workbench import word_workbench

NAME = "![x](https://evil.example/x.png) :red[bob]"


def _add(opened: Workbench, count: int) -> list[int]:
    bodies = [HOSTILE, *(f"text {number}" for number in range(count - 1))]
    created = opened.space.clock.now() - timedelta(hours=2)
    with opened.space.store.writing() as parts:
        added = parts.items.add_new(item_frame(*bodies, created_at=created))
    return [int(each) for each in added["item_id"].to_list()]


def _decide(opened: Workbench, name: str, items: Sequence[int], rejected: Sequence[int]) -> None:
    def draft(item: int) -> DecisionDraft:
        if item in rejected:
            return a_draft(item, outcome=Outcome.REJECT, reasons=(Label.SPAM,))
        return a_draft(item)

    person = Person(name=name, role=Role.SENIOR_REVIEWER)
    receipts = decide(opened.space, person, [draft(item) for item in items], policy_version_id=None)
    assert all(each.accepted for each in receipts)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Ann and somebody with a hostile name differ on two of thirty items; cem decides apart."""
    with word_workbench(tmp_path_factory.mktemp("quality")) as opened:
        items = _add(opened, 34)
        _decide(opened, "ann", items[:30], items[:8])
        _decide(opened, NAME, items[:30], items[1:9])
        _decide(opened, "cem", items[30:], ())
        yield opened


@pytest.fixture
def measured(shared: Workbench) -> Iterator[Workbench]:
    """A store that the test only reads."""
    state.publish(shared)
    yield shared
    state.publish(None)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """An empty store of this test alone."""
    with word_workbench(tmp_path) as opened:
        yield opened


def test_an_empty_store_says_what_to_do(own: Workbench) -> None:
    app = open_page("quality")
    assert "Nobody decided anything here" in said(app)
    assert not app.metric


def test_one_reviewer_has_nobody_to_agree_with(own: Workbench) -> None:
    _decide(own, "ann", _add(own, 3), ())
    app = open_page("quality")
    assert "All decisions here are ann's: there is nobody to agree with" in said(app)
    assert "an import of decisions in which several people judged" in said(app)
    assert not app.metric
    assert "nobody to agree with" in said(open_page("quality", measure="Two reviewers"))
    people = open_page("quality", measure="People")
    assert people.dataframe[0].value["agreed"].to_list() == ["–"]
    assert "Nobody's answers were compared" in said(people)


def test_people_who_never_met_have_no_agreement(own: Workbench) -> None:
    items = _add(own, 4)
    _decide(own, "ann", items[:2], ())
    _decide(own, "cem", items[2:], ())
    assert "No item was approved or rejected by two people" in said(open_page("quality"))


def test_agreement_is_shown_three_ways_with_what_it_rests_on(measured: Workbench) -> None:
    app = open_page("quality")
    shown = facts(app)
    assert shown["Answered by several"] == "30"
    assert shown["Percent agreement"] == "93.3%"
    assert float(shown["Krippendorff's alpha"]) == pytest.approx(0.832, abs=0.001)
    assert float(shown["Gwet's AC1"]) == pytest.approx(0.89, abs=0.01)
    words = said(app)
    assert "prevalence paradox" in words
    assert "27% of these answers reject" in words
    assert "not drawn at random" in words
    assert app.dataframe[0].value["name"].to_list() == ["Spam"]
    app = open_page("quality", by="Occasion")
    assert app.dataframe[0].value["name"].to_list() == ["decided again here"]


def test_two_people_are_chosen_by_link_and_their_items_shown(measured: Workbench) -> None:
    app = open_page("quality", measure="Two reviewers", first="ann", second=NAME)
    assert facts(app)["Items in common"] == "30"
    assert facts(app)["Differ on"] == "2"
    assert float(facts(app)["Cohen's kappa"]) == pytest.approx(0.830, abs=0.001)
    table = app.dataframe[0].value
    assert table["text"].str.contains("script").any()
    # Both of them are chosen again when the first one becomes the second.
    app.selectbox(key="quality_first").select(NAME)
    app = run(app)
    assert in_url(app, "first", "second") == [NAME, "ann"]
    app.toggle(key="by_reason").set_value(True)
    app = run(app)
    assert set(app.dataframe[0].value["first"]) == {"approve", "Spam"}
    lost = open_page("quality", measure="Two reviewers", first="nobody", second="cem")
    assert in_url(lost, "first", "second") != ["nobody", "cem"]


def test_people_stand_by_name_and_names_are_text(measured: Workbench) -> None:
    app = open_page("quality", measure="People")
    table = app.dataframe[0].value
    assert table["actor"].to_list() == sorted([NAME, "ann", "cem"])
    assert "not to be ranked" in said(app)
    ann = table[table["actor"] == "ann"].iloc[0]
    assert ann["agreed"].startswith("93 % (")
    assert ann["changed"] == "7 % (2–21, n = 30)"
    assert table[table["actor"] == "cem"].iloc[0]["median"] == "4.0 s (n = 4: too few)"


def test_exposure_names_nobody(measured: Workbench) -> None:
    app = open_page("quality", measure="Exposure")
    assert facts(app)["Severe items"] == "0"
    assert app.dataframe[0].value["decisions"].sum() == 64
    assert "ann" not in "".join(str(app.dataframe[0].value.columns.to_list()))
    assert "ann" not in said(app).split()


def test_golden_items_are_settled_scored_and_taken_out(own: Workbench) -> None:
    items = _add(own, 12)
    _decide(own, "bob", items, ())
    app = open_page("quality", measure="Golden items")
    assert "No item is golden yet" in said(app)
    app.text_input(key="golden_id").input("nothing")
    assert "There is no item with this id" in said(run(app))
    app.text_input(key="golden_id").input("e0")
    app = run(app)
    assert any(HOSTILE in text.value for text in app.text)
    app.radio(key=f"new_outcome_{items[0]}").set_value("reject")
    app.button[-1].click()
    assert "a rejection needs a reason" in said(run(app))
    app.pills(key=f"new_reasons_{items[0]}").set_value([Label.SPAM])
    app.button[-1].click()
    app = run(app)
    assert "First answers on it count" in app.success[0].value
    assert app.dataframe[1].value["answer"].to_list() == ["reject: Spam"]
    for item in items[1:4]:
        answer = GoldenAnswer(outcome=Outcome.REJECT, reasons=(Label.SPAM,))
        mark_golden(own.space, own.catalogue, own.operator, item, answer)
    app = open_page("quality", measure="Golden items")
    assert app.dataframe[0].value["accuracy"].to_list() == ["17 % (0–49, n = 4)"]
    assert "bob: right on 0 of 4, so below 90% beyond chance" in said(app)
    assert app.dataframe[1].value["right"].to_list() == ["0 of 1"] * 4
    app = open_page("quality", measure="Golden items", decided="30 days", target="95 %")
    assert app.dataframe[1].value["answer"].to_list() == ["reject: Spam"] * 4


def test_filters_live_in_the_link(measured: Workbench) -> None:
    app = open_page("quality", decided="30 days", language="en", tenant="acme")
    assert facts(app)["Answered by several"] == "30"
    assert in_url(app, "decided", "language") == ["30 days", "en"]
    broken = open_page("quality", language="xx", tenant="nowhere")
    assert facts(broken)["Answered by several"] == "30"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANALYST, Role.POLICY_MANAGER])
def test_reviewers_never_see_it(measured: Workbench, role: Role) -> None:
    person = Person(name="rob", role=role)
    state.publish(measured, Gate(measured, open_to=person))
    assert "quality" not in {entry.view for entry in pages_for(person)}

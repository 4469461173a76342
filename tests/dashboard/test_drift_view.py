"""The Drift page and the alarms on Overview, through app.py."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.role import Role
from core.store.job_handle import NoJob
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.dashboard.analytics_pages import facts, in_url, open_page, run, said
from tests.dashboard.word_workbench import word_workbench
from tests.drifting_items import add_scored, five_weeks, spread_over

HOSTILE = "![x](https://evil.example/x.png) :red[chat]"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Toxicity moved up, and a new source with a hostile name came."""
    with word_workbench(tmp_path_factory.mktemp("drift")) as opened:
        five_weeks(
            opened.space, opened.catalogue, shift=0.2,
            before={"source": "app"}, now={"source": [HOSTILE] * 140 + ["app"] * 140},
        )  # fmt: skip
        yield opened


@pytest.fixture
def drifted(shared: Workbench) -> Iterator[Workbench]:
    """A store that the test only reads."""
    state.publish(shared)
    yield shared
    state.publish(None)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """An empty store of this test alone."""
    with word_workbench(tmp_path) as opened:
        yield opened


def _click(app: AppTest, chart: int, customdata: list[object]) -> AppTest:
    """Clicks a mark of a chart, as the browser tells it."""
    points = [{"point_index": 0, "customdata": customdata}]
    selection = {"points": points, "point_indices": [0], "box": [], "lasso": []}
    states = app._tree.get_widget_states()
    drawn = states.widgets.add()
    drawn.id = app.get("plotly_chart")[chart].proto.id
    drawn.string_value = json.dumps({"selection": selection})
    app._run(states)
    assert not app.exception
    return app


def _chart(app: AppTest, words: str) -> int:
    """The place of the chart whose description begins like this."""
    texts = [each.proto.alt for each in app.get("plotly_chart")]
    return next(place for place, text in enumerate(texts) if text.startswith(words))


def _links(app: AppTest) -> dict[str, str]:
    """The query of each page link by its name."""
    return {each.proto.label: each.proto.query_string for each in app.get("page_link")}


def test_an_empty_store_says_what_to_do(own: Workbench) -> None:
    app = open_page("drift")
    assert "No item has scores yet. Import a file of items" in said(app)
    assert not app.get("plotly_chart")
    assert "drift" not in said(open_page("overview")).lower()


def test_what_drifted_is_said_with_its_reasons(drifted: Workbench) -> None:
    app = open_page("drift")
    words = said(app)
    assert "280 items) against" in words
    assert "Toxicity scores moved 0." in words
    assert "up in the last 7 days (PSI" in words
    # The name of a source is text: every mark in it is escaped.
    raw = "\n".join(str(each.value) for each in app.markdown)
    assert "\\!\\[x\\]\\(https\\:" in raw
    assert f"Source {HOSTILE} (new) grew from 0% to 50%" in words
    # The largest change is looked at first.
    assert app.selectbox(key="look").value == "source"
    assert facts(app)["New"] == "1"


def test_a_look_is_in_the_link_and_comes_back_from_it(drifted: Workbench) -> None:
    app = open_page("drift", look="spam")
    assert app.selectbox(key="look").value == "spam"
    assert {"PSI", "Mean score", "Moved by"} <= set(facts(app))
    app.button(key="look_toxicity").click()
    app = run(app)
    assert app.selectbox(key="look").value == "toxicity"
    assert in_url(app, "look") == ["toxicity"]
    assert float(facts(app)["Moved by"]) == pytest.approx(0.2, abs=0.03)
    app = _click(app, _chart(app, "PSI of"), ["language", 280, 280])
    assert app.selectbox(key="look").value == "language"
    assert open_page("drift", look="nonsense").selectbox(key="look").value == "source"


def test_every_comparison_opens(drifted: Workbench) -> None:
    app = open_page("drift")
    for key in app.selectbox(key="look").options:
        app.selectbox(key="look").select(key)
        app = run(app)
        assert "PSI" in facts(app), key


def test_a_clicked_day_leads_to_its_items(drifted: Workbench) -> None:
    app = open_page("drift", look="toxicity")
    app = _click(app, _chart(app, "Toxicity: PSI and mean score"), [33, 40, 0.1])
    (query,) = [each for name, each in _links(app).items() if name.startswith("The 4")]
    wanted = dict(part.split("=") for part in query.split("&"))
    assert wanted["label"] == "toxicity"
    assert {"created_from", "created_until"} <= set(wanted)


def test_a_category_leads_to_its_items(drifted: Workbench) -> None:
    app = open_page("drift", look="source")
    app.selectbox(key="category_source").select("app")
    app = run(app)
    assert "source=app" in _links(app)["Current items of app"]
    app = _click(app, _chart(app, "Source: shares"), [1, 140])
    assert app.selectbox(key="category_source").value == HOSTILE


def test_other_lengths_and_dates_live_in_the_link(drifted: Workbench) -> None:
    app = open_page("drift", span="Last 24 hours")
    assert "Too few items to tell drift from chance" in said(app)
    now = drifted.space.clock.now()
    days = [(now - timedelta(days=back)).date() for back in (35, 8, 6, 0)]
    reference, current = (f"{first}_{last}" for first, last in (days[:2], days[2:]))
    app = open_page("drift", span="Dates", reference=reference, current=current)
    assert "Toxicity scores moved" in said(app)
    assert in_url(app, "reference", "current") == [reference, current]
    app = open_page("drift", span="Dates", reference=current, current=reference)
    assert "The reference must end before the current period starts" in said(app)
    app = open_page("drift", span="Dates", reference="x_y", current="2026-02-31_2026-01-01")
    assert "Choose the first and the last day of both periods" in said(app)


def test_dates_start_from_what_was_on_screen(drifted: Workbench) -> None:
    app = open_page("drift")
    app.button_group(key="span").set_value("Dates")
    app = run(app)
    assert "Toxicity scores moved" in said(app)
    today = drifted.space.clock.now().date()
    (current,) = in_url(app, "current")
    assert current is not None
    assert date.fromisoformat(current.partition("_")[2]) - today <= timedelta(days=1)


def test_a_link_to_items_keeps_its_period_to_the_second(drifted: Workbench) -> None:
    link = {"created_from": "2026-05-04T13:00:00Z", "created_until": "2026-05-05T13:00:00Z"}
    app = open_page("scores", **link)
    assert in_url(app, *link) == list(link.values())


def test_decisions_are_compared_on_request_and_may_be_too_few(drifted: Workbench) -> None:
    app = open_page("drift", look="toxicity", show="What people decide")
    assert "Too few decisions to compare: 0 on the current items, 0 on the reference" in said(app)


def test_a_history_that_ended_in_the_past_says_so(own: Workbench) -> None:
    end = own.space.clock.now() - timedelta(days=300)
    add_scored(
        own.space, own.catalogue, spread_over(end - timedelta(days=20), end, 200), name="old"
    )
    app = open_page("drift")
    assert "300 days ago: the periods end there, not today" in said(app)
    assert "The history begins on" in said(app)
    assert "No drift beyond chance from" in str([each.value for each in app.success])


def test_one_days_history_has_no_reference(own: Workbench) -> None:
    now = own.space.clock.now()
    add_scored(own.space, own.catalogue, [now] * 60, name="today")
    app = open_page("drift")
    assert "There is no reference: no selected item came before" in said(app)
    assert not app.get("plotly_chart")
    assert "There is no reference" in said(open_page("overview"))


def test_versions_are_compared_on_what_both_scored(own: Workbench) -> None:
    five_weeks(own.space, own.catalogue, count=60, now={"language": "de"})
    app = open_page("drift", compare="Model versions")
    assert "Only one model version has scored items here" in said(app)
    own.rescore("few-1", ItemFilter(language="de"), NoJob(), own.operator)
    own.policies_changed(by=own.operator)
    app = open_page("drift", compare="Model versions")
    words = said(app)
    assert "60 items** that both versions scored. Left out: 60 only words-1 (1) scored." in words
    assert "few-1 (1) does not score hate speech" in words
    assert "Scores are distributed otherwise for" in words
    assert "Mean score" in facts(app)
    app.selectbox(key="second_version").select_index(0)
    app = run(app)
    assert "These are the same version" in said(app)
    app = open_page("drift", compare="Model versions", language="en")
    assert "No selected item has scores of both versions" in said(app)


def test_overview_says_what_drifted_and_leads_to_it(drifted: Workbench) -> None:
    app = open_page("overview")
    assert "things drifted** of" in said(app)
    assert "Toxicity scores moved 0." in said(app)
    links = {each.proto.query_string for each in app.get("page_link") if "Look" in each.proto.label}
    assert "span=Last+7+days&look=toxicity" in links
    reviewer = Person(name="rob", role=Role.REVIEWER)
    state.publish(drifted, Gate(drifted, open_to=reviewer))
    assert "drifted" not in said(open_page("overview"))


def test_overview_is_calm_where_nothing_drifted(own: Workbench) -> None:
    five_weeks(own.space, own.catalogue)
    words = said(open_page("overview"))
    assert "No drift beyond chance in" in words
    assert "280 items in the last 7 days against 280 of the days before" in words

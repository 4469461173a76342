"""The pages Scores and Policies as people use them, through app.py, on a store of words."""

import json
import re
from pathlib import Path

import polars as pl
from streamlit.testing.v1 import AppTest

from core.domain.label import Label
from core.domain.policy import LabelThresholds, PolicyVersion, ThresholdRule
from core.store.job_handle import NoJob
from dashboard import state
from data.bootstrap import Workbench

APP = str(Path(state.__file__).parent / "app.py")
HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) :red[idiot]"

#: Rejects from the middle on, and looks at one label only.
STRICT = ThresholdRule(
    thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.5)}
)

#: Toxicity .05, .55 and .95 by the words in them.
LOW, MIDDLE, HIGH = 60, 40, 20


def fill(workbench: Workbench, folder: Path) -> Workbench:
    """120 scored items: every second is German, every fourth is from the zoo."""
    texts = [
        *(f"lunch at {number}" for number in range(LOW)),
        HOSTILE,
        *(f"idiot number {number}" for number in range(MIDDLE - 1)),
        *(f"idiot and idiot {number}" for number in range(HIGH)),
    ]
    count = len(texts)
    path = folder / "items.parquet"
    pl.DataFrame(
        {
            "id": [str(number) for number in range(count)],
            "text": texts,
            "tenant": ["zoo" if number % 4 == 0 else "acme" for number in range(count)],
            "language": ["de" if number % 2 else "en" for number in range(count)],
        }
    ).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())
    workbench.score(NoJob())
    return workbench


#: What Streamlit calls each page: asked once, for it costs a run of the first page.
_hashes: dict[str, str] = {}


def page_from_menu(view: str) -> AppTest:
    """The page, reached from the first one; not yet run."""
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.switch_page(f"views/{view}.py")
    _hashes[view] = app._page_hash
    return app


def open_page(view: str, **query: str) -> AppTest:
    """The page behind a link."""
    if view in _hashes:
        app = AppTest.from_file(APP, default_timeout=60)
        app._page_hash = _hashes[view]
    else:
        app = page_from_menu(view)
    for name, value in query.items():
        app.query_params[name] = value
    return run(app)


def run(app: AppTest) -> AppTest:
    """Runs the page, which must not fail."""
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """Everything on it that is read as Markdown, without the escapes."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.toast]
    text = "\n".join(str(part.value) for part in parts)
    return re.sub(r"\\([^\w\s])", r"\1", text)


def facts(app: AppTest) -> dict[str, str]:
    """The numbers by their names."""
    return {metric.label: metric.value for metric in app.metric}


def in_url(app: AppTest, *names: str) -> list[str | None]:
    """What the address says."""
    values = (app.query_params.get(name) for name in names)
    return [value[0] if isinstance(value, list) else value for value in values]


def brush(app: AppTest, x: tuple[float, float], y: tuple[float, float]) -> AppTest:
    """Drags a box over the page's first chart, as the browser tells it."""
    box = {"xref": "x", "yref": "y", "x": list(x), "y": list(y)}
    selection = {"points": [], "point_indices": [], "box": [box], "lasso": []}
    states = app._tree.get_widget_states()
    drawn = states.widgets.add()
    drawn.id = app.get("plotly_chart")[0].proto.id
    drawn.string_value = json.dumps({"selection": selection})
    app._run(states)
    assert not app.exception
    return app


def move_bounds(app: AppTest, low: float, high: float, *, label: str = "toxicity") -> AppTest:
    """Moves the lab's slider of a label."""
    app.slider(key=f"lab_0_{label}_band").set_range(low, high)
    return run(app)


def drafted(app: AppTest) -> ThresholdRule:
    """The rule that the tab works on."""
    rule: ThresholdRule = app.session_state["kept_policy_draft"].rule
    return rule


def with_bounds(
    workbench: Workbench, label: Label, low: float, high: float | None
) -> ThresholdRule:
    """The live rule with other bounds for one label."""
    live = workbench.catalogue.policy.rule
    assert isinstance(live, ThresholdRule)
    bounds = LabelThresholds(approve_below=low, reject_above=high)
    return live.model_copy(update={"thresholds": {**live.thresholds, label: bounds}})


def link_to(version: PolicyVersion) -> str:
    """What a link calls a version."""
    return str(version.policy_version_id)

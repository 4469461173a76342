"""Compare, Thresholds: a policy is translated, adopted and found in the lab, as people do it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import EXTERNAL, ModelVersion
from core.domain.policy import PolicyMode, PolicyVersion
from core.experiments.translation import Keep
from core.usecases.compare_sides import side_of
from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.translate_policy import translate
from dashboard.compare.translation_words import bounds_table
from data.bootstrap import Workbench
from tests.builders import NOON
from tests.dashboard.analytics_pages import (
    STRICT,
    facts,
    fill,
    link_to,
    open_page,
    run,
    said,
)
from tests.dashboard.word_workbench import saved, word_workbench

NOTHING_FLIPS = "No verdict changes: B decides as A did."


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """A filled store: toxicity .05, .55 and .95 on 60, 40 and 20 items."""
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def other_model(
    workbench: Workbench, *labels: Label, kind: str = "lexical", flat: bool = False
) -> ModelVersion:
    """Another model version, with a third of our scores, or with the same score everywhere."""
    catalogue = workbench.catalogue
    history = workbench.histories.get(
        catalogue.selection(ItemFilter()), catalogue.model.model_version_id
    )
    number = workbench.space.ids.next()
    version = ModelVersion(
        model_version_id=number, name="other", version="7", kind=kind, labels=labels,
        digest=f"{number:064x}", created_at=NOON,
    )  # fmt: skip
    ours = history.columns.scores
    frame = pl.DataFrame(
        {
            "item_id": history.ids,
            **{
                label.value: pl.Series(np.full_like(ours[label], 0.2) if flat else ours[label] / 3)
                if label in labels
                else pl.Series([None] * history.size, dtype=pl.Float32)
                for label in SCORED_LABELS
            },
        }
    ).with_columns(
        content_hash=pl.lit(b"\x00" * 32), scored_at=pl.lit(NOON),
        model_version_id=pl.lit(number, dtype=pl.Int64),
    )  # fmt: skip
    with workbench.space.store.writing() as parts:
        parts.models.add(version)
        parts.scores.add_scores(frame)
    workbench.policies_changed(by=workbench.operator)
    return version


def reviewed(workbench: Workbench, text: str, outcome: Outcome, *reasons: Label) -> None:
    """Decides in a list on the items with the text."""
    catalogue = workbench.catalogue
    with workbench.space.store.reading() as parts:
        ids = parts.items.ids(catalogue.selection(ItemFilter(search=text))).to_list()
    decide_in_bulk(
        workbench.space, workbench.operator, ids, BulkDecision(outcome=outcome, reasons=reasons),
        policy_version_id=None,
    )  # fmt: skip


def opened(a: ModelVersion, b: ModelVersion, policy: PolicyVersion, **query: str) -> AppTest:
    return open_page(
        "compare", tab="Thresholds", a=str(a.model_version_id), b=str(b.model_version_id),
        pa=link_to(policy), **query,
    )  # fmt: skip


def succeeded(app: AppTest) -> str:
    """What it says was done, without the escapes."""
    return "\n".join(str(each.value) for each in app.success).replace("\\", "")


def bounds(app: AppTest) -> pl.DataFrame:
    """The table of the bounds."""
    tables = [each.value for each in app.dataframe if "B's bound" in each.value.columns]
    assert len(tables) == 1
    return pl.DataFrame({name: list(tables[0][name]) for name in tables[0].columns})


def test_a_translated_policy_changes_no_verdict(own: Workbench) -> None:
    other = other_model(own, *SCORED_LABELS)
    app = opened(own.catalogue.model, other, saved(own, "strict", STRICT))
    assert facts(app)["Flips, not translated"] == "60"
    assert facts(app)["Flips, translated"] == "0"
    assert "0.0% (0.0%–3.1%) of 120 items still change their verdict" in said(app)
    assert "With A's bounds as they are, 50.0%" in said(app)
    assert NOTHING_FLIPS in said(app)
    table = bounds(app)
    assert table["Bound"].to_list() == ["to review from", "rejected above"]
    assert table["A's bound"].to_list() == ["0.30", "0.50"]
    # .05 / 3 stays below both, .55 / 3 is above both.
    assert all(0.05 / 3 < float(each) < 0.55 / 3 for each in table["B's bound"])
    assert table["B catches"].to_list() == ["60 (50.00%)", "60 (50.00%)"]
    assert "Where" not in table.columns


def test_what_is_kept_is_chosen_or_comes_with_the_link(own: Workbench) -> None:
    other = other_model(own, *SCORED_LABELS)
    reviewed(own, "idiot number", Outcome.REJECT, Label.TOXICITY)
    reviewed(own, "lunch", Outcome.APPROVE)
    strict = saved(own, "strict", STRICT)
    app = opened(own.catalogue.model, other, strict)
    app.segmented_control(key="keep").set_value("Same recall")
    app = run(app)
    assert "B's bounds catch the same share as A's" in said(app)
    assert facts(app)["Flips, translated"] == "0"
    app = opened(own.catalogue.model, other, strict, keep="Same precision")
    assert "people reject the same share as of what A's catch" in said(app)
    # Nobody knows how these items were chosen.
    assert "nobody knows how their items were chosen" in said(app)
    assert facts(app)["Flips, translated"] == "0"
    assert bounds(app)["Precision B"].to_list()[0].startswith("100% (")


def test_without_reviews_it_says_what_to_do(own: Workbench) -> None:
    other = other_model(own, *SCORED_LABELS)
    app = opened(own.catalogue.model, other, saved(own, "strict", STRICT), keep="Same precision")
    assert "Keep the volume, which needs no reviews" in said(app)
    assert "Flips, translated" not in facts(app)


def test_adopting_leads_to_the_draft_in_the_lab(own: Workbench) -> None:
    other = other_model(own, *SCORED_LABELS)
    app = opened(own.catalogue.model, other, saved(own, "strict", STRICT))
    assert app.text_input(key="translation_name").value == "strict"
    app.text_input(key="translation_name").set_value("moved")
    app.button(key="translation_adopt").click()
    app = run(app)
    draft = next(each for each in own.catalogue.policies if each.name == "moved")
    assert (draft.mode, draft.model_version_id) == (PolicyMode.DRAFT, other.model_version_id)
    words = succeeded(app)
    assert "moved v1 is saved as a draft that reads other (7)" in words.replace("*", "")
    assert "MODDESK_MODEL=other" in words
    assert "not installed here" in words
    lab = open_page("policies", base=link_to(draft))
    assert lab.session_state["kept_policy_draft"].rule == draft.rule
    assert facts(lab)["Rejected"] == "60"


def test_a_model_that_runs_elsewhere_is_not_adopted(own: Workbench) -> None:
    other = other_model(own, *SCORED_LABELS, kind=EXTERNAL)
    strict = saved(own, "strict", STRICT)
    app = opened(own.catalogue.model, other, strict)
    assert "other (7) runs elsewhere" in said(app)
    assert not [each for each in app.button if each.key == "translation_adopt"]
    # The other way round it can be left.
    app = opened(other, own.catalogue.model, strict)
    assert "runs elsewhere" not in said(app)
    app.button(key="translation_adopt").click()
    assert "It reads the model in use" in succeeded(run(app))


def test_labels_that_b_lacks_are_named(own: Workbench) -> None:
    other = other_model(own, Label.TOXICITY)
    app = opened(own.catalogue.model, other, own.catalogue.policy)
    assert "Cannot be kept: other (7) has no spam score." in said(app)
    assert bounds(app)["Label"].unique().to_list() == ["Toxicity"]


def test_equal_scores_say_that_the_volume_is_only_the_closest(own: Workbench) -> None:
    other = other_model(own, *SCORED_LABELS, flat=True)
    app = opened(own.catalogue.model, other, saved(own, "strict", STRICT))
    assert "B gives many items the same score: this is its closest volume." in said(app)
    assert facts(app)["Flips, translated"] == "120"
    # Nothing is rejected and nothing approved that was not: people look at everything.
    assert bounds(app)["B catches"].to_list() == ["120 (100.00%)", "0 (0.00%)"]


def test_the_same_model_twice_is_nothing_to_translate(own: Workbench) -> None:
    model = own.catalogue.model
    app = opened(model, model, saved(own, "strict", STRICT))
    assert "there is nothing to translate" in said(app)


def test_the_table_can_be_taken_along(own: Workbench) -> None:
    found = translate(
        own.space, own.histories, own.catalogue, own.operator, ItemFilter(),
        side_of(own.catalogue.model, saved(own, "strict", STRICT)),
        other_model(own, *SCORED_LABELS), Keep.VOLUME,
    )  # fmt: skip
    content = own.table_csv(own.operator, "translated-bounds", bounds_table(found.bounds))
    lines = content.decode().splitlines()
    assert lines[0].startswith("Label,Bound,A's bound,B's bound,95 % interval")
    assert len(lines) == 3

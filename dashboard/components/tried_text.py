"""One scored text: its verdict, the words that raised scores, and every label's part."""

import polars as pl
import streamlit as st

from core.domain.label import Label
from core.domain.policy import WeightedRule
from core.domain.verdict import VerdictKind
from core.usecases.try_text import LabelPart, TriedText
from dashboard.components.marked_text import legend, marked_text
from dashboard.components.words import plain

VERDICTS = {
    VerdictKind.APPROVE: ("approve", "green"),
    VerdictKind.REVIEW: ("send to review", "orange"),
    VerdictKind.REJECT: ("reject", "red"),
}


def verdict_line(tried: TriedText) -> None:
    """What the policy would do, and how long that took to find."""
    words, colour = VERDICTS[tried.verdict.kind]
    st.markdown(
        f"The policy {plain(tried.policy.display_name)} would :{colour}-badge[{words}] this text. "
        f"Scored in {tried.milliseconds:.0f} ms by {plain(tried.model)}."
    )


def marked(tried: TriedText) -> None:
    """The text with the words that raised its scores in colour."""
    with st.container(border=True):
        st.markdown(marked_text(tried.text, tried.highlights))
        if tried.highlights:
            st.caption(legend(tried.highlights))
        else:
            st.caption("No harm scores .2 or more, so no word is marked.")


def scores_table(tried: TriedText, *, key: str | None = None) -> None:
    """Scores, the bounds that applied, and the words behind the scores."""
    parts = tried.parts
    st.dataframe(
        pl.DataFrame(
            {
                "Label": [part.label.words for part in parts],
                "Score": [part.score for part in parts],
                "Review from": [
                    part.bounds.approve_below if part.bounds else None for part in parts
                ],
                "Reject above": [_reject_above(part) for part in parts],
                "Words": [_strongest(tried, part.label) for part in parts],
            },
            schema_overrides={"Score": pl.Float64, "Review from": pl.Float64},
        ),
        hide_index=True,
        key=key,
        column_config={
            **_COLUMNS,
            "Words": st.column_config.TextColumn(
                width="large", help="The words that raised the score and their part in the logit."
            ),
        },
    )


def parts_table(tried: TriedText, *, key: str) -> None:
    """Scores, bounds or weights, distances, and what each label had to do with the verdict."""
    parts = tried.parts
    by_rule: dict[str, list[float | None] | list[str]]
    if isinstance(tried.policy.rule, WeightedRule):
        by_rule = {"Weight": [part.weight for part in parts]}
        numbers = ["Score", "Weight", "Contribution"]
    else:
        by_rule = {
            "Bounds": [_both_bounds(part) for part in parts],
            "Distance": [part.distance for part in parts],
            "Says": [_says(part) for part in parts],
        }
        numbers = ["Score", "Distance", "Contribution"]
    st.dataframe(
        pl.DataFrame(
            {
                "Label": [part.label.words for part in parts],
                "Score": [part.score for part in parts],
                **by_rule,
                "Contribution": [part.contribution for part in parts],
            },
            schema_overrides=dict.fromkeys(numbers, pl.Float64),
        ),
        hide_index=True,
        key=key,
        placeholder="–",
        column_config=_COLUMNS,
    )


_COLUMNS = {
    "Label": st.column_config.TextColumn(width="small"),
    "Score": st.column_config.ProgressColumn(
        min_value=0, max_value=1, format="%.3f", width="small"
    ),
    "Review from": st.column_config.NumberColumn(format="%.3f", width="small"),
    "Reject above": st.column_config.TextColumn(width="small"),
    "Distance": st.column_config.NumberColumn(
        format="%.3f", width="small", help="From the score to the nearest of its bounds."
    ),
    "Weight": st.column_config.NumberColumn(format="%.2f", width="small"),
    "Contribution": st.column_config.NumberColumn(
        format="%.3f", width="small",
        help="The label's part in the overall score: weight times score under a weighted rule, "
        "else the score itself, of which the highest counts.",
    ),
    "Bounds": st.column_config.TextColumn(
        width="small",
        help="Reviewed from the first on, rejected above the second; –: only people reject.",
    ),
    "Says": st.column_config.TextColumn(
        width="small", help="What the label alone leads to; a star: it made the verdict."
    ),
}  # fmt: skip


def _both_bounds(part: LabelPart) -> str:
    if part.bounds is None:
        return "–"
    above = part.bounds.reject_above
    return f"{part.bounds.approve_below:.3f} / " + ("–" if above is None else f"{above:.3f}")


def _says(part: LabelPart) -> str:
    if part.says is None:
        return "–"
    return part.says.value + (" ★" if part.decides else "")


def _reject_above(part: LabelPart) -> str:
    if part.bounds is None:
        return "–"
    above = part.bounds.reject_above
    return "people only" if above is None else f"{above:.3f}"


def _strongest(tried: TriedText, label: Label) -> str:
    found = [each for each in tried.highlights if each.label is label]
    return ", ".join(f"{tried.text[each.start : each.end]} +{each.weight:.2f}" for each in found)

"""How far people agree on the items that two or more of them answered."""

import polars as pl
import streamlit as st

from core.metrics.agreement import Agreement
from core.metrics.intervals import Interval
from core.usecases.measure_quality import ReviewerQuality
from core.usecases.rated_items import AgreementPart, SplitBy
from dashboard import state
from dashboard.charts.agreement_parts import MEASURES, agreement_parts
from dashboard.components.md_escape import md_escape

_BY = {
    "Reason": SplitBy.REASON, "Queue": SplitBy.QUEUE, "Language": SplitBy.LANGUAGE,
    "Tenant": SplitBy.TENANT, "Occasion": SplitBy.OCCASION,
}  # fmt: skip
_FEW = "too few say it"
#: More parts than this are in the table only.
_MOST_DRAWN = 10


def show_agreement(found: ReviewerQuality) -> None:
    """Draws the part; says what to do where nothing was answered twice."""
    agreed = found.agreement
    if agreed is None:
        nothing_twice(found)
        return
    _numbers(found, agreed)
    rejected = float((found.ratings["outcome"] == "reject").mean() or 0.0)  # type: ignore[arg-type]  # of true and false
    st.caption(
        f"{rejected:.0%} of these answers reject. Where one answer is rare, alpha is low although "
        "people agree nearly always (the prevalence paradox), and AC1 is not: read all three. By "
        "convention alpha from .8 on is reliable and from .667 tentative; on borderline items "
        "people rarely reach it, and no model can be measured more exactly than they agree."
    )
    st.warning(
        "These items were not drawn at random: what is decided again is appealed, doubtful or "
        "imported, and whoever answered second had usually seen the first answer, which flatters "
        "agreement. The numbers hold for these items only.",
        icon=":material/balance:",
    )
    _parts(found)


def nothing_twice(found: ReviewerQuality) -> None:
    """Says why there is no agreement, and what brings some."""
    people = found.reviewers
    who = (
        f"All decisions here are {md_escape(people[0])}'s: there is nobody to agree with."
        if len(people) == 1
        else "No item was approved or rejected by two people."
    )
    st.info(
        f"{who} Agreement needs second answers: appeals and escalations that a senior decides, "
        "items that are decided again from the list, or an import of decisions in which several "
        "people judged the same items. A longer period may hold some.",
        icon=":material/group_add:",
    )


def interval_words(interval: Interval | None, *, percent: bool = False) -> str:
    """Such as "0.41 to 0.62"."""
    if interval is None:
        return "no interval: too few items"
    if not interval.width:
        # Drawing again from items on which nobody differed shows no chance at all.
        return "no interval: nobody differed"
    if percent:
        return f"{interval.low:.1%} to {interval.high:.1%}"
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _numbers(found: ReviewerQuality, agreed: Agreement) -> None:
    cells = st.columns(4)
    cells[0].metric(
        "Answered by several", f"{agreed.units:,}",
        f"{agreed.ratings:,} answers of {len(found.raters):,} people",
        delta_color="off", delta_arrow="off", border=True,
        help="Items that two people or more approved or rejected, the last of them in the period. "
        "Each person counts with the last thing they said; escalations are no answer.",
    )  # fmt: skip
    cells[1].metric(
        "Percent agreement", f"{agreed.percent:.1%}",
        interval_words(agreed.percent_interval, percent=True),
        delta_color="off", delta_arrow="off", border=True,
        help="Pairs of answers on one item that are equal. Chance alone makes it high where one "
        "answer is rare.",
    )  # fmt: skip
    one_value = "everybody said the same of everything"
    for cell, name, value, interval, words in (
        (cells[2], "Krippendorff's alpha", agreed.alpha, agreed.alpha_interval,
         "1: always agreed; 0: as by chance; below: worse than chance."),
        (cells[3], "Gwet's AC1", agreed.ac1, agreed.ac1_interval,
         "Agreement beyond chance, where chance is expected to be small when one answer is rare."),
    ):  # fmt: skip
        cell.metric(
            name, "–" if value is None else f"{value:.3f}",
            one_value if value is None else interval_words(interval),
            delta_color="off", delta_arrow="off", border=True,
            help=f"{words} 95 %: bootstrap over items.",
        )  # fmt: skip


def _parts(found: ReviewerQuality) -> None:
    by = st.segmented_control(
        "By", list(_BY), default="Reason", key="by", required=True, bind="query-params",
        width="content",
    )  # fmt: skip
    split = _BY[by or "Reason"]
    parts: list[AgreementPart] = state.recent(
        "quality_parts", (found.scope, split), lambda: found.split(split)
    )
    known = [each for each in parts if each.found is not None]
    if not known:
        st.info(
            "Nobody named a reason: imported rejections without reasons say nothing here."
            if split is SplitBy.REASON
            else "No part has an item that two people answered.",
            icon=":material/label_off:",
        )
        return
    st.plotly_chart(
        agreement_parts(known[:_MOST_DRAWN]), key="agreement_parts",
        config={"displayModeBar": False},
        alt=f"Agreement by {split.value}: percent, alpha and AC1 of {len(known)} parts",
    )  # fmt: skip
    if split is SplitBy.REASON:
        st.caption(
            "Each reason asks another question: who rejects citing it, and who does not. Most "
            "items are not about it, so percent agreement is high by itself."
        )
    _table(known, by or "Reason")


def _table(parts: list[AgreementPart], name: str) -> None:
    rows = []
    for each in parts:
        if each.found is None:
            continue
        row: dict[str, object] = {
            "name": each.name, "items": each.found.units, "share": 100 * each.share,
        }  # fmt: skip
        for key, _, value_of, interval_of in MEASURES:
            value, interval = value_of(each.found), interval_of(each.found)
            row[key] = value
            row[f"{key}_interval"] = (
                "one value" if value is None else _FEW if each.is_rare else interval_words(interval)
            )
        rows.append(row)
    config = st.column_config
    st.dataframe(
        pl.DataFrame(rows, infer_schema_length=None), hide_index=True, key="agreement_table",
        height=min(320, 35 * (len(rows) + 1) + 3),
        column_config={
            "name": config.TextColumn(name),
            "items": config.NumberColumn("Items", format="localized"),
            "share": config.NumberColumn(
                "Said by", format="%.1f %%",
                help="Of the answers: how many reject, or reject citing the reason.",
            ),
            **{
                column: setting
                for key, words, _, _ in MEASURES
                for column, setting in (
                    (key, config.NumberColumn(words, format="%.3f")),
                    (f"{key}_interval", config.TextColumn("95 %")),
                )
            },
        },
    )  # fmt: skip

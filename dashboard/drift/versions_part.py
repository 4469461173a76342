"""Two model versions on the items that both scored."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.model_version import ModelVersion
from core.usecases.drift_report import SpreadDrift
from core.usecases.drift_versions import VersionDrift, compare_version_scores
from dashboard import state
from dashboard.charts.drift_bins import drift_bins
from dashboard.charts.drift_bullets import drift_bullets
from dashboard.components.rescore_link import rescore_link
from dashboard.components.words import plain

_CHART = "drift_version_bullets"


def show_versions(wanted: ItemFilter) -> None:
    """Draws the part."""
    models = state.workbench().catalogue.models
    if len(models) < 2:
        st.info(
            "Only one model version has scored items here. Score history with another one on page "
            "Models: decisions do not change.",
            icon=":material/neurology:",
        )
        rescore_link(wanted, models[0].name)
        return
    versions = _versions(models)
    if versions[0].model_version_id == versions[1].model_version_id:
        st.info("These are the same version: choose another one.", icon=":material/equal:")
        return
    workbench, person = state.workbench(), state.person()
    with st.spinner("Counting …"):
        found: VersionDrift = state.recent(
            "drift_versions", (wanted, versions, person),
            lambda: compare_version_scores(
                workbench.space, workbench.catalogue, person, wanted, versions
            ),
        )  # fmt: skip
    _overlap(found)
    if not found.scores:
        _nothing(found)
        return
    _said(found)
    _compared(found)


def _versions(models: tuple[ModelVersion, ...]) -> tuple[ModelVersion, ModelVersion]:
    by_id = {str(each.model_version_id): each for each in models}
    in_use = str(state.workbench().catalogue.model.model_version_id)
    other = next(each for each in reversed(by_id) if each != in_use)
    chosen = []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, name, usual in (
            ("first_version", "From", in_use), ("second_version", "To", other)
        ):  # fmt: skip
            linked = state.from_url(key)
            if state.value_of(key) not in by_id:
                state.put(**{key: linked if linked in by_id else usual})
            number = st.selectbox(
                name, list(by_id), key=key, width=300,
                format_func=lambda each: by_id[each].display_name,
            )  # fmt: skip
            state.to_url(key, number)
            chosen.append(by_id[number or usual])
    return chosen[0], chosen[1]


def _overlap(found: VersionDrift) -> None:
    one, two = (plain(each.display_name) for each in found.versions)
    only = [
        f"{count:,} only {name}"
        for count, name in zip(found.only, (one, two), strict=True)
        if count
    ]
    left_out = f" Left out: {', '.join(only)} scored." if only else ""
    st.caption(f"**{found.both:,} items** that both versions scored.{left_out}")
    for label, (first, second) in found.missing:
        if first or second:
            lacking = two if first else one
            st.caption(f":material/info: {lacking} does not score {label.words.lower()}.")


def _nothing(found: VersionDrift) -> None:
    one, two = found.versions
    if found.both:
        st.info("The two versions score no label in common.", icon=":material/label_off:")
        return
    st.info(
        "No selected item has scores of both versions. Score what is missing, or widen the filter.",
        icon=":material/hourglass_empty:",
    )
    rescore_link(found.wanted, (one if found.only[1] else two).name)


def _said(found: VersionDrift) -> None:
    if found.is_same:
        st.success(
            f"Both versions give these {found.both:,} items the same scores, to a thousandth.",
            icon=":material/equal:",
        )
    elif found.changed:
        names = ", ".join(
            f"{each.name.lower()} ({each.distance:.2f} {'up' if each.shift > 0 else 'down'})"
            for each in found.changed
        )
        st.warning(
            f"Scores are distributed otherwise for {names}: bounds that were chosen on the first "
            "version do not mean the same on the second.",
            icon=":material/tune:",
        )
    else:
        st.success(
            "The distributions hardly differ (PSI of every label at most 0.1). Single items may "
            "still be scored otherwise.",
            icon=":material/check_circle:",
        )


def _compared(found: VersionDrift) -> None:
    names = {each.key: each.name for each in found.scores}
    left, right = st.columns([2, 3], gap="large")
    with right:
        if state.value_of("version_label") not in names:
            state.put(version_label=(found.changed or found.scores)[0].key)
        chosen = st.selectbox(
            "Look at", list(names), key="version_label", width=220, format_func=names.__getitem__
        )
        spread = next(each for each in found.scores if each.key == chosen)
        _numbers(spread)
        sides = (found.versions[0].display_name, found.versions[1].display_name)
        st.plotly_chart(
            drift_bins(spread, sides, height=300), key="drift_version_bins",
            config={"displayModeBar": False},
            alt=f"{spread.name}: share of items by range of scores, for both versions",
        )  # fmt: skip
    with left:
        st.markdown("**How far the second is from the first** (PSI)")
        st.plotly_chart(
            drift_bullets(found.scores, chosen=chosen, by_chance=False), key=_CHART,
            on_select=_clicked, selection_mode="points", config={"displayModeBar": False},
            alt=f"PSI of {len(found.scores)} labels",
        )  # fmt: skip
        st.caption(
            "The same items are on both sides, so nothing here is chance of who came. Bins hold "
            "tenths of the first version's scores."
        )
    _table(found)


def _numbers(spread: SpreadDrift) -> None:
    (before, _), (now, _) = spread.mean(spread.before), spread.mean(spread.now)
    cells = st.columns(3)
    psi = spread.test.psi
    cells[0].metric("PSI", "–" if psi is None else f"{psi:.3f}", border=True,
                    help=f"On {spread.counts[0]:,} items.")  # fmt: skip
    cells[1].metric(
        "Mean score", f"{now:.3f}", f"{before:.3f} by the first", delta_color="off",
        delta_arrow="off", border=True,
    )  # fmt: skip
    side = "up" if spread.shift > 0 else "down"
    cells[2].metric(
        "Moved by", f"{spread.distance:.3f}", f"mean {abs(spread.shift):.3f} {side}",
        delta_color="off", delta_arrow="off", border=True,
        help="How far scores moved on average (Wasserstein distance), in units of the score.",
    )  # fmt: skip


def _clicked() -> None:
    points = state.picked(_CHART)
    if points:
        state.put(version_label=str(points[0][0]))


def _table(found: VersionDrift) -> None:
    with st.expander("All numbers", icon=":material/table:"):
        config = st.column_config
        st.dataframe(
            pl.DataFrame(
                {
                    "name": [each.name for each in found.scores],
                    "psi": [each.test.psi for each in found.scores],
                    "before": [each.mean(each.before)[0] for each in found.scores],
                    "now": [each.mean(each.now)[0] for each in found.scores],
                    "moved": [each.distance for each in found.scores],
                    "items": [each.counts[0] for each in found.scores],
                }
            ),
            hide_index=True,
            key="drift_version_numbers",
            column_config={
                "name": config.TextColumn("Label"),
                "psi": config.NumberColumn("PSI", format="%.4f"),
                "before": config.NumberColumn("Mean, first", format="%.3f"),
                "now": config.NumberColumn("Mean, second", format="%.3f"),
                "moved": config.NumberColumn("Moved by", format="%.3f"),
                "items": config.NumberColumn("Items", format="localized"),
            },
        )

"""Whether a score of .3 means that three in ten are rejected."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.usecases.score_quality import LabelQuality, label_quality
from dashboard import state
from dashboard.charts.reliability_diagram import bin_counts, reliability_diagram
from dashboard.components.estimates import with_interval
from dashboard.components.evidence_note import evidence_note
from dashboard.components.label_choice import label_choice
from dashboard.scores.recalibrate import recalibrate


def show_calibration(wanted: ItemFilter) -> None:
    """Draws the part."""
    workbench = state.workbench()
    models = {each.model_version_id: each for each in workbench.catalogue.models}
    ids = list(models)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = Label(label_choice(wanted, key="calibration_label"))
        model = st.selectbox(
            "Scored by", ids, ids.index(workbench.catalogue.model.model_version_id),
            key="calibration_model", width=210,
            format_func=lambda number: models[number].display_name,
        )  # fmt: skip
        equal_mass = st.toggle(
            "Bins of equal size", key="calibration_mass",
            help="Off: ten bins of width .1. On: ten bins with the same number of reviews.",
        )  # fmt: skip
    with st.spinner("Reading scores and decisions …"):
        found = label_quality(
            workbench.histories, workbench.catalogue, state.person(), wanted, label,
            model_version_id=model,
        )  # fmt: skip
    evidence_note(found.evidence)
    if found.problem is not None:
        st.info(found.problem, icon=":material/rule:")
    else:
        _quality(found, label, equal_mass=equal_mass)
    recalibrate(models[model], wanted)


def _quality(found: LabelQuality, label: Label, *, equal_mass: bool) -> None:
    bins = found.reliability(equal_mass=equal_mass)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            reliability_diagram(bins), key="reliability", config={"displayModeBar": False},
            alt=f"Reliability of {label.words.lower()} scores in {len(bins)} bins",
        )  # fmt: skip
        st.plotly_chart(
            bin_counts(bins, found.counts(bins)), key="reliability_counts",
            config={"displayModeBar": False},
        )  # fmt: skip
    with right:
        cells = st.columns(3)
        cells[0].metric("Brier", f"{found.brier:.4f}", border=True,
                        help="Mean of (score − decision)²: 0 is perfect.")  # fmt: skip
        cells[1].metric(
            "ECE", f"{found.calibration_error(equal_mass=equal_mass):.3f}", border=True,
            help="Mean gap between score and observed share, by the bins' weight.",
        )  # fmt: skip
        auc = found.auc
        cells[2].metric(
            "AUC", f"{auc:.3f}" if auc is not None else "–", border=True,
            help="Chance that a rejected item scores above an approved one.",
        )  # fmt: skip
        st.markdown(
            f"**Reviews**: {found.scores.size:,}, of which {int(found.harmful.sum()):,} were "
            f"rejected for {label.words.lower()}.  \n"
            f"**Share of all items**: {with_interval(found.prevalence, 2)}."
        )
        st.caption(
            "Points above the diagonal: people reject more than the score says, so the model is "
            "too mild there. Bars are Wilson's 95 % intervals. A rejection that cites other "
            "reasons only counts as not this label."
        )

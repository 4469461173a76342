"""Shadow against live: what a version that enforces nothing concludes on the same items."""

import polars as pl
import streamlit as st

from core.domain.item_filter import ItemFilter
from core.domain.policy import PolicyVersion
from core.domain.verdict import VerdictKind
from core.usecases.compare_verdicts import compare_verdicts
from core.usecases.preview_policy import Side, preview_policy
from dashboard import state
from dashboard.components.estimates import with_interval
from dashboard.components.evidence_note import evidence_note
from dashboard.components.words import plain
from dashboard.policies.flips_panel import show_flips


def show_shadow(wanted: ItemFilter) -> None:
    """Draws the part."""
    catalogue = state.workbench().catalogue
    candidates = [*catalogue.shadows]
    if catalogue.partly_live is not None:
        candidates.append(catalogue.partly_live)
    if not candidates:
        st.info(
            "No version runs in shadow. Publish a draft as shadow in the lab: its verdicts are "
            "then recorded beside the live ones on every new item, and nothing is enforced.",
            icon=":material/visibility:",
        )
        return
    by_id = {each.policy_version_id: each for each in candidates}
    shadow = by_id[
        st.selectbox(
            "Version", list(by_id), key="shadow_chosen", width=320,
            format_func=lambda each: f"{by_id[each].display_name} · {by_id[each].mode.value}",
        )
    ]  # fmt: skip
    _verdicts(wanted, shadow, catalogue.policy)
    _items(wanted, shadow, catalogue.policy)


def _verdicts(wanted: ItemFilter, shadow: PolicyVersion, live: PolicyVersion) -> None:
    workbench = state.workbench()
    found = compare_verdicts(
        workbench.space, workbench.catalogue, state.person(), wanted, shadow, live
    )
    if not found.items:
        st.info("No verdict of both was recorded on these items yet.", icon=":material/hourglass:")
        return
    cells = st.columns(4)
    cells[0].metric(
        "Concluded alike", f"{found.alike / found.items:.1%}", with_interval(found.agreement),
        delta_color="off", delta_arrow="off", border=True,
    )  # fmt: skip
    for cell, kind in zip(cells[1:], VerdictKind, strict=True):
        was, now = found.of(kind, of_live=True), found.of(kind, of_live=False)
        cell.metric(
            kind.value.capitalize(), f"{now:,}", f"{now - was:+,} against live’s {was:,}",
            delta_color="off", delta_arrow="off", border=True,
        )  # fmt: skip
    st.dataframe(
        pl.DataFrame(
            {
                f"{live.display_name} (live)": [kind.value for kind in VerdictKind],
                **{
                    f"shadow: {now.value}": [found.count(was, now) for was in VerdictKind]
                    for now in VerdictKind
                },
            }
        ),
        hide_index=True, width="content",
    )  # fmt: skip
    st.caption(f"Recorded verdicts of both versions on {found.items:,} items.")


def _items(wanted: ItemFilter, shadow: PolicyVersion, live: PolicyVersion) -> None:
    workbench = state.workbench()
    with st.spinner("Reading history …"):
        preview = preview_policy(
            workbench.space, workbench.histories, workbench.catalogue, state.person(), wanted,
            before=live, rule=shadow.rule, model_version_id=shadow.model_version_id,
        )  # fmt: skip
    evidence_note(preview.evidence)
    st.dataframe(
        pl.DataFrame(
            {
                "": ["Precision of rejects", "Recall", "Missed among approved"],
                live.display_name: _quality(preview.before),
                shadow.display_name: _quality(preview.after),
            }
        ),
        hide_index=True,
    )
    st.markdown(f"**Items on which {plain(shadow.display_name)} concludes otherwise**")
    show_flips(preview, shadow.rule, key="shadow_flips", name=f"shadow-{shadow.display_name}")


def _quality(side: Side) -> list[str]:
    return [
        with_interval(side.precision),
        with_interval(side.recall),
        with_interval(side.missed, 2),
    ]

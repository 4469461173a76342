"""What a comparison is about: which items and labels both sides have, and what is missing."""

import streamlit as st

from core.domain.item_filter import ItemFilter
from core.usecases.compare_sides import Comparison
from dashboard.compare.sides import Chosen
from dashboard.components.rescore_link import rescore_link
from dashboard.components.words import plain


def show_overlap(found: Comparison, chosen: Chosen, wanted: ItemFilter) -> bool:
    """Says what is left out; whether there is anything to compare."""
    if not found.selected:
        st.info("No item fits the filter. Widen it above.", icon=":material/filter_alt_off:")
        return False
    if not found.items:
        _nothing(found, chosen, wanted)
        return False
    if found.pair.is_same:
        st.info(
            "A and B are the same model version under the same rule, so nothing can differ. Choose "
            "another model or policy for B.",
            icon=":material/content_copy:",
        )
        _only_model(chosen, wanted)
        return True
    if found.pair.left_out:
        names = ", ".join(label.words.lower() for label in found.pair.left_out)
        st.warning(
            f"Compared without **{names}**: one of the two models does not score it. Both rules "
            "are kept to the labels that both score, so these figures are not those of the whole "
            "policies.",
            icon=":material/join_inner:",
        )
    _missing(found, chosen, wanted)
    return True


def _nothing(found: Comparison, chosen: Chosen, wanted: ItemFilter) -> None:
    lacking = chosen.model_b if found.paired.both.size else chosen.model_a
    st.info(
        f"None of the {found.selected:,} selected items has scores of both: "
        f"{plain(lacking.display_name)} has scored none of them. Score them, then look again.",
        icon=":material/hourglass_empty:",
    )
    rescore_link(wanted, lacking.name)


def _missing(found: Comparison, chosen: Chosen, wanted: ItemFilter) -> None:
    only_a = found.paired.only_a
    parts = []
    if only_a:
        parts.append(f"{only_a:,} have scores of A only")
    if found.only_b:
        parts.append(f"{found.only_b:,} of B only")
    neither = found.selected - found.items - only_a - found.only_b
    if neither > 0:
        parts.append(f"{neither:,} of neither")
    if not parts:
        return
    st.warning(
        f"Everything below is about the **{found.items:,}** of {found.selected:,} selected items "
        f"that both have scored; {', '.join(parts)}.",
        icon=":material/join_inner:",
    )
    for lacks, model in ((only_a, chosen.model_b), (found.only_b, chosen.model_a)):
        if lacks:
            rescore_link(wanted, model.name)
            return


def _only_model(chosen: Chosen, wanted: ItemFilter) -> None:
    """Where only one model has scores, the way to a second one."""
    others = [
        model
        for number, model in chosen.models.items()
        if number != chosen.a.model_version_id and number not in chosen.scored
    ]
    if len(chosen.scored) == 1:
        st.caption("Only one model version has scores: score history with another one first.")
        rescore_link(wanted, others[0].name if others else chosen.model_a.name)

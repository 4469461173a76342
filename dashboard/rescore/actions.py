"""What is done with a trial that is over: keep the scores, export the table, throw it away."""

from functools import partial

import polars as pl
import streamlit as st

from core.domain.label import SCORED_LABELS
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import WorkbenchError
from core.usecases.keep_trial import keep_trial
from core.usecases.trial_changes import changed_rows
from core.usecases.trial_run import BEFORE, TrialRun, score_column, side_name
from core.usecases.trial_sample import ChosenItems
from dashboard import state
from dashboard.components.words import plain
from dashboard.rescore.start import follow
from data.bootstrap import Workbench

#: Throwing away more than this is confirmed.
_CONFIRMED_FROM = 1_000


def show_actions(run: TrialRun) -> None:
    """Draws the buttons."""
    has_rows = not run.rows.is_empty()
    if has_rows and run.plan.sample is not None:
        _keep(run)
    if has_rows and state.person().may(Permission.EXPORT):
        st.download_button(
            "Export CSV", data=partial(trial_csv, state.workbench(), state.person(), run),
            file_name="re-scored.csv", mime="text/csv", icon=":material/download:",
            key="trial_export", on_click="ignore",
        )  # fmt: skip
    if run.rows.height > _CONFIRMED_FROM and not run.kept:
        with st.popover("Throw away", icon=":material/delete:", key="trial_throw"):
            st.markdown(f"{run.rows.height:,} rows are in memory only. Throw them away?")
            _throw(run, "Throw away", "primary")
    else:
        _throw(run, "Throw away", "secondary")


def _throw(run: TrialRun, words: str, kind: str) -> None:
    st.button(
        words, icon=":material/delete:", key="trial_forget", on_click=_forget, args=(run,),
        type="primary" if kind == "primary" else "secondary",
    )  # fmt: skip


def _forget(run: TrialRun) -> None:
    state.workbench().trials.throw_away(run)
    follow(None)


def _keep(run: TrialRun) -> None:
    in_use = run.plan.before_model.digest
    open_models = [
        number
        for number, model in enumerate(run.plan.models)
        if number not in run.kept and model.digest != in_use
    ]
    with st.popover(
        "Keep scores" if open_models or not run.kept else "Scores kept",
        icon=":material/save:" if open_models or not run.kept else ":material/check:",
        key="trial_keep",
    ):  # fmt: skip
        st.caption("Adds the scores to items that lack them. No verdict and no decision changes.")
        for number, model in enumerate(run.plan.models):
            if number in run.kept:
                st.markdown(f":material/check: {plain(run.kept[number])}")
            elif model.digest == in_use:
                st.caption(
                    f"{plain(model.display_name)} is in use: items get its scores with a verdict."
                )
            else:
                st.button(
                    f"Keep those of {plain(model.display_name)}", type="primary",
                    key=f"trial_keep_{number}", on_click=_kept, args=(run, number),
                )  # fmt: skip


def _kept(run: TrialRun, number: int) -> None:
    workbench = state.workbench()
    try:
        kept = keep_trial(workbench.space, workbench.registry, run, number, person=state.person())
    except WorkbenchError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    if number >= 0 and kept.added_count:
        # A version that was new to the store can now be filtered by and compared.
        workbench.policies_changed(by=state.person())
    st.toast(plain(kept.sentence), icon=":material/save:")


def trial_csv(workbench: Workbench, person: Person, run: TrialRun) -> bytes:
    """All rows and all models as CSV; made when it is asked for, outside any run of the page."""
    return workbench.table_csv(person, "re-scored", export_rows(run))


def export_rows(run: TrialRun) -> pl.DataFrame:
    """One row per item: its verdicts and scores before and by each model, in the order chosen."""
    plan = run.plan
    source = plan.source
    sides = [(BEFORE, "before")]
    sides += [(side_name(number), model.name) for number, model in enumerate(plan.models)]
    columns: dict[str, pl.Expr] = {"text": pl.col("text")}
    if isinstance(source, ChosenItems):
        columns = {
            "external_id": pl.col("external_id"),
            "tenant": pl.col("tenant_id"),
            "language": pl.col("language"),
            **columns,
            "people": pl.col("people"),
        }
    for side, name in sides:
        columns[f"verdict {name}"] = pl.col(f"verdict_{side}")
        for label in SCORED_LABELS:
            columns[f"{label.value} {name}"] = pl.col(score_column(label, side))
    rows = changed_rows(run, 0)
    found = rows.select(**columns)
    if isinstance(source, ChosenItems):
        return found
    # Texts are in no store to look them up in: whole.
    return found.with_columns(text=pl.Series([source[place] for place in rows["place"]]))

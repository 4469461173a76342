"""Starting a trial from a page, and finding it again."""

from uuid import UUID

from core.errors import WorkbenchError
from core.usecases.trial_run import TrialModel, TrialPlan, TrialRun
from core.usecases.trial_sample import ChosenItems
from core.usecases.try_rescoring import new_trial, trial_batches
from dashboard import state
from dashboard.rescore.choices import Choices

_RUN = "trial"
_PROBLEM = "trial_problem"


def start_trial(chosen: Choices, source: ChosenItems | tuple[str, ...], title: str) -> None:
    """Starts it and makes this tab follow it; a problem is kept for `trial_problem`."""
    workbench, person = state.workbench(), state.person()
    state.keep(_PROBLEM, None)
    if (before := followed()) is not None:
        # What nobody will look at must not take the processor; one that is over stays.
        before.cancel()
    in_use = workbench.classifier
    plan = TrialPlan(
        models=chosen.models,
        policy=chosen.policy,
        before_model=TrialModel(name=in_use.name, version=in_use.version, digest=in_use.digest),
        before_policy=workbench.catalogue.policy,
        source=source,
        title=title,
    )
    try:
        run = new_trial(workbench.space, person, plan)
        workbench.trials.start(
            run,
            trial_batches(workbench.space, workbench.registry, workbench.catalogue, in_use, run),
        )
    except WorkbenchError as error:
        state.keep(_PROBLEM, str(error))
        return
    follow(run.run_id)


def say_problem(problem: str) -> None:
    """Keeps why nothing was started, for the page to say."""
    state.keep(_PROBLEM, problem)


def trial_problem() -> str | None:
    """Why the last press started nothing; None when it did."""
    found: str | None = state.kept(_PROBLEM)
    return found


def follow(run_id: UUID | None) -> None:
    """Makes this tab show the run; each tab has its own."""
    state.keep(_RUN, run_id)


def followed() -> TrialRun | None:
    """The run that this tab shows; None when there is none, or it was thrown away."""
    return state.workbench().trials.get(state.kept(_RUN), state.person())

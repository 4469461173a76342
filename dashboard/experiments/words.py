"""Experiments as the page says them."""

from core.domain.experiment import (
    Experiment,
    ExperimentMode,
    ExperimentState,
    Measure,
    SplitUnit,
)
from core.experiments.split_numbers import SplitKind

MODES = {
    ExperimentMode.ENFORCED: "Enforced: the treatment decides its units’ items",
    ExperimentMode.SHADOW: "Shadow: both verdicts are recorded, the live policy decides",
}
UNITS = {SplitUnit.AUTHOR: "Authors", SplitUnit.THREAD: "Threads"}
HELP = {
    Measure.MISTAKES: "Items decided automatically on which people decide otherwise, per item: "
    "from the random slice of the queues, each review weighted by what it stands for.",
    Measure.MISSED: "Items approved automatically that people reject, per item; from the random "
    "slice, weighted.",
    Measure.OVERTURNED: "Automated decisions that people changed, per automated decision, however "
    "people came upon them.",
    Measure.REJECTED: "Items with the verdict reject, per item. Counted.",
    Measure.REVIEWED: "Items with the verdict review, per item: what people have to do. Counted.",
    Measure.HANDLING: "Mean seconds that people take to decide an item of the arm.",
    Measure.WAITING: "Mean hours from scoring to the first decision; what waits counts with the "
    "time it has waited so far.",
}  # fmt: skip
STATE_COLOURS = {
    ExperimentState.RUNNING: "blue",
    ExperimentState.STOPPED: "gray",
    ExperimentState.SHIPPED: "green",
}
KIND_COLOURS = {
    SplitKind.BETTER: "green",
    SplitKind.WORSE: "red",
    SplitKind.BLOCKED: "red",
    SplitKind.NO_DIFFERENCE: "blue",
}
KIND_WORDS = {
    SplitKind.NOTHING: "nothing yet",
    SplitKind.BLOCKED: "blocked",
    SplitKind.BETTER: "better",
    SplitKind.WORSE: "worse",
    SplitKind.NO_DIFFERENCE: "no difference",
    SplitKind.NO_EVIDENCE: "no evidence yet",
}


def unit_word(measure: Measure) -> str:
    """The unit that people type a difference of the measure in."""
    if measure is Measure.HANDLING:
        return "seconds"
    return "hours" if measure is Measure.WAITING else "percentage points"


def scale_of(measure: Measure) -> float:
    """What a value of the measure is multiplied by for people."""
    return 100.0 if measure.is_share else 1.0


def split_words(experiment: Experiment) -> str:
    """Who takes part, such as "half of all authors, of zoo's items in de"."""
    units = UNITS[experiment.unit].lower()
    who = "all" if experiment.participation == 100 else f"{experiment.participation} % of"
    scope = experiment.scope
    places = [each for each in (scope.tenant, scope.language) if each is not None]
    if scope.tenant is None and experiment.tenants is not None:
        places = [*experiment.tenants, *places]
    where = f" with items of {', '.join(places)}" if places else ""
    return f"{experiment.treatment_share} % of {who} {units}{where} get the treatment"

"""One row of a trial in full: its text, and what made the verdict before and after."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from core.domain.label import SCORED_LABELS
from core.domain.person import Person
from core.domain.policy import NOWHERE, Place, PolicyVersion, ThresholdRule
from core.domain.role import Permission
from core.engine.classifier import Classifier
from core.errors import NotFoundError
from core.policies.evaluate import evaluate
from core.store.rereading import rereading
from core.usecases.trial_run import BEFORE, TrialModel, TrialRun, score_column, side_name
from core.usecases.trial_sample import ChosenItems
from core.usecases.try_text import TriedText
from core.usecases.workspace import Workspace

_WORDS_A_LABEL = 8


@dataclass(frozen=True)
class ExplainedRow:
    """A row's text under both sides."""

    before: TriedText | None
    """None: the model in use has not scored the item."""
    after: TriedText


@rereading
def whole_text(space: Workspace, run: TrialRun, place: int, *, person: Person) -> tuple[str, Place]:
    """The text at this place of the run as it came in, and where it is from.

    Raises NotFoundError when the item is gone.
    """
    person.require(Permission.RESCORE)
    if not isinstance(run.plan.source, ChosenItems):
        return run.plan.source[place], NOWHERE
    with space.store.reading() as parts:
        item = parts.items.get(int(run.plan.source.ids[place]))
    if item is None or not person.sees(item.tenant_id):
        raise NotFoundError("This item was removed since it was tried.")
    text = f"{item.title}\n{item.body}" if item.title else item.body
    return text, Place(tenant=item.tenant_id, language=item.language)


def explain_row(
    run: TrialRun, number: int, place: int, text: tuple[str, Place],
    classifiers: tuple[Classifier, Classifier],
) -> ExplainedRow:  # fmt: skip
    """Both sides of a row: the scores of the run, the words from the two classifiers now."""
    [row] = run.rows.filter(pl.col("place") == place).iter_rows(named=True)
    plan = run.plan
    sides = (
        (BEFORE, plan.before_model, plan.before_policy),
        (side_name(number), plan.models[number], plan.policy),
    )
    before, after = (
        _side(row, side, text, classifier)
        for side, classifier in zip(sides, classifiers, strict=True)
    )
    return ExplainedRow(before=before if before.scores else None, after=after)


def _side(
    row: dict[str, Any],
    side: tuple[str, TrialModel, PolicyVersion],
    text: tuple[str, Place],
    classifier: Classifier,
) -> TriedText:
    name, model, policy = side
    found = {label: row[score_column(label, name)] for label in SCORED_LABELS}
    scores = {label: float(score) for label, score in found.items() if score is not None}
    whole, place = text
    rule = policy.rule
    return TriedText(
        text=whole,
        model=model.display_name,
        policy=policy,
        scores=scores,
        bounds=rule.bounds_at(place) if isinstance(rule, ThresholdRule) else {},
        verdict=evaluate(scores, rule, place),
        highlights=tuple(classifier.explain(whole, _WORDS_A_LABEL)) if scores else (),
        milliseconds=0.0,
    )

"""How two model versions score the same items."""

from dataclasses import dataclass

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.role import Permission
from core.metrics.drift import WORTH_AN_ALARM
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.drift_report import SCORE_STEPS, Judged, SpreadDrift, spread
from core.usecases.score_distribution import without_range
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class VersionDrift:
    """Two model versions on the items that both scored.

    The same items are behind both sides, so nothing in the difference is chance of who came: a
    PSI above 0.1 is a change that thresholds will notice.
    """

    wanted: ItemFilter
    versions: tuple[ModelVersion, ModelVersion]
    both: int
    """Items that both scored."""
    only: tuple[int, int]
    """Items that only the first, only the second scored."""
    scores: tuple[SpreadDrift, ...]
    """Of the labels that both score; `before` is the first version, `now` the second."""
    missing: tuple[tuple[Label, tuple[bool, bool]], ...]
    """Labels that not both score, and which of the two does."""

    @property
    def changed(self) -> tuple[SpreadDrift, ...]:
        """The labels whose scores are distributed otherwise, the largest PSI first."""
        found = [each for each in self.scores if each.test.is_alarm]
        return tuple(sorted(found, key=lambda each: -(each.test.psi or 0.0)))

    @property
    def is_same(self) -> bool:
        """Whether every label's scores are distributed exactly alike."""
        return bool(self.scores) and all(
            bool((each.before == each.now).all()) for each in self.scores
        )


@rereading
def compare_version_scores(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    versions: tuple[ModelVersion, ModelVersion],
) -> VersionDrift:
    """How the second version's scores differ from the first's on the selected items."""
    person.require(Permission.SEE_SCORES)
    wanted = without_range(wanted).model_copy(update={"model": None})
    selection = catalogue.selection(wanted, person)
    ids = (versions[0].model_version_id, versions[1].model_version_id)
    has = {each: tuple(each in version.labels for version in versions) for each in SCORED_LABELS}
    shared = [label for label, sides in has.items() if all(sides)]
    with space.store.reading() as parts:
        both, first, second = parts.drift.overlap(selection, ids)
        found = (
            parts.drift.by_version(selection, ids, shared, SCORE_STEPS)
            if shared and both
            else pl.DataFrame(schema={"label": pl.String})
        )
    scores = []
    for label in shared:
        rows = found.filter(pl.col("label") == label.value)
        if rows.is_empty():
            continue
        before, now, starts, drift = spread(rows, SCORE_STEPS)
        is_alarm = drift is not None and drift.psi > WORTH_AN_ALARM
        test = Judged(drift, 0.0, is_alarm=is_alarm)
        scores.append(
            SpreadDrift(label.value, label.words, before, now, 1 / SCORE_STEPS, starts, test)
        )
    return VersionDrift(
        wanted=wanted,
        versions=versions,
        both=both,
        only=(first, second),
        scores=tuple(scores),
        missing=tuple(
            (label, (sides[0], sides[1])) for label, sides in has.items() if sides != (True, True)
        ),
    )

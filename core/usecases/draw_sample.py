"""Planning and drawing a sample for review, and what it says so far."""

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person
from core.domain.review_sample import ReviewSample, SamplePlan, SampleStratum
from core.domain.review_task import QueueName, Stratum
from core.domain.role import Permission
from core.errors import PolicyError
from core.metrics.survey import UNKNOWN, Estimate, StratumSample, neyman, stratified
from core.policies.judge import Scores
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories, History
from core.usecases.open_tasks import TASK_SCHEMA
from core.usecases.score_items import uniform_of
from core.usecases.send_to_queue import queue_to_fill
from core.usecases.workspace import Workspace

#: Where strata are cut: most harm is in the highest scores, so these are cut finely.
_CUTS = (0.5, 0.8, 0.92, 0.97, 0.99)
FLOOR = 20
_DUE = timedelta(days=7)
_PRIORITY = 0.5

Rows = npt.NDArray[np.intp]


@rereading
def plan_sample(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    *,
    count: int,
    label: Label | None = None,
    by_score: bool = True,
) -> SamplePlan:
    """How `count` reviews are best spread over what nobody has looked at.

    By score: six strata with Neyman's allocation, at least 20 each; else one simple random sample.
    """
    person.require(Permission.SEE_SCORES)
    history = _history(histories, catalogue, wanted, person)
    with space.store.reading() as parts:
        rows, risk = _frame(parts, history, label)
    strata = _strata(rows, risk, by_score=by_score)
    sizes = [float(stratum.rows.size) for stratum in strata]
    spreads = [float(np.sqrt(each.expected * (1 - each.expected))) for each in strata]
    if by_score:
        drawn = neyman(sizes, spreads, count, floor=FLOOR)
    else:
        drawn = [min(count, rows.size) for _ in strata]
    return SamplePlan(
        label=label,
        filter=wanted,
        model_version_id=catalogue.model.model_version_id,
        strata=tuple(
            SampleStratum(
                low=each.low, high=each.high, size=each.rows.size, expected=each.expected, drawn=n
            )
            for each, n in zip(strata, drawn, strict=True)
        ),
    )


def draw_sample(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    plan: SamplePlan,
    *,
    title: str,
    queue: str = QueueName.REVIEW.value,
) -> ReviewSample:
    """Draws what the plan says and opens its review tasks; the strata are made anew first."""
    person.require(Permission.MANAGE_QUEUES)
    history = _history(histories, catalogue, plan.filter, person)
    with space.store.writing() as parts:
        # One at a time: two samples must not draw the same items.
        parts.serialise("queues")
        queue_to_fill(space, parts, person, queue)
        sample, chosen = _drawn(space, parts, history, plan, (title, queue, person))
        parts.samples.add(sample)
        parts.tasks.open(_tasks(space, history, chosen, sample))
        parts.audit.append(
            person.name, "sample.drawn", f"sample:{sample.sample_id}",
            {"title": sample.title, "count": sample.plan.count, "size": sample.plan.size},
        )  # fmt: skip
    return sample


def _drawn(
    space: Workspace,
    parts: StoreParts,
    history: History,
    plan: SamplePlan,
    about: tuple[str, str, Person],
) -> tuple[ReviewSample, list[Rows]]:
    """The sample and its rows by stratum; `about` is its title, its queue and who draws it."""
    rows, risk = _frame(parts, history, plan.label)
    sample_id = space.ids.next()
    edges = [each.low for each in plan.strata[1:]]
    member = np.searchsorted(edges, risk, side="right")
    lot = uniform_of(history.ids[rows] + sample_id)
    chosen: list[Rows] = []
    strata = []
    for number, each in enumerate(plan.strata):
        here = np.flatnonzero(member == number)
        taken = here[np.argsort(lot[here], kind="stable")[: each.drawn]]
        chosen.append(rows[taken])
        strata.append(each.model_copy(update={"size": here.size, "drawn": taken.size}))
    plan = plan.model_copy(update={"strata": tuple(strata)})
    if not plan.count:
        raise PolicyError("There is nothing to draw: everything here was looked at already.")
    title, queue, person = about
    sample = ReviewSample(
        sample_id=sample_id, title=title.strip() or "Sample", plan=plan, queue=queue,
        actor=person.name, created_at=space.clock.now(), tenants=person.tenants,
    )  # fmt: skip
    return sample, chosen


@rereading
def list_samples(space: Workspace, person: Person) -> list[tuple[ReviewSample, int, Estimate]]:
    """Every sample with how many are decided and the prevalence they show so far."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        samples = parts.samples.all()
        answers = {each.sample_id: parts.samples.answers(each.sample_id) for each in samples}
    return [(each, *_so_far(each, answers[each.sample_id])) for each in samples]


def _so_far(sample: ReviewSample, answers: pl.DataFrame) -> tuple[int, Estimate]:
    """(reviews, estimate); strata that nobody has begun make the estimate unknown."""
    decided = int(answers["decided"].sum())
    known = {round(row["probability"], 12): row for row in answers.iter_rows(named=True)}
    strata = []
    # Strata of equal probability are one in the answers, and are so in the estimate.
    merged: dict[float, int] = {}
    for stratum in sample.plan.strata:
        if stratum.drawn:
            key = round(stratum.probability, 12)
            merged[key] = merged.get(key, 0) + stratum.size
    for probability, size in merged.items():
        row = known.get(probability)
        if row is None or not row["decided"]:
            return decided, UNKNOWN
        strata.append(StratumSample(size=size, drawn=row["decided"], positives=row["harmful"]))
    return decided, stratified(strata)


class _Stratum:
    """Rows of one range of risk."""

    def __init__(self, low: float, high: float, rows: Rows, mean: float) -> None:
        self.low, self.high, self.rows = low, high, rows
        # Not even the lowest scores are certain: half an item is expected in each stratum.
        least = 0.5 / max(1, rows.size)
        self.expected = float(min(max(mean, least), 1 - least)) if rows.size > 1 else 0.5


def _history(
    histories: Histories, catalogue: Catalogue, wanted: ItemFilter, person: Person
) -> History:
    selection = catalogue.selection(wanted, person)
    return histories.get(selection, catalogue.model.model_version_id)


def _frame(parts: StoreParts, history: History, label: Label | None) -> tuple[Rows, Scores]:
    """(rows that nobody has looked at and that are scored, their risk)."""
    untouched = parts.samples.untouched(pl.Series(history.ids)).to_numpy()
    rows = np.searchsorted(history.ids, untouched)
    scores = history.columns.scores
    if label is not None:
        risk = scores[label][rows]
    else:
        harms = [scores[each][rows] for each in SCORED_LABELS if each is not Label.SENTIMENT]
        risk = np.fmax.reduce(harms)
    known = ~np.isnan(risk)
    return rows[known], risk[known]


def _strata(rows: Rows, risk: Scores, *, by_score: bool) -> list[_Stratum]:
    if not rows.size:
        return []
    if not by_score:
        return [_Stratum(0.0, 1.0, rows, float(risk.mean()))]
    edges = np.unique(np.quantile(risk, _CUTS, method="higher"))
    member = np.searchsorted(edges, risk, side="right")
    bounds = [0.0, *(float(edge) for edge in edges), 1.0]
    found = []
    for number in range(edges.size + 1):
        here = np.flatnonzero(member == number)
        if here.size or number == 0:
            mean = float(risk[here].mean()) if here.size else 0.0
            found.append(_Stratum(bounds[number], bounds[number + 1], rows[here], mean))
    return found


def _tasks(
    space: Workspace, history: History, chosen: list[Rows], sample: ReviewSample
) -> pl.DataFrame:
    now = space.clock.now()
    place = history.columns.place
    assert place is not None  # noqa: S101  # histories know their places
    frames = []
    for rows, stratum in zip(chosen, sample.plan.strata, strict=True):
        where = [history.places[at] for at in place[rows]]
        frames.append(
            pl.DataFrame(
                {
                    "item_id": history.ids[rows],
                    "tenant_id": [each.tenant for each in where],
                    "language": [each.language for each in where],
                    "inclusion_probability": np.full(rows.size, stratum.probability),
                },
                schema_overrides={"tenant_id": pl.String, "language": pl.String},
            )
        )
    drawn = pl.concat(frames)
    # Shuffled by their lots: the strata must not show in the order.
    drawn = drawn.sort(pl.Series(uniform_of(drawn["item_id"].to_numpy() + sample.sample_id)))
    return drawn.with_columns(
        task_id=pl.Series(space.ids.block(drawn.height), dtype=pl.Int64),
        queue=pl.lit(sample.queue),
        round=pl.lit(1, dtype=pl.Int32),
        priority=pl.lit(_PRIORITY),
        terms=pl.lit(f'{{"random": {_PRIORITY}}}'),
        stratum=pl.lit(Stratum.SAMPLE.value),
        policy_version_id=pl.lit(None, dtype=pl.Int64),
        created_at=pl.lit(now),
        waiting_since=pl.lit(now),
        due_at=pl.lit(now + _DUE),
        waiting_weight=pl.lit(None, dtype=pl.Float64),
        sample_id=pl.lit(sample.sample_id, dtype=pl.Int64),
    ).select(*TASK_SCHEMA, "sample_id")

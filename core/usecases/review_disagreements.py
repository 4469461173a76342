"""Having people settle blindly what two sides conclude differently: planned, drawn, stopped."""

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.comparison import ComparedSide
from core.domain.disagreement_review import Disagreement, DisagreementPlan, DisagreementReview
from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.review_queue import ReviewQueue
from core.domain.review_task import Stratum
from core.domain.role import Permission
from core.errors import ComparisonError, NotFoundError
from core.metrics.survey import neyman
from core.policies.judge import KINDS
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.store.tasks import Hold
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.manage_queues import every_queue, save_queue
from core.usecases.open_tasks import TASK_SCHEMA
from core.usecases.paired_history import PairedHistory, paired_history
from core.usecases.score_items import uniform_of
from core.usecases.send_to_queue import queue_to_fill
from core.usecases.workspace import Workspace

#: More are not drawn at once: nobody means to have so many looked at one by one.
MOST_DRAWN = 5_000
_QUEUE_TITLE = "Blind review"
_TARGET = timedelta(days=7)

Rows = npt.NDArray[np.intp]


@rereading
def plan_review(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    a: ComparedSide,
    b: ComparedSide,
    *,
    count: int,
    floor: int = 1,
) -> DisagreementPlan:
    """How `count` reviews are spread over the kinds of disagreement: by size, `floor` at least.

    Up to a floor of 1 each item has the same chance, which a plain count of who was wrong needs.
    """
    person.require(Permission.SEE_SCORES)
    _check_count(count)
    paired = paired_history(histories, catalogue.selection(wanted, person), a, b)
    with space.store.reading() as parts:
        kinds = _kinds(paired, _untouched(parts, paired))
    sizes = [rows.size for _, rows in kinds]
    drawn = _allocated(sizes, count, floor)
    differ = paired.history.ids[paired.differ]
    return DisagreementPlan(
        a=a,
        b=b,
        filter=wanted,
        size=paired.size,
        kinds=tuple(
            kind.model_copy(update={"drawn": number})
            for (kind, _), number in zip(kinds, drawn, strict=True)
        ),
        differ=int(differ.size),
        decided=int(np.isin(differ, paired.history.reviews["item_id"].to_numpy()).sum()),
    )


def begin_review(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    plan: DisagreementPlan,
    *,
    title: str,
    queue: str,
) -> DisagreementReview:
    """Draws what the plan says and opens its blind tasks; what can be drawn is counted anew."""
    person.require(Permission.MANAGE_QUEUES)
    # A plan of nothing is refused below, with the reason.
    _check_count(max(1, plan.count))
    paired = paired_history(histories, catalogue.selection(plan.filter, person), plan.a, plan.b)
    with space.store.writing() as parts:
        # One at a time: two reviews must not draw the same items.
        parts.serialise("queues")
        target = queue_to_fill(space, parts, person, queue)
        _require_models(parts, plan.a, plan.b)
        review_id = space.ids.next()
        free = _untouched(parts, paired)
        _require_tenant(paired, free, target)
        kinds = _kinds(paired, free)
        planned = {(each.a, each.b): each.drawn for each in plan.kinds}
        drawn = []
        for kind, every in kinds:
            if not every.size:
                continue
            rows = _first(paired, every, planned.get((kind.a, kind.b), 0), review_id)
            drawn.append((kind.model_copy(update={"drawn": int(rows.size)}), rows))
        review = DisagreementReview(
            review_id=review_id, title=title.strip() or "Blind review", a=plan.a, b=plan.b,
            filter=plan.filter, size=paired.size, kinds=tuple(kind for kind, _ in drawn),
            queue=target.name, actor=person.name, created_at=space.clock.now(),
            tenants=person.tenants,
        )  # fmt: skip
        chosen = [(rows, kind.probability) for kind, rows in drawn]
        tasks = _tasks(space, paired, review, target, chosen)
        if tasks.is_empty():
            raise ComparisonError(
                "There is nothing to draw: people decided on every item on which A and B conclude "
                "differently, or it waits for them."
            )
        parts.disagreements.add(review)
        parts.tasks.open(tasks)
        _tell(parts, person, review, "disagreements.drawn", tasks.height)
    return review


def draw_more(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    review_id: int,
    *,
    count: int,
) -> int:
    """Draws more of the same disagreements into the same queue; how many.

    What the review began with stays its frame, so that its answers stay one random sample of it:
    items that came later are not drawn. What was taken out of the queue unanswered comes first.
    """
    person.require(Permission.MANAGE_QUEUES)
    _check_count(count)
    with space.store.reading() as parts:
        review = _review(parts, person, review_id)
    selection = catalogue.selection(review.filter, person)
    if review.tenants is not None:
        selection = selection.model_copy(update={"tenants": review.tenants})
    paired = paired_history(histories, selection, review.a, review.b)
    with space.store.writing() as parts:
        parts.serialise("queues")
        target = queue_to_fill(space, parts, person, review.queue)
        _require_models(parts, review.a, review.b)
        free = _untouched(parts, paired)
        free = free[paired.history.ids[free] < review_id]
        _require_tenant(paired, free, target)
        kinds = _kinds(paired, free)
        before = np.array(parts.disagreements.answers(review_id)["item_id"].to_list(), np.int64)
        sizes = {(each.a, each.b): each.size for each in review.kinds}
        added = _allocated([rows.size for _, rows in kinds], count, 0)
        chosen = []
        for (kind, every), number in zip(kinds, added, strict=True):
            rows = _first(paired, every, number, review_id)
            members = _members(paired, kind)
            known = np.union1d(np.intersect1d(members, before), paired.history.ids[rows])
            size = sizes.get((kind.a, kind.b), 0)
            if size:
                chosen.append((rows, min(1.0, known.size / size)))
        tasks = _tasks(space, paired, review, target, chosen)
        if tasks.is_empty():
            raise ComparisonError(
                "There is nothing more to draw: every disagreement of this review was drawn, or "
                "decided meanwhile."
            )
        parts.tasks.open(tasks)
        _tell(parts, person, review, "disagreements.more_drawn", tasks.height)
    return tasks.height


def stop_review(space: Workspace, person: Person, review_id: int) -> int:
    """Takes what nobody holds out of the queue again; how many. Answers stay, and count."""
    person.require(Permission.MANAGE_QUEUES)
    now = space.clock.now()
    with space.store.writing() as parts:
        parts.serialise("queues")
        review = _review(parts, person, review_id)
        closed = 0
        for claim in parts.disagreements.waiting(review_id):
            if claim.is_held(now):
                continue
            hold = Hold(task_id=claim.task_id, item_id=claim.item_id, fence=claim.fence, owner=None)
            closed += parts.tasks.close(hold) is not None
        _tell(parts, person, review, "disagreements.stopped", closed)
    return closed


def blind_queue(space: Workspace, catalogue: Catalogue, person: Person) -> str:
    """The name of the queue that is filled by blind reviews only; made if there is none yet."""
    person.require(Permission.MANAGE_QUEUES)
    tenant = None
    if person.tenants is not None:
        if len(person.tenants) != 1:
            raise ComparisonError(
                "A queue of your own can be made for one tenant only. Choose one that exists."
            )
        tenant = person.tenants[0]
    with space.store.reading() as parts:
        queues = every_queue(space, parts)
    for queue in queues:
        if queue.is_by_hand and queue.is_active and queue.filter.tenant == tenant:
            return queue.name
    taken = {queue.name for queue in queues}
    names = ("blind-review", *(f"blind-review-{number}" for number in range(2, len(taken) + 3)))
    made = ReviewQueue(
        name=next(name for name in names if name not in taken),
        title=f"{_QUEUE_TITLE} {tenant}" if tenant else _QUEUE_TITLE,
        filter=ItemFilter(tenant=tenant), random_share=0.0, is_by_hand=True,
        target_hours=_TARGET.total_seconds() / 3600, position=len(queues) * 10,
    )  # fmt: skip
    save_queue(space, catalogue, person, made, move=False)
    return made.name


def sees_review(person: Person, review: DisagreementReview) -> bool:
    """Whether the person may know of it: it is about items of their tenants only."""
    if person.tenants is None:
        return True
    tenant = review.filter.tenant
    about = (tenant,) if tenant is not None else review.tenants
    return about is not None and all(person.sees(each) for each in about)


def _review(parts: StoreParts, person: Person, review_id: int) -> DisagreementReview:
    for review in parts.disagreements.all():
        if review.review_id == review_id and sees_review(person, review):
            return review
    raise NotFoundError("There is no such blind review among those that you see.")


def _check_count(count: int) -> None:
    if not 1 <= count <= MOST_DRAWN:
        raise ComparisonError(f"From 1 to {MOST_DRAWN:,} items at once; these are {count:,}.")


def _require_models(parts: StoreParts, *sides: ComparedSide) -> None:
    known = {each.model_version_id for each in parts.models.all()}
    for side in sides:
        if side.model_version_id not in known:
            raise ComparisonError(
                f"The model version of {side.name} is not in the store any more, so nobody can "
                "say where it disagrees. Choose another one."
            )


def _require_tenant(paired: PairedHistory, rows: Rows, queue: ReviewQueue) -> None:
    """Nobody could claim another tenant's items there; without them the chances would be wrong."""
    tenant = queue.filter.tenant
    if tenant is None:
        return
    place = paired.columns_a.place
    assert place is not None  # noqa: S101  # histories know their places
    is_other = np.array([each.tenant != tenant for each in paired.history.places], dtype=np.bool_)
    others = int(is_other[place[rows]].sum())
    if others:
        raise ComparisonError(
            f"{others:,} of the disagreements are not of {tenant}, and {queue.title} takes items "
            "of that tenant only. Choose another queue, or compare that tenant's items alone."
        )


def _untouched(parts: StoreParts, paired: PairedHistory) -> Rows:
    """The rows on which the sides differ, that nobody decided and that wait nowhere."""
    rows = np.flatnonzero(paired.differ)
    ids = paired.history.ids[rows]
    free = parts.samples.untouched(pl.Series(ids, dtype=pl.Int64)).to_numpy()
    return rows[np.isin(ids, free)]


def _kinds(paired: PairedHistory, rows: Rows) -> list[tuple[Disagreement, Rows]]:
    """The kinds of disagreement that occur at all, each with those of the rows that are of it."""
    found = []
    matrix = paired.matrix()
    for a, kind_a in enumerate(KINDS):
        for b, kind_b in enumerate(KINDS):
            if a == b or not matrix[a, b]:
                continue
            here = rows[(paired.codes_a[rows] == a) & (paired.codes_b[rows] == b)]
            found.append((Disagreement(a=kind_a, b=kind_b, size=int(here.size)), here))
    return found


def _members(paired: PairedHistory, kind: Disagreement) -> npt.NDArray[np.int64]:
    """The ids of everything on which the sides disagree in this way."""
    a, b = KINDS.index(kind.a), KINDS.index(kind.b)
    found: npt.NDArray[np.int64] = paired.history.ids[
        paired.both & (paired.codes_a == a) & (paired.codes_b == b)
    ]
    return found


def _allocated(sizes: list[int], count: int, floor: int) -> list[int]:
    """How many of each kind, in proportion to the sizes and at least `floor`."""
    if not any(sizes):
        return [0 for _ in sizes]
    return neyman([float(size) for size in sizes], [1.0] * len(sizes), count, floor=floor)


def _first(paired: PairedHistory, rows: Rows, count: int, review_id: int) -> Rows:
    """The rows with the smallest lots: a later draw goes on where this one ends."""
    lots = uniform_of(paired.history.ids[rows] + review_id)
    return rows[np.argsort(lots, kind="stable")[:count]]


def _tasks(
    space: Workspace,
    paired: PairedHistory,
    review: DisagreementReview,
    queue: ReviewQueue,
    chosen: list[tuple[Rows, float]],
) -> pl.DataFrame:
    """Blind tasks for the rows, each with the chance that it is in the review by now."""
    now = space.clock.now()
    columns, history = paired.columns_a, paired.history
    place = columns.place
    assert place is not None  # noqa: S101  # histories know their places
    rows = np.concatenate([part for part, _ in chosen]) if chosen else np.zeros(0, np.intp)
    chances = [np.full(part.size, chance) for part, chance in chosen]
    where = [history.places[at] for at in place[rows]]
    # Other lots than those they were drawn by, which are smaller where few are drawn of many.
    order = uniform_of(review.review_id - history.ids[rows])
    drawn = pl.DataFrame(
        {
            "item_id": history.ids[rows],
            "tenant_id": [each.tenant for each in where],
            "language": [each.language for each in where],
            "inclusion_probability": np.concatenate(chances) if chances else np.zeros(0),
            "priority": order,
        },
        schema_overrides={"tenant_id": pl.String, "language": pl.String},
    ).sort("priority")
    return drawn.with_columns(
        task_id=pl.Series(space.ids.block(drawn.height), dtype=pl.Int64),
        queue=pl.lit(queue.name),
        round=pl.lit(1, dtype=pl.Int32),
        terms=pl.struct(drawn=pl.col("priority")).struct.json_encode(),
        stratum=pl.lit(Stratum.DISAGREEMENT.value),
        policy_version_id=pl.lit(None, dtype=pl.Int64),
        created_at=pl.lit(now),
        waiting_since=pl.lit(now),
        due_at=pl.lit(now + queue.target),
        waiting_weight=pl.lit(None, dtype=pl.Float64),
        sample_id=pl.lit(review.review_id, dtype=pl.Int64),
    ).select(*TASK_SCHEMA, "sample_id")


def _tell(
    parts: StoreParts, person: Person, review: DisagreementReview, verb: str, count: int
) -> None:
    parts.audit.append(
        person.name, verb, f"disagreements:{review.review_id}",
        {"title": review.title, "count": count, "queue": review.queue, "a": review.a.name,
         "b": review.b.name},
    )  # fmt: skip

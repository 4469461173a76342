"""Opening review tasks: from verdicts, for escalations, and again after an undo."""

import polars as pl

from core.domain.decision import Decision, Outcome
from core.domain.item import Item
from core.domain.review_task import Claim, QueueName, ReviewTask, Stratum
from core.policies.priority import ESCALATION_TARGET
from core.store.store import StoreParts
from core.store.tasks import Hold, Reopening
from core.usecases.workspace import Workspace

#: Escalated tasks come before everything else in their queue, by this much.
_ESCALATION_PRIORITY = 1.0

TASK_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "task_id": pl.Int64,
    "item_id": pl.Int64,
    "tenant_id": pl.String,
    "language": pl.String,
    "queue": pl.String,
    "round": pl.Int32,
    "priority": pl.Float64,
    "terms": pl.String,
    "stratum": pl.String,
    "inclusion_probability": pl.Float64,
    "policy_version_id": pl.Int64,
    "created_at": pl.Datetime("us", "UTC"),
    "due_at": pl.Datetime("us", "UTC"),
    "waiting_since": pl.Datetime("us", "UTC"),
    "waiting_weight": pl.Float64,
}


def open_escalation(space: Workspace, parts: StoreParts, decision: Decision) -> None:
    """Opens a task in the escalation queue for the item of an escalating decision.

    What was to be judged blindly stays so, and its answer counts where it was asked for.
    """
    item = parts.items.get(decision.item_id)
    if item is None:
        return
    now = space.clock.now()
    blind = _blind_task(parts, decision.task_id)
    task = ReviewTask(
        task_id=space.ids.next(),
        item_id=item.item_id,
        queue=QueueName.ESCALATION.value,
        round=1,
        priority=_ESCALATION_PRIORITY,
        terms={"escalated": _ESCALATION_PRIORITY},
        stratum=Stratum.DISAGREEMENT if blind else Stratum.ESCALATED,
        inclusion_probability=blind.inclusion_probability if blind else 1.0,
        policy_version_id=decision.policy_version_id,
        created_at=now,
        waiting_since=now,
        due_at=now + ESCALATION_TARGET,
    )
    frame = task_frame([(task, item)])
    if blind:
        frame = frame.with_columns(sample_id=pl.lit(blind.sample_id, dtype=pl.Int64))
    parts.tasks.open(frame)


def _blind_task(parts: StoreParts, task_id: int | None) -> ReviewTask | None:
    """The task, if it is to be judged blindly."""
    for task in parts.tasks.get([task_id]) if task_id is not None else ():
        if task.stratum is Stratum.DISAGREEMENT:
            return task
    return None


def reopen(space: Workspace, parts: StoreParts, owner: str, decision: Decision) -> Claim | None:
    """The decision's task, back in its reviewer's hands; None when it had no task.

    The fence rises, so that the decision that was taken back cannot arrive a second time.
    """
    if decision.outcome is Outcome.ESCALATE:
        _close_escalation(parts, decision.item_id)
    if decision.task_id is None:
        return None
    found = parts.tasks.get([decision.task_id])
    item = parts.items.get(decision.item_id)
    if not found or item is None:
        return None
    lease_until = space.clock.now() + space.rules.lease
    claim = Reopening(owner=owner, fence=(decision.fence or 0) + 1, lease_until=lease_until)
    return parts.tasks.reopen(found[0], item, claim)


def _close_escalation(parts: StoreParts, item_id: int) -> None:
    for claim in parts.tasks.open_tasks_of([item_id]):
        if claim.queue == QueueName.ESCALATION.value:
            hold = Hold(task_id=claim.task_id, item_id=claim.item_id, fence=claim.fence, owner=None)
            parts.tasks.close(hold)


def task_frame(tasks: list[tuple[ReviewTask, Item]]) -> pl.DataFrame:
    """Tasks and their items as the frame that the store opens."""
    rows = [
        {
            **task.model_dump(mode="python", exclude={"terms"}),
            "terms": task.model_dump_json(include={"terms"})[len('{"terms":') : -1],
            "tenant_id": item.tenant_id,
            "language": item.language,
        }
        for task, item in tasks
    ]
    return pl.DataFrame(rows, schema=TASK_SCHEMA)

"""Golden items: settling right answers, and how often people gave them.

Nothing is put into a queue: what people had answered, and what they answer in their ordinary work,
is held against the right answer. Only each person's first answer counts, and never that of whoever
settled it.
"""

from dataclasses import dataclass, field

import polars as pl

from core.domain.decision import Outcome
from core.domain.golden_item import GoldenAnswer, GoldenItem
from core.domain.period import Period
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.errors import NotFoundError
from core.metrics.golden import GoldenScore, golden_score
from core.metrics.intervals import clopper_pearson
from core.store.quality import QualityScope
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.take_item import NOT_FOUND
from core.usecases.workspace import Workspace


class PersonOnGoldens(Record):
    """One person's answers on golden items."""

    name: str
    score: GoldenScore
    rejected_rightly: int
    cited_rightly: int
    """Of these: citing a reason that is right."""

    @property
    def is_below_target(self) -> bool:
        """Whether chance explains it in at most 1 of 40 people who just reach the target.

        By the exact interval: Wilson's would point at one wrong answer of one.
        """
        score = self.score
        return clopper_pearson(score.right, score.answered).high < score.target


@dataclass(frozen=True)
class GoldenReport:
    """The golden items and the answers on them in a period."""

    items: tuple[GoldenItem, ...]
    """Those that hold, the newest mark first."""
    answers: pl.DataFrame = field(repr=False)
    """item_id, actor, is_right, rejects_rightly, cites_rightly: first answers in the period."""
    texts: pl.DataFrame = field(repr=False)
    """As `ItemStore.texts`, of the items that hold."""
    live_policy_id: int

    def people(self, target: float) -> list[PersonOnGoldens]:
        """Everybody who answered one, by name."""
        counts = (
            self.answers.group_by("actor")
            .agg(
                right=pl.col("is_right").sum(), answered=pl.len(),
                rejected=pl.col("rejects_rightly").sum(), cited=pl.col("cites_rightly").sum(),
            )
            .sort("actor")
        )  # fmt: skip
        return [
            PersonOnGoldens(
                name=row["actor"],
                score=golden_score(row["right"], row["answered"], target=target),
                rejected_rightly=row["rejected"],
                cited_rightly=row["cited"],
            )
            for row in counts.iter_rows(named=True)
        ]

    def of_item(self, item_id: int) -> tuple[int, int]:
        """(right, answered) of one item."""
        found = self.answers.filter(item_id=item_id)["is_right"]
        return int(found.sum()), found.len()

    def is_stale(self, mark: GoldenItem) -> bool:
        """Whether another policy is live than when it was marked."""
        return mark.policy_version_id != self.live_policy_id


def mark_golden(
    space: Workspace, catalogue: Catalogue, person: Person, item_id: int, answer: GoldenAnswer
) -> GoldenItem:
    """Settles an item's right answer under the live policy; a newer mark replaces an older one."""
    person.require(Permission.REVIEW_ESCALATIONS)
    with space.store.writing() as parts:
        item = parts.items.get(item_id)
        if item is None or not person.sees(item.tenant_id):
            raise NotFoundError(NOT_FOUND)
        mark = GoldenItem(
            golden_id=space.ids.next(), item_id=item_id, tenant_id=item.tenant_id, answer=answer,
            policy_version_id=catalogue.policy.policy_version_id, actor=person.name,
            marked_at=space.clock.now(),
        )  # fmt: skip
        _append(parts, mark)
    return mark


def retire_golden(space: Workspace, person: Person, item_id: int) -> GoldenItem:
    """Takes an item out of the golden ones; answers on it do not count any more."""
    person.require(Permission.REVIEW_ESCALATIONS)
    with space.store.writing() as parts:
        standing = _standing(parts.golden.marks(person.tenants)).get(item_id)
        if standing is None:
            raise NotFoundError("This is no golden item, or it was retired already.")
        retired = standing.model_copy(
            update={
                "golden_id": space.ids.next(), "actor": person.name, "is_retired": True,
                "marked_at": space.clock.now(),
            }
        )  # fmt: skip
        _append(parts, retired)
    return retired


def _append(parts: StoreParts, mark: GoldenItem) -> None:
    parts.golden.add(mark)
    parts.audit.append(
        mark.actor, "golden.retired" if mark.is_retired else "golden.marked",
        f"item:{mark.item_id}",
        {
            "outcome": mark.answer.outcome.value,
            "reasons": [each.value for each in mark.answer.reasons],
            "policy_version_id": str(mark.policy_version_id),
        },
    )  # fmt: skip


@rereading
def find_item(
    space: Workspace, person: Person, external_id: str, tenant: str | None
) -> pl.DataFrame:
    """The items with this id, as `ItemStore.texts`, of all tenants they see or of one."""
    person.require(Permission.SEE_QUALITY)
    tenants = _both((tenant,) if tenant else None, person.tenants)
    with space.store.reading() as parts:
        return parts.items.texts(parts.golden.find(external_id.strip(), tenants))


@rereading
def read_goldens(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    scope: QualityScope,
) -> GoldenReport:
    """The golden items of the tenants that the person sees, and who answered them how."""
    person.require(Permission.SEE_QUALITY)
    tenants = _both(scope.tenants, person.tenants)
    scope = scope.model_copy(update={"tenants": tenants})
    with space.store.reading() as parts:
        marks = parts.golden.marks(tenants)
        answers = parts.golden.answers(scope)
        standing = _standing(marks)
        texts = parts.items.texts(list(standing))
    return GoldenReport(
        items=tuple(sorted(standing.values(), key=lambda each: -each.golden_id)),
        answers=_judged(answers, marks, standing, scope.period),
        texts=texts,
        live_policy_id=catalogue.policy.policy_version_id,
    )


def _both(asked: tuple[str, ...] | None, seen: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if asked is None or seen is None:
        return asked if seen is None else seen
    return tuple(each for each in asked if each in seen)


def _standing(marks: list[GoldenItem]) -> dict[int, GoldenItem]:
    """The newest mark of each item, without the retired ones."""
    newest = {mark.item_id: mark for mark in marks}
    return {item_id: mark for item_id, mark in newest.items() if not mark.is_retired}


def _judged(
    answers: pl.DataFrame, marks: list[GoldenItem], standing: dict[int, GoldenItem], period: Period
) -> pl.DataFrame:
    """First answers in the period held against the right ones, without those who knew them."""
    right = pl.DataFrame(
        [
            (mark.item_id, mark.answer.outcome.value, [each.value for each in mark.answer.reasons])
            for mark in standing.values()
        ],
        schema={"item_id": pl.Int64, "right": pl.String, "right_reasons": pl.List(pl.String)},
        orient="row",
    )
    knowing = pl.DataFrame(
        sorted({(mark.item_id, mark.actor) for mark in marks}),
        schema={"item_id": pl.Int64, "actor": pl.String}, orient="row",
    )  # fmt: skip
    is_right = pl.col("outcome") == pl.col("right")
    rejects = is_right & (pl.col("outcome") == Outcome.REJECT.value)
    cites = pl.col("reasons").list.set_intersection("right_reasons").list.len() > 0
    return (
        answers.sort("decision_seq")
        .unique(["item_id", "actor"], keep="first", maintain_order=True)
        .filter(pl.col("decided_at") >= period.start)
        .join(knowing, on=["item_id", "actor"], how="anti", maintain_order="left")
        .join(right, on="item_id", maintain_order="left")
        .select(
            "item_id", "actor", is_right=is_right, rejects_rightly=rejects,
            cites_rightly=rejects & cites.fill_null(value=False),
        )
    )  # fmt: skip

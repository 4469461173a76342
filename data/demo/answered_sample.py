"""The demonstration's planned sample: drawn from all history, most of it answered by reviewers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from core.domain.decision import DecisionDraft, Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import CITABLE_LABELS, Label
from core.domain.person import Person
from core.domain.role import Role
from core.usecases.draw_sample import draw_sample, plan_sample
from core.usecases.review_item import decide
from core.usecases.workspace import Workspace
from data.bootstrap import Workbench
from data.demo.corpus import DemoCorpus
from data.demo.reviewers import REVIEWERS, DemoReviewer
from data.demo.texts import Chance

_REVIEWS = 320
_LEFT = 24
_BATCH = 37
_DRAWN_AGO = timedelta(hours=30)


@dataclass(frozen=True)
class _At:
    """A clock that stands still."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


def answer_a_sample(workbench: Workbench, corpus: DemoCorpus, seed: int) -> int:
    """Draws the sample a day ago and has it answered; how many answers."""
    chance = np.random.default_rng([seed, 17])
    began = workbench.space.clock.now() - _DRAWN_AGO
    space = replace(workbench.space, clock=_At(began))
    plan = plan_sample(
        space, workbench.histories, workbench.catalogue, workbench.operator, ItemFilter(),
        count=_REVIEWS,
    )  # fmt: skip
    if not plan.count:
        return 0
    sample = draw_sample(
        space, workbench.histories, workbench.catalogue, workbench.operator, plan,
        title="Whole history",
    )  # fmt: skip
    with space.store.reading() as parts:
        ids = parts.samples.items(sample.sample_id)
        texts = parts.items.texts(ids)
    truth = _truth(corpus, texts)
    ids = [int(each) for each in chance.permutation(ids)][: max(0, len(ids) - _LEFT)]
    done = 0
    for number, start in enumerate(range(0, len(ids), _BATCH)):
        reviewer = REVIEWERS[number % len(REVIEWERS)]
        then = replace(space, clock=_At(began + timedelta(hours=1 + number)))
        done += _answer(then, chance, reviewer, ids[start : start + _BATCH], truth)
    return done


def _truth(corpus: DemoCorpus, texts: pl.DataFrame) -> dict[int, tuple[list[Label], float]]:
    """What each item really is, and how hard that is to see."""
    joined = texts.select("item_id", "external_id", "tenant_id").join(
        corpus.truth, on=["external_id", "tenant_id"]
    )
    return {
        row["item_id"]: (
            [label for label in CITABLE_LABELS if row[label.value] == 1],
            float(row["difficulty"]),
        )
        for row in joined.iter_rows(named=True)
    }


def _answer(
    space: Workspace, chance: Chance, reviewer: DemoReviewer, ids: list[int],
    truth: dict[int, tuple[list[Label], float]],
) -> int:  # fmt: skip
    # From the list, as seniors do: the sample's tasks are closed by it.
    person = Person(name=reviewer.name, role=Role.SENIOR_REVIEWER)
    drafts = [_draft(space, chance, reviewer, item_id, *truth[item_id]) for item_id in ids]
    return sum(each.accepted for each in decide(space, person, drafts, policy_version_id=None))


def _draft(
    space: Workspace, chance: Chance, reviewer: DemoReviewer, item_id: int,
    violated: list[Label], difficulty: float,
) -> DecisionDraft:  # fmt: skip
    rejects = reviewer.rejects(chance, difficulty, violates=bool(violated))
    [decision_id] = space.ids.uuid_block(1)
    return DecisionDraft(
        decision_id=decision_id, item_id=item_id,
        outcome=Outcome.REJECT if rejects else Outcome.APPROVE,
        reasons=tuple(violated or [Label.TOXICITY]) if rejects else (),
        handling_seconds=round(float(reviewer.seconds * chance.lognormal(0, 0.5)), 1),
    )  # fmt: skip

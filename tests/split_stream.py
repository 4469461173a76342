"""A stream of items by authors who come back, and people who look at part of it."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from core.domain.decision import Outcome, Source
from core.domain.experiment import Experiment, ExperimentMode, ExperimentPlan, Measure
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import operator
from core.domain.policy import LabelThresholds, PolicyVersion, Rule, ThresholdRule
from core.engine.classifier import Classifier
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.manage_policies import SeenPreview, save_draft, seen
from core.usecases.preview_policy import preview_policy
from core.usecases.read_experiment import KnownExperiment, list_experiments
from core.usecases.run_experiment import start_experiment
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from data.sql.store import SqlStore
from tests.builders import FixedClock, item_frame

MANAGER = operator("mia")

#: Rejected by the words' policy; people find nothing wrong with them.
SATIRE = "idiot and idiot"
FLAGGED, FINE = "you idiot", "lunch"

#: The words' own policy, but nothing is rejected without a person.
CAREFUL = ThresholdRule(
    thresholds={
        label: LabelThresholds(approve_below=0.3, reject_above=None)
        for label in SCORED_LABELS
        if label is not Label.SENTIMENT
    }
)


def treatment_of(
    space: Workspace, catalogue: Catalogue, rule: Rule, name: str = "careful"
) -> PolicyVersion:
    """The rule as a draft."""
    return save_draft(space, MANAGER, name=name, rule=rule, model=catalogue.model)


def a_plan(treatment: PolicyVersion, **facts: object) -> ExperimentPlan:
    """An enforced experiment on all authors, half and half."""
    values: dict[str, object] = {
        "name": "Careful", "treatment_id": treatment.policy_version_id,
        "mode": ExperimentMode.ENFORCED, "primary": Measure.MISTAKES, "minimal_effect": 0.05,
    }  # fmt: skip
    return ExperimentPlan.model_validate(values | facts)


@dataclass(frozen=True)
class Kinds:
    """The texts that come in, and the shares of those that are not satire."""

    satire: str = SATIRE
    flagged: str = FLAGGED
    fine: str = FINE
    missed: str = "nothing"
    """Approved by the model; people reject it."""
    flagged_share: float = 0.2
    missed_share: float = 0.0

    @property
    def harmful(self) -> tuple[str, str]:
        """What people reject."""
        return self.flagged, self.missed

    def text(self, is_satire: bool, draw: float) -> str:
        """The text of an item by a draw in [0, 1)."""
        if is_satire:
            return self.satire
        if draw < self.flagged_share:
            return self.flagged
        return self.missed if draw < self.flagged_share + self.missed_share else self.fine


#: What the classifier of words tells apart.
WORDS = Kinds()


class Stream:
    """Items in, scored at once, a day at a time."""

    def __init__(
        self, space: Workspace, catalogue: Catalogue, classifier: Classifier, clock: FixedClock,
        *, authors: int = 400, seed: int = 7, kinds: Kinds = WORDS,
    ) -> None:  # fmt: skip
        self.space, self.catalogue = space, catalogue
        self.classifier, self.clock = classifier, clock
        self.kinds = kinds
        self.random = np.random.default_rng(seed)
        # Few authors write much: what makes the items of one author no independent evidence.
        self.activity = self.random.lognormal(0, 1, authors)
        self.satire = self.random.beta(0.5, 2.0, authors)
        self.count = self.reviewed = 0

    def day(self, items: int, **columns: object) -> None:
        """A day's items, scored as they come."""
        self.clock.advance(hours=12)
        who = self.random.choice(self.activity.size, items, p=self.activity / self.activity.sum())
        dice, other = self.random.random(items), self.random.random(items)
        bodies = [
            f"{self.kinds.text(die < self.satire[author], rest)} {self.count + place}"
            for place, (author, die, rest) in enumerate(zip(who, dice, other, strict=True))
        ]
        now = self.clock.now()
        facts: dict[str, object] = {
            "external_id": [f"s{self.count + place}" for place in range(items)],
            "author_id": [f"author-{each}" for each in who],
            "created_at": now, "ingested_at": now,
        }  # fmt: skip
        self.count += items
        with self.space.store.writing() as parts:
            parts.items.add_new(item_frame(*bodies, **(facts | columns)))
        score_items(
            self.space, self.classifier, model=self.catalogue.model, policy=self.catalogue.policy,
            progress=lambda done, total: None,
        )  # fmt: skip
        self.clock.advance(hours=12)

    def review(self, *, seconds: float = 8.0) -> int:
        """People decide on what came since the last time and waits: satire is fine."""
        with self.space.store.reading() as parts:
            ids = parts.items.ids(self.catalogue.selection(ItemFilter()))
            fresh = ids.filter(ids > self.reviewed).to_list()
            waiting = parts.tasks.open_tasks_of(fresh)
        if not waiting:
            return 0
        self.reviewed = max(fresh)
        rows = pl.DataFrame(
            {
                "item_id": [each.item_id for each in waiting],
                "task_id": [each.task_id for each in waiting],
            }
        )
        with self.space.store.writing() as parts:
            texts = parts.items.texts(rows["item_id"].to_list()).select(
                "item_id", "tenant_id", "body"
            )
            facts = rows.join(texts, on="item_id").with_columns(
                outcome=pl.when(pl.col("body").str.contains_any(list(self.kinds.harmful)))
                .then(pl.lit(Outcome.REJECT.value)).otherwise(pl.lit(Outcome.APPROVE.value))
            )  # fmt: skip
            now = self.space.clock.now()
            parts.decisions.append_frame(
                facts.select(
                    "item_id", "tenant_id", "task_id", "outcome",
                    standing_outcome="outcome",
                    decision_seq=pl.Series(self.space.ids.block(facts.height)),
                    decision_id=pl.Series(self.space.ids.uuid_block(facts.height), dtype=pl.String),
                    reasons=pl.lit([], dtype=pl.List(pl.String)),
                    source=pl.lit(Source.HUMAN.value), actor=pl.lit("rita"),
                    decided_at=pl.lit(now), effective_at=pl.lit(now + timedelta(minutes=5)),
                    handling_seconds=pl.lit(seconds) + pl.Series(self.random.exponential(4.0, facts.height)),
                )
            )  # fmt: skip
        return facts.height


def start(
    space: Workspace, catalogue: Catalogue, treatment: PolicyVersion, **facts: object
) -> Experiment:
    started = start_experiment(space, catalogue, MANAGER, a_plan(treatment, **facts))
    tick(space)
    return started


def known_of(space: Workspace, experiment_id: int) -> KnownExperiment:
    """An experiment with what became of it."""
    (found,) = (
        known
        for known in list_experiments(space, MANAGER)
        if known.experiment.experiment_id == experiment_id
    )
    return found


def tick(space: Workspace) -> None:
    clock = space.clock
    assert isinstance(clock, FixedClock)
    clock.advance(seconds=1)


def rows_of(store: object, query: object) -> list[tuple[object, ...]]:
    assert isinstance(store, SqlStore)
    with store.dialect.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]  # type: ignore[call-overload]


def looked_at(space: Workspace, catalogue: Catalogue, version: PolicyVersion) -> SeenPreview:
    preview = preview_policy(
        space, Histories(space.store), catalogue, MANAGER, ItemFilter(),
        before=catalogue.policy, rule=version.rule,
    )  # fmt: skip
    return seen(preview, ItemFilter(), catalogue.policy, space.clock.now())

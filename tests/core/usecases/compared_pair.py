"""Two model versions on items of known truth, and people who know it."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.comparison import ComparedSide
from core.domain.decision import Outcome, Source
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person, operator
from core.store.items import Selection
from core.usecases.catalogue import Catalogue
from core.usecases.compare_sides import Comparison, compare_sides, side_of
from core.usecases.history import Histories
from core.usecases.judge_comparison import Judged, judge_comparison
from core.usecases.score_items import record_scores
from core.usecases.workspace import ReviewRules, Workspace
from tests.builders import item_frame

ANN = operator("ann")
ROWS = 1_200
#: Toxicity that the default rule of the word classifier approves, reviews and rejects.
LOW, MIDDLE, HIGH = 0.05, 0.6, 0.95

Scores = npt.NDArray[np.float32]


def said(rows: int) -> list[str]:
    """Texts that are not alike."""
    chance = np.random.default_rng(11)
    return [
        " ".join(f"{number:05x}" for number in chance.integers(0, 1 << 20, 9)) for _ in range(rows)
    ]


class Pair:
    """1,200 items, a fifth of them harmful; A has scored all, and others may score them too."""

    def __init__(
        self, space: Workspace, catalogue: Catalogue, toxicity_a: Scores, *, of_author: int = 1
    ) -> None:
        self.space = Workspace(
            store=space.store, clock=space.clock, ids=space.ids, rules=ReviewRules(random_share=0.4)
        )
        self.catalogue = catalogue
        self.histories = Histories(space.store)
        rows = toxicity_a.size
        items = item_frame(
            *said(rows),
            author_id=[f"author {number // of_author}" for number in range(rows)],
            language=["de" if number % 4 == 0 else "en" for number in range(rows)],
            tenant_id=["zoo" if number % 3 == 0 else "acme" for number in range(rows)],
            source=["app" if number % 5 < 2 else "web" for number in range(rows)],
        )
        with space.store.writing() as parts:
            added = parts.items.add_new(items)
            self.items = items.join(added, on=["tenant_id", "external_id"], maintain_order="left")
            scored = _scored(self.items, toxicity_a).with_columns(has_decision=pl.lit(value=False))
            record_scores(self.space, parts, scored, model=catalogue.model, policy=catalogue.policy)
        self.ids: list[int] = self.items["item_id"].to_list()
        self.a = side_of(catalogue.model, catalogue.policy)

    def second(
        self,
        toxicity: Scores,
        *,
        name: str = "words-2",
        labels: tuple[Label, ...] = SCORED_LABELS,
        rows: slice = slice(None),
    ) -> ComparedSide:
        """Another model version's scores of some items, under the live policy."""
        model = ModelVersion(
            model_version_id=self.space.ids.next(), name=name, version="1", kind="lexical",
            labels=labels, digest=f"{len(self.catalogue.models):02x}{name}".ljust(64, "0"),
            created_at=self.space.clock.now(),
        )  # fmt: skip
        frame = _scored(self.items, toxicity)[rows]
        with self.space.store.writing() as parts:
            parts.models.add(model)
            parts.scores.add_scores(
                frame.select(
                    "item_id",
                    *(
                        label.value if label in labels
                        else pl.lit(None, dtype=pl.Float32).alias(label.value)
                        for label in SCORED_LABELS
                    ),
                    "content_hash",
                    model_version_id=pl.lit(model.model_version_id, dtype=pl.Int64),
                    scored_at=pl.lit(self.space.clock.now()),
                )
            )  # fmt: skip
        return side_of(model, self.catalogue.policy)

    def answer(self, truth: Mapping[int, bool]) -> int:
        """People decided all that waits: what was flagged, and what was drawn at random."""
        free = set(self.free())
        waiting = [each for each in self.ids if each not in free]
        self.say(truth, waiting)
        return len(waiting)

    def free(self) -> list[int]:
        """The items that wait in no queue: nobody drew them."""
        with self.space.store.reading() as parts:
            return [int(each) for each in parts.samples.untouched(pl.Series(self.ids))]

    def say(self, truth: Mapping[int, bool], ids: list[int]) -> None:
        """Decisions by people, in one go."""
        now = self.space.clock.now()
        outcome = [(Outcome.REJECT if truth[each] else Outcome.APPROVE).value for each in ids]
        tenants = dict(self.items.select("item_id", "tenant_id").rows())
        with self.space.store.writing() as parts:
            parts.decisions.append_frame(
                pl.DataFrame(
                    {
                        "item_id": ids,
                        "tenant_id": [tenants[each] for each in ids],
                        "decision_seq": self.space.ids.block(len(ids)),
                        "decision_id": self.space.ids.uuid_block(len(ids)),
                        "outcome": outcome,
                        "standing_outcome": outcome,
                        "reasons": [["toxicity"] if truth[each] else [] for each in ids],
                    },
                    schema_overrides={"decision_id": pl.String, "reasons": pl.List(pl.String)},
                ).with_columns(
                    source=pl.lit(Source.HUMAN.value), actor=pl.lit("ann"),
                    decided_at=pl.lit(now), effective_at=pl.lit(now),
                    handling_seconds=pl.lit(6.0),
                )
            )  # fmt: skip

    def compare(
        self, a: ComparedSide, b: ComparedSide, wanted: ItemFilter | None = None,
        person: Person = ANN,
    ) -> Comparison:  # fmt: skip
        return compare_sides(
            self.space, self.histories, self.catalogue, person, wanted or ItemFilter(), a, b
        )

    def judge(
        self, a: ComparedSide, b: ComparedSide, wanted: ItemFilter | None = None,
        person: Person = ANN, **facts: float,
    ) -> Judged:  # fmt: skip
        return judge_comparison(
            self.space, self.histories, self.catalogue, person, wanted or ItemFilter(), a, b,
            **facts,
        )  # fmt: skip

    def selection(self) -> Selection:
        return self.catalogue.selection(ItemFilter())


def _scored(items: pl.DataFrame, toxicity: Scores) -> pl.DataFrame:
    calm = {label.value: pl.lit(LOW, dtype=pl.Float32) for label in SCORED_LABELS}
    return items.with_columns(**calm | {"toxicity": pl.Series(toxicity.astype(np.float32))})


def flipped(values: Scores, share: float, seed: int, where: Callable[[int], bool]) -> Scores:
    """The scores with a share of those in `where` turned from one end to the other."""
    chance = np.random.default_rng(seed).random(values.size)
    chosen = (chance < share) & np.array([where(row) for row in range(values.size)])
    return np.where(chosen, np.where(values > 0.5, LOW, HIGH), values).astype(np.float32)


def everywhere(_row: int) -> bool:
    return True

"""Two rules that disagree in known ways, and people who answer as they are told."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from core.domain.comparison import ComparedSide
from core.domain.decision import Outcome
from core.domain.disagreement_review import DisagreementPlan, DisagreementReview
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.policy import LabelThresholds, ThresholdRule
from core.domain.role import Role
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.disagreement_verdict import ReviewProgress, list_reviews
from core.usecases.history import Histories
from core.usecases.paired_history import PairedHistory, paired_history
from core.usecases.review_disagreements import begin_review, plan_review
from core.usecases.review_item import decide
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, a_draft, item_frame

MIA = operator("mia")
BEN = Person(name="ben", role=Role.REVIEWER)
#: (toxicity, spam, how many): A judges by the first, B by the second, both at .3 and .9.
GROUPS = (
    (0.1, 0.1, 300),
    (0.1, 0.95, 60),  # A approves, B rejects
    (0.95, 0.1, 40),  # A rejects, B approves
    (0.5, 0.95, 20),  # A sends to review, B rejects
    (0.95, 0.95, 30),
    (0.1, 0.5, 10),  # A approves, B sends to review; the live policy flags them: they wait
)
SIZE = sum(count for *_, count in GROUPS)
Answer = Callable[[int], bool]


class TwoNumbers(WordClassifier):
    """Toxicity and spam are the two numbers that a text begins with."""

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        scores = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        for place, label in enumerate((Label.TOXICITY, Label.SPAM)):
            column = self.labels.index(label)
            scores[:, column] = [float(text.split()[place]) for text in texts]
        return scores


class Pair:
    """The use cases with what they always need, on items of known scores."""

    def __init__(
        self, space: Workspace, histories: Histories, catalogue: Catalogue, scorer: TwoNumbers
    ) -> None:
        self.space, self.histories, self.catalogue = space, histories, catalogue
        self.a, self.b = (
            ComparedSide(
                name=f"by {label.value}", model_version_id=catalogue.model.model_version_id,
                labels=catalogue.model.labels,
                rule=ThresholdRule(
                    thresholds={label: LabelThresholds(approve_below=0.3, reject_above=0.9)}
                ),
            )
            for label in (Label.TOXICITY, Label.SPAM)
        )  # fmt: skip
        values = [(a, b) for a, b, count in GROUPS for _ in range(count)]
        rng = np.random.default_rng(4)
        values = [values[place] for place in rng.permutation(len(values))]
        frame = item_frame(
            *(f"{a} {b} number {number}" for number, (a, b) in enumerate(values)),
            tenant_id=["zoo" if number % 4 == 0 else "acme" for number in range(len(values))],
        )
        with space.store.writing() as parts:
            ids = parts.items.add_new(frame)["item_id"].to_list()
        score_items(space, scorer, model=catalogue.model, policy=catalogue.policy,
                    progress=lambda done, total: None)  # fmt: skip
        self.scores: dict[int, tuple[float, float]] = dict(zip(ids, values, strict=True))

    def plan(
        self, count: int, person: Person = MIA, wanted: ItemFilter | None = None, *, floor: int = 1
    ) -> DisagreementPlan:
        return plan_review(
            self.space, self.histories, self.catalogue, person, wanted or ItemFilter(),
            self.a, self.b, count=count, floor=floor,
        )  # fmt: skip

    def begin(
        self, count: int, person: Person = MIA, *, floor: int = 1, queue: str = "review",
        wanted: ItemFilter | None = None,
    ) -> DisagreementReview:  # fmt: skip
        return begin_review(
            self.space, self.histories, self.catalogue, person,
            self.plan(count, person, wanted, floor=floor), title=" Who is right? ", queue=queue,
        )  # fmt: skip

    def found(self, person: Person = MIA) -> list[ReviewProgress]:
        return list_reviews(self.space, person, self.a, self.b)

    def paired(self) -> PairedHistory:
        selection = self.catalogue.selection(ItemFilter(), MIA)
        return paired_history(self.histories, selection, self.a, self.b)

    def answer(
        self, harmful: Answer, most: int = SIZE, *, queue: str = "review", is_blind: bool = True
    ) -> int:
        """Ben works the queue off; he skips nothing, and decides as told. How many he did."""
        done = 0
        while done < most and (
            claims := next_tasks(self.space, BEN, WorkRequest(queue=queue, hold=min(40, most)))
        ):
            claims = claims[: most - done]
            drafts = [
                a_draft(
                    claim.item_id, task_id=claim.task_id, fence=claim.fence,
                    score_shown=not is_blind, highlight_shown=not is_blind,
                    **({"outcome": Outcome.REJECT, "reasons": (Label.SPAM,)}
                       if harmful(claim.item_id) else {}),
                )
                for claim in claims
            ]  # fmt: skip
            receipts = decide(self.space, BEN, drafts, policy_version_id=None)
            assert all(each.accepted for each in receipts)
            done += len(claims)
        return done

    def a_is_right(self, item_id: int) -> bool:
        """What people say when A is always right: also of what it sends to review."""
        return self.scores[item_id][0] > 0.4

    def b_is_right(self, item_id: int) -> bool:
        return self.scores[item_id][1] > 0.4

"""What the answers of a blind review say so far about which side errs more often."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.comparison import ComparedSide
from core.domain.decision import Outcome
from core.domain.disagreement_review import Disagreement, DisagreementReview
from core.domain.label import SCORED_LABELS
from core.domain.person import Person
from core.domain.policy import Place, PolicyMode
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.experiments.always_valid import RunningDifference, discordant_pairs
from core.experiments.stratified_pairs import (
    PairStratum,
    StratifiedDifference,
    difference_at,
    half_widths,
    running_differences,
)
from core.experiments.verdict import Conclusion, conclude
from core.policies.judge import APPROVE, KINDS, REJECT, REVIEW, Codes, ScoreColumns, judge
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.paired_history import PairedHistory
from core.usecases.review_disagreements import sees_review
from core.usecases.workspace import Workspace

Numbers = npt.NDArray[np.int64]
_ANSWERS = [Outcome.APPROVE.value, Outcome.REJECT.value]


@dataclass(frozen=True)
class KindAnswers:
    """The blind answers on one kind of disagreement."""

    kind: Disagreement
    drawn: int
    """Items of it that are in the review by now."""
    answered: int
    only_a_wrong: int
    only_b_wrong: int


@dataclass(frozen=True)
class KnownAnswers:
    """What people decided on disagreements with scores in view, or before anything was drawn.

    No random sample and not blind: shown, and part of no estimate.
    """

    decided: int
    only_a_wrong: int
    only_b_wrong: int


@dataclass(frozen=True)
class ReviewProgress:
    """A blind review as far as it got. A is the first side of the comparison that is looked at."""

    review: DisagreementReview
    kinds: tuple[KindAnswers, ...]
    waiting: int
    escalated: int
    """Of those waiting, how many somebody senior is asked about."""
    unclear: int
    """Items of which people said that they cannot be judged."""
    elsewhere: int
    """Items that were decided outside the blind queue, with scores in view: not counted."""
    lost: int
    """Items whose scores are not in the store any more: not counted."""
    difference: StratifiedDifference
    series: tuple[StratifiedDifference, ...]
    """As it was after answers 1, 2 and so on, thinned out."""
    notes: tuple[str, ...]
    """What changed since it began: sides that are not in use any more."""

    @property
    def drawn(self) -> int:
        """Items that are in the review."""
        return sum(each.drawn for each in self.kinds) + self.lost

    @property
    def answered(self) -> int:
        """Blind answers."""
        return sum(each.answered for each in self.kinds)

    @property
    def only_a_wrong(self) -> int:
        """b: answers by which A alone concluded wrongly."""
        return sum(each.only_a_wrong for each in self.kinds)

    @property
    def only_b_wrong(self) -> int:
        """c: answers by which B alone concluded wrongly."""
        return sum(each.only_b_wrong for each in self.kinds)

    @property
    def conclusion(self) -> Conclusion:
        """Of B against A, from the always-valid interval."""
        found = self.difference.found
        if not self.answered:
            return Conclusion.NO_EVIDENCE
        return conclude(-found.high, -found.low, margin=0.0)

    @property
    def has_equal_chances(self) -> bool:
        """Whether each item had the same chance, as far as whole items allow."""
        share = sum(each.drawn for each in self.kinds) / self.review.open
        return all(abs(each.drawn - share * each.kind.size) <= 1 for each in self.kinds)

    @property
    def pairs(self) -> RunningDifference | None:
        """b against c, exactly and always valid; None where unequal chances make it no answer."""
        if not self.has_equal_chances:
            return None
        return discordant_pairs(self.only_a_wrong, self.only_b_wrong)

    @property
    def answers_left(self) -> int | None:
        """About how many more answers settle it; None: no end in sight."""
        return self.difference.answers_left() if self.answered else None

    @property
    def undrawn(self) -> int:
        """Disagreements of when it began that are not in the review."""
        return sum(max(0, each.kind.size - each.drawn) for each in self.kinds)


def expected_precision(kinds: tuple[Disagreement, ...], size: int) -> tuple[float, float] | None:
    """(looked at once, watched): half the interval per item of `size`, at worst; None for few."""
    used = [each for each in kinds if each.size]
    once, watched = half_widths([_stratum(each) for each in used], size, [e.drawn for e in used])
    return None if np.isnan(once) else (once, watched)


@rereading
def list_reviews(
    space: Workspace, person: Person, a: ComparedSide, b: ComparedSide
) -> list[ReviewProgress]:
    """The blind reviews of these two sides that the person sees, newest first.

    Those that were begun with A and B the other way round are turned around.
    """
    person.require(Permission.SEE_SCORES)
    found = []
    with space.store.reading() as parts:
        for review in parts.disagreements.all():
            if not sees_review(person, review):
                continue
            if review.is_of(a, b):
                found.append(_progress(parts, review))
            elif review.is_of(b, a):
                found.append(_progress(parts, review.swapped()))
    return found


def known_answers(paired: PairedHistory, blind: list[ReviewProgress]) -> KnownAnswers:
    """What people said of the disagreements outside these blind reviews."""
    history = paired.history
    ours = [each.review.review_id for each in blind]
    reviews = history.reviews.filter(~pl.col("sample_id").is_in(ours).fill_null(value=False))
    ids = reviews["item_id"].to_numpy()
    rows = np.minimum(np.searchsorted(history.ids, ids), max(0, history.size - 1))
    if not history.size:
        return KnownAnswers(0, 0, 0)
    differ = paired.differ[rows] & (history.ids[rows] == ids)
    rows, harmful = rows[differ], reviews["is_harmful"].to_numpy()[differ]
    values = _mistakes(paired.codes_a[rows], paired.codes_b[rows], harmful)
    return KnownAnswers(
        decided=int(rows.size),
        only_a_wrong=int(np.count_nonzero(values < 0)),
        only_b_wrong=int(np.count_nonzero(values > 0)),
    )


def _mistakes(codes_a: Codes, codes_b: Codes, harmful: npt.NDArray[np.bool_]) -> Numbers:
    """(n,): mistakes of B less mistakes of A. What is sent to review is never a mistake."""
    right = np.where(harmful, REJECT, APPROVE)
    wrong_a, wrong_b = ((codes != REVIEW) & (codes != right) for codes in (codes_a, codes_b))
    found: Numbers = wrong_b.astype(np.int64) - wrong_a.astype(np.int64)
    return found


def _progress(parts: StoreParts, review: DisagreementReview) -> ReviewProgress:
    rows = parts.disagreements.answers(review.review_id)
    stratum = _strata_of(parts, review, rows["item_id"].to_numpy())
    is_answer = rows["outcome"].is_in(_ANSWERS).fill_null(value=False).to_numpy()
    is_blind = rows["score_shown"].fill_null(value=True).not_().to_numpy()
    counted = is_answer & is_blind & (stratum >= 0)
    which = stratum[counted]
    harmful = rows["outcome"].eq(Outcome.REJECT.value).fill_null(value=False).to_numpy()[counted]
    codes_a = np.array([KINDS.index(kind.a) for kind in review.kinds], dtype=np.uint8)
    codes_b = np.array([KINDS.index(kind.b) for kind in review.kinds], dtype=np.uint8)
    values = _mistakes(codes_a[which], codes_b[which], harmful)
    kinds = tuple(
        KindAnswers(
            kind=kind,
            drawn=int(np.count_nonzero(stratum == place)),
            answered=int(np.count_nonzero(which == place)),
            only_a_wrong=int(np.count_nonzero((which == place) & (values < 0))),
            only_b_wrong=int(np.count_nonzero((which == place) & (values > 0))),
        )
        for place, kind in enumerate(review.kinds)
    )
    said = Counter(rows["outcome"].to_list())
    now, series = _differences(review, kinds, which, values)
    return ReviewProgress(
        review=review,
        kinds=kinds,
        waiting=int(rows["is_open"].sum()),
        escalated=said[Outcome.ESCALATE.value],
        unclear=said[Outcome.INVALIDATE.value],
        elsewhere=int(np.count_nonzero(is_answer & ~is_blind)),
        lost=int(np.count_nonzero(stratum < 0)),
        difference=now,
        series=series,
        notes=tuple(_notes(parts, review)),
    )


def _differences(
    review: DisagreementReview,
    kinds: tuple[KindAnswers, ...],
    which: npt.NDArray[np.intp],
    values: Numbers,
) -> tuple[StratifiedDifference, tuple[StratifiedDifference, ...]]:
    """The difference now, and as it was after each of the answers."""
    strata = [_stratum(kind) for kind in review.kinds]
    # Chosen when it began, for an interval that is tuned afterwards is not always valid.
    tightest_at = float(max(1, review.planned))
    now = difference_at(
        strata, review.size,
        [each.answered for each in kinds],
        [each.only_b_wrong - each.only_a_wrong for each in kinds],
        tightest_at=tightest_at,
    )  # fmt: skip
    series = running_differences(strata, review.size, which, values, tightest_at=tightest_at)
    return now, tuple(series)


def _stratum(kind: Disagreement) -> PairStratum:
    least, most = kind.range
    return PairStratum(size=kind.size, least=least, most=most)


def _strata_of(
    parts: StoreParts, review: DisagreementReview, ids: npt.NDArray[np.int64]
) -> npt.NDArray[np.intp]:
    """(n,): each item's number among the kinds, worked out from its scores; -1 without these."""
    number = np.full((len(KINDS), len(KINDS)), -1, dtype=np.intp)
    for place, kind in enumerate(review.kinds):
        number[KINDS.index(kind.a), KINDS.index(kind.b)] = place
    frames = [
        parts.disagreements.scores(review.review_id, side.model_version_id)
        for side in (review.a, review.b)
    ]
    known = frames[0]["item_id"].to_numpy()
    if not known.size:
        return np.full(ids.shape, -1, dtype=np.intp)
    scored = np.ones(known.shape, dtype=np.bool_)
    codes = []
    for frame, side in zip(frames, (review.a, review.b), strict=True):
        columns = _columns(frame)
        codes.append(judge(columns, side.rule).codes)
        scored &= ~np.all([np.isnan(each) for each in columns.scores.values()], axis=0)
    found = np.where(scored, number[codes[0], codes[1]], -1)
    rows = np.minimum(np.searchsorted(known, ids), known.size - 1)
    return np.where(known[rows] == ids, found[rows], -1).astype(np.intp)


def _columns(frame: pl.DataFrame) -> ScoreColumns:
    places: dict[Place, int] = {}
    numbers = [
        places.setdefault(Place(tenant=tenant, language=language), len(places))
        for tenant, language in frame.select("tenant_id", "language").iter_rows()
    ]
    return ScoreColumns(
        scores={
            label: frame[label.value].cast(pl.Float32).fill_null(float("nan")).to_numpy()
            for label in SCORED_LABELS
        },
        places=list(places),
        place=np.array(numbers, dtype=np.intp),
    )


def _notes(parts: StoreParts, review: DisagreementReview) -> list[str]:
    """What is not in use any more; the review goes on with the rules that it began with."""
    models = {each.model_version_id for each in parts.models.all()}
    policies = {each.policy_version_id: each for each in parts.policies.all()}
    found = []
    for letter, side in (("A", review.a), ("B", review.b)):
        if side.model_version_id not in models:
            found.append(f"The model version of {letter} is not in the store any more.")
        policy = policies.get(side.policy_version_id or -1)
        if policy is not None and policy.mode is PolicyMode.RETIRED:
            found.append(
                f"The policy {policy.display_name} of {letter} was retired since: answers are "
                "still judged by the rule that the review began with."
            )
    return found


def verdict_counts(paired: PairedHistory) -> dict[tuple[VerdictKind, VerdictKind], int]:
    """How many items there are of each kind of disagreement, looked at or not; none left out."""
    matrix = paired.matrix()
    return {
        (a, b): int(matrix[row, column])
        for row, a in enumerate(KINDS)
        for column, b in enumerate(KINDS)
        if row != column
    }

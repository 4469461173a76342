"""What changed in a trial: verdicts that flip, the labels that moved, and how sure that is."""

import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.domain.record import Record
from core.domain.verdict import VerdictKind
from core.metrics.survey import Estimate, StratumSample, simple_share, stratified
from core.usecases.trial_run import BEFORE, TrialRun, TrialState, score_column, side_name
from core.usecases.trial_sample import ChosenItems, SampleKind

_SEVERITY = {kind.value: place for place, kind in enumerate(VerdictKind)}


class TrialChanges(Record):
    """How one model's verdicts differ from those before."""

    count: int
    """Rows so far."""
    compared: int
    """Those with a verdict before: stored items that the model in use has not scored have none."""
    flips: int
    matrix: dict[tuple[VerdictKind, VerdictKind], int]
    """Rows by verdict before and after."""
    estimate: Estimate | None
    """The share of flips in everything that the sample was drawn from; None: see `why_none`."""
    why_none: str

    @property
    def flip_share(self) -> float | None:
        """Flips among the compared rows, 0..1; None without any."""
        return self.flips / self.compared if self.compared else None


def changed_rows(run: TrialRun, number: int, rows: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows with what changed for the model with this number, flips first.

    Adds before, after (verdicts), is_flip, moved (the label whose score moved most; null without
    a score on both sides) and by (after - before). Larger changes of verdict go first, then larger
    changes of score, then the order in which the items were chosen.
    """
    rows = run.rows if rows is None else rows
    side = side_name(number)
    before, after = pl.col(f"verdict_{BEFORE}"), pl.col(f"verdict_{side}")
    moves = [
        (pl.col(score_column(label, side)) - pl.col(score_column(label, BEFORE))).alias(label.value)
        for label in SCORED_LABELS
    ]
    names = [label.value for label in SCORED_LABELS]
    deltas = rows.select(moves)
    largest = pl.max_horizontal(pl.col(names).abs())
    picked = deltas.select(
        moved=pl.coalesce(
            pl.when((pl.col(name).abs() == largest) & pl.col(name).is_not_null()).then(pl.lit(name))
            for name in names
        ),
        by=pl.coalesce(
            pl.when((pl.col(name).abs() == largest) & pl.col(name).is_not_null()).then(name)
            for name in names
        ),
    )
    steps = (
        after.replace_strict(_SEVERITY, default=None, return_dtype=pl.Int8)
        - before.replace_strict(_SEVERITY, default=None, return_dtype=pl.Int8)
    ).abs()
    return (
        rows.with_columns(picked)
        .with_columns(before=before, after=after, steps=steps.fill_null(0))
        .with_columns(is_flip=pl.col("steps") > 0)
        .sort(
            "steps", pl.col("by").abs().fill_null(0), pl.col("place"),
            descending=[True, True, False], maintain_order=True,
        )
        .drop("steps")
    )  # fmt: skip


def trial_changes(run: TrialRun, number: int) -> TrialChanges:
    """Counts of what changed; an interval where the rows are a random sample that is complete.

    Simple random sample: Wilson. Spread over strata: sum of W_h p_h with a logit interval and
    finite-population correction (Cochran 1977).
    """
    state, rows = run.progress.state, run.rows
    before, after = pl.col(f"verdict_{BEFORE}"), pl.col(f"verdict_{side_name(number)}")
    pairs = rows.filter(before.is_not_null() & after.is_not_null())
    counts = pairs.group_by(before.alias("was"), after.alias("now")).len()
    matrix = {
        (VerdictKind(was), VerdictKind(now)): int(count) for was, now, count in counts.iter_rows()
    }
    flips = sum(count for (was, now), count in matrix.items() if was is not now)
    estimate, why = _estimate(
        pairs.with_columns(flip=before != after), flips, run.plan.sample, state
    )
    return TrialChanges(
        count=rows.height, compared=pairs.height, flips=flips, matrix=matrix,
        estimate=estimate, why_none=why,
    )  # fmt: skip


def _estimate(
    pairs: pl.DataFrame, flips: int, chosen: ChosenItems | None, state: TrialState
) -> tuple[Estimate | None, str]:
    if chosen is None:
        return None, "no interval: picked, not drawn"
    if state is not TrialState.DONE:
        return None, "no interval: not complete"
    if pairs.is_empty():
        return None, "no item had a verdict before"
    if chosen.is_everything:
        return None, "counted: every selected item"
    if chosen.kind is SampleKind.RANDOM:
        return simple_share(flips, pairs.height), ""
    seen = {
        int(number): (int(drawn), int(found))
        for number, drawn, found in pairs.group_by("stratum")
        .agg(pl.len(), pl.col("flip").sum())
        .iter_rows()
    }
    strata = [
        StratumSample(size=part.size, drawn=seen[number][0], positives=seen[number][1])
        for number, part in enumerate(chosen.strata)
        if number in seen
    ]
    return stratified(strata), ""


def moved_words(name: str | None, by: float | None) -> str:
    """The label that moved most, such as "toxicity +0.31"."""
    return "–" if name is None or by is None else f"{Label(name).words.lower()} {by:+.2f}"

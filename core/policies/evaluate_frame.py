"""The rule over a polars frame, with the columns that the store keeps."""

import numpy as np
import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import Place, Rule, ThresholdRule
from core.policies.judge import KINDS, ScoreColumns, cited_of, distance_of, judge, overall_of

#: Columns added by `evaluate_frame`.
VERDICT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "verdict": pl.String,
    "overall": pl.Float64,
    "distance": pl.Float64,
    "reasons": pl.List(pl.String),
}


def evaluate_frame(scores: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """`scores` (one Float column per label, null = not scored) with the verdict columns added.

    A rule with overrides also reads the columns tenant_id and language.
    """
    by_place = isinstance(rule, ThresholdRule) and bool(rule.overrides)
    columns = score_columns(scores, with_places=by_place)
    judged = judge(columns, rule)
    cited = cited_of(columns, rule, judged)
    names = np.array([kind.value for kind in KINDS])
    reasons = pl.select(
        pl.concat_list(
            pl.when(pl.Series(cited[reason])).then(pl.lit(reason.value))
            for reason in Label
            if reason in cited
        ).list.drop_nulls()
    ).to_series()
    return scores.with_columns(
        verdict=pl.Series(names[judged.codes], dtype=pl.String),
        overall=pl.Series(overall_of(columns, rule), nan_to_null=True),
        distance=pl.Series(distance_of(columns, rule), nan_to_null=True),
        reasons=reasons if scores.height else pl.Series([], dtype=pl.List(pl.String)),
    )


def score_columns(frame: pl.DataFrame, *, with_places: bool = False) -> ScoreColumns:
    """The frame's label columns as arrays, and where its rows are from."""
    scores = {
        label: frame[label.value].fill_null(float("nan")).to_numpy()
        for label in SCORED_LABELS
        if label.value in frame.columns
    }
    if not with_places:
        return ScoreColumns(scores=scores)
    pairs = frame.select("tenant_id", "language")
    known = pairs.unique(maintain_order=True)
    place = pairs.join(
        known.with_row_index("place"), on=["tenant_id", "language"], nulls_equal=True,
        how="left", maintain_order="left",
    )["place"]  # fmt: skip
    return ScoreColumns(
        scores=scores,
        places=[Place(tenant=tenant, language=language) for tenant, language in known.rows()],
        place=place.to_numpy().astype(np.intp),
    )

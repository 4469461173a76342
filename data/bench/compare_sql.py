"""The comparison of two model versions as one would type it in DuckDB."""

from core.domain.comparison import ComparedSide
from core.domain.label import SCORED_LABELS
from core.domain.policy import ThresholdRule

_PEOPLE = (
    "SELECT item_id, outcome = 'reject' harmful, reasons FROM decision JOIN (SELECT "
    "max(decision_seq) decision_seq FROM decision WHERE source IN ('human', 'appeal', 'import') "
    "GROUP BY item_id) USING (decision_seq) WHERE outcome IN ('approve', 'reject')"
)
_DESIGN = (
    "SELECT item_id, queue, stratum, inclusion_probability p FROM review_task JOIN "
    "(SELECT min(task_id) task_id FROM review_task GROUP BY item_id) USING (task_id)"
)


def _verdict(side: ComparedSide, scores: str) -> str:
    assert isinstance(side.rule, ThresholdRule)  # noqa: S101  # the bench has no other
    bounds = side.rule.thresholds.items()
    rejects = " OR ".join(
        f"{scores}.{label.value}::DOUBLE > {each.reject_above}"
        for label, each in bounds
        if each.reject_above is not None
    )
    flags = " OR ".join(
        f"{scores}.{label.value}::DOUBLE >= {each.approve_below}" for label, each in bounds
    )
    missing = " OR ".join(f"{scores}.{label.value} IS NULL" for label, _ in bounds)
    return f"CASE WHEN {rejects or 'false'} THEN 2 WHEN {flags} OR {missing} THEN 1 ELSE 0 END"


def statements(a: ComparedSide, b: ComparedSide) -> list[str]:
    """The flip matrix, both sides' mistakes, and each label's AUROC, Brier score and bins."""
    source = (
        "item JOIN score sa ON sa.item_id = item.item_id AND sa.model_version_id = "
        f"{a.model_version_id} JOIN score sb ON sb.item_id = item.item_id AND "
        f"sb.model_version_id = {b.model_version_id}"
    )
    codes = f"{_verdict(a, 'sa')} a, {_verdict(b, 'sb')} b"
    reviewed = (
        f"WITH people AS ({_PEOPLE}), design AS ({_DESIGN}), "  # noqa: S608
        "opened AS (SELECT queue, stratum, p, count(*) tasks FROM design GROUP BY ALL), "
        "done AS (SELECT queue, stratum, p, count(*) decided FROM design JOIN people "
        "USING (item_id) GROUP BY ALL), weighed AS (SELECT item_id, tasks / decided / p w FROM "
        "design JOIN opened USING (queue, stratum, p) JOIN done USING (queue, stratum, p))"
    )
    pairs = ", ".join(
        f"{{'label': '{label.value}', 'y': list_contains(reasons, '{label.value}')::INT, "
        f"'a': sa.{label.value}::DOUBLE, 'b': sb.{label.value}::DOUBLE}}"
        for label in SCORED_LABELS
    )
    long = (
        f"{reviewed}, rows AS (SELECT w, unnest([{pairs}], recursive := true) FROM {source} "  # noqa: S608
        "JOIN people ON people.item_id = item.item_id JOIN weighed ON weighed.item_id = "
        "item.item_id WHERE NOT harmful OR len(reasons) > 0), "
        "long AS MATERIALIZED (SELECT w, label, y, unnest(['a', 'b']) side, unnest([a, b]) s "
        "FROM rows)"
    )
    return [
        f"SELECT {codes}, count(*) FROM {source} GROUP BY ALL",  # noqa: S608
        f"{reviewed} SELECT {codes}, harmful, sum(w), count(*) FROM {source} "  # noqa: S608
        "JOIN people ON people.item_id = item.item_id JOIN weighed ON weighed.item_id = "
        "item.item_id GROUP BY ALL",
        f"{long}, steps AS (SELECT label, side, s, sum(w * y) up, sum(w * (1 - y)) down "  # noqa: S608
        "FROM long GROUP BY ALL), ranked AS (SELECT *, sum(down) OVER (PARTITION BY label, side "
        "ORDER BY s) - down / 2 below FROM steps) SELECT label, side, "
        "sum(up * below) / (sum(up) * sum(down)) FROM ranked GROUP BY ALL",
        f"{long} SELECT label, side, least(floor(s * 10), 9) bin, sum(w), sum(w * s), sum(w * y), "  # noqa: S608
        "sum(w * (s - y) * (s - y)), count(*) FROM long GROUP BY ALL",
    ]

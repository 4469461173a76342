"""Scoring what is unscored: scores, verdicts, automated decisions and review tasks."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from core.domain.content_hash import normalised_texts
from core.domain.decision import Outcome, Source
from core.domain.label import SCORED_LABELS
from core.domain.model_version import ModelVersion
from core.domain.policy import PolicyVersion
from core.domain.record import Record
from core.domain.review_queue import ReviewQueue
from core.domain.review_task import Stratum
from core.domain.verdict import VerdictKind
from core.engine.classifier import Classifier
from core.policies.evaluate_frame import evaluate_frame
from core.policies.priority import priority_terms
from core.policies.routing import route
from core.store.store import StoreParts
from core.usecases.catalogue import in_force
from core.usecases.manage_queues import every_queue
from core.usecases.open_tasks import TASK_SCHEMA
from core.usecases.pace import Pace
from core.usecases.split_traffic import Split, assign, recorded_for, splits_in_force
from core.usecases.workspace import Workspace

#: Called after each batch with (done, total); may raise JobCancelledError.
Progress = Callable[[int, int], None]


class ScoringSummary(Record):
    """What a scoring run wrote."""

    scored_count: int = 0
    approved_count: int = 0
    rejected_count: int = 0
    task_count: int = 0
    kept_by_people_count: int = 0
    """Items on which a person's decision stood: the verdict was recorded and changed nothing."""

    @property
    def sentence(self) -> str:
        """The summary in words."""
        kept = (
            f" People had decided {self.kept_by_people_count:,} before: nothing changed for them."
            if self.kept_by_people_count
            else ""
        )
        return (
            f"Scored {self.scored_count:,}: the policy approved {self.approved_count:,} and "
            f"rejected {self.rejected_count:,}; {self.task_count:,} wait for review.{kept}"
        )

    def plus(self, other: "ScoringSummary") -> "ScoringSummary":
        """The sum of two summaries."""
        mine, theirs = self.model_dump(), other.model_dump()
        return ScoringSummary(**{name: mine[name] + theirs[name] for name in mine})


def score_items(
    space: Workspace,
    classifier: Classifier,
    *,
    model: ModelVersion,
    policy: PolicyVersion,
    progress: Progress,
) -> ScoringSummary:
    """Scores every item that `model` has not scored, one transaction per batch."""
    with space.store.reading() as parts:
        total = parts.items.unscored_count(model.model_version_id)
    summary, after_id, done = ScoringSummary(), 0, 0
    progress(done, total)
    pace = Pace(space.clock)
    while True:
        with space.store.reading() as parts:
            batch = parts.items.unscored(model.model_version_id, after_id, pace.rows)
            if batch.is_empty():
                break
            scored = with_scores(parts, classifier, batch, model)
        with space.store.writing() as parts:
            fresh = still_unscored(parts, scored, model)
            # As it is now: somebody may publish while a long job runs.
            force = in_force(parts, model)
            summary = summary.plus(
                record_scores(
                    space, parts, fresh, model=model, policy=force.policy if force else policy,
                    partly=force.partly_live if force else None,
                    shadows=force.shadows if force else (),
                    splits=splits_in_force(parts, force) if force else (),
                )
            )  # fmt: skip
        after_id = int(batch["item_id"][-1])
        done += batch.height
        progress(done, max(total, done))
        pace.adapt()
    return summary


def still_unscored(parts: StoreParts, scored: pl.DataFrame, model: ModelVersion) -> pl.DataFrame:
    """The rows that no other process recorded scores for meanwhile; none can from here on."""
    parts.serialise(f"scores:{model.model_version_id}")
    done = parts.scores.scored_among(scored["item_id"].to_list(), model.model_version_id)
    return scored.filter(~pl.col("item_id").is_in(done)) if done else scored


def with_scores(
    parts: StoreParts, classifier: Classifier, batch: pl.DataFrame, model: ModelVersion
) -> pl.DataFrame:
    """The batch with a column per label; identical content is scored once."""
    distinct = batch.unique("content_hash", keep="first", maintain_order=True)
    known = parts.scores.by_content(distinct["content_hash"].to_list(), model.model_version_id)
    missing = distinct.join(known, on="content_hash", how="anti", maintain_order="left")
    new = pl.concat(
        [missing.select("content_hash"), score_columns_of(classifier, missing)], how="horizontal"
    )
    scores = pl.concat([new, known.select(new.columns)])
    return batch.join(scores, on="content_hash", how="left", maintain_order="left")


def score_columns_of(classifier: Classifier, texts: pl.DataFrame) -> pl.DataFrame:
    """A column per label (null: not scored) of each row's title and body."""
    # Exactly the text whose hash makes two items the same content.
    values = classifier.score(normalised_texts(texts["title"], texts["body"]).to_list())
    places = {label: place for place, label in enumerate(classifier.labels)}
    return pl.DataFrame(
        {
            label.value: pl.Series(values[:, places[label]], dtype=pl.Float32)
            if label in places
            else pl.Series([None] * texts.height, dtype=pl.Float32)
            for label in SCORED_LABELS
        }
    )


def record_scores(
    space: Workspace,
    parts: StoreParts,
    scored: pl.DataFrame,
    *,
    model: ModelVersion,
    policy: PolicyVersion,
    partly: PolicyVersion | None = None,
    shadows: Sequence[PolicyVersion] = (),
    splits: Sequence[Split] = (),
) -> ScoringSummary:
    """Writes scored items' scores, verdicts, automated decisions and tasks in one transaction.

    `policy` is enforced, but on its share of the items `partly` is, and on the units that an
    enforced experiment treats its treatment is; the verdicts of both and of the `shadows` are
    recorded on all of them, those of treatments on the items of their experiments.
    """
    now = space.clock.now()
    labels = [label.value for label in SCORED_LABELS]
    parts.scores.add_scores(
        scored.select(
            "item_id",
            *labels,
            "content_hash",
            model_version_id=pl.lit(model.model_version_id, dtype=pl.Int64),
            scored_at=pl.lit(now),
        )
    )
    judged = _concluded(parts, scored, policy, now)
    for shadow in shadows:
        _concluded(parts, scored, shadow, now)
    if splits:
        return _enforced_split(space, parts, scored, judged, policy, shadows, splits, now)
    if partly is None:
        return _enforced(space, parts, judged, policy, now)
    mine = pl.Series(uniform_of(scored["item_id"].to_numpy() + partly.policy_version_id))
    by_share = _concluded(parts, scored, partly, now)
    return _enforced(space, parts, by_share.filter(mine < partly.share), partly, now).plus(
        _enforced(space, parts, judged.filter(mine >= partly.share), policy, now)
    )


def _enforced_split(
    space: Workspace,
    parts: StoreParts,
    scored: pl.DataFrame,
    judged: pl.DataFrame,
    policy: PolicyVersion,
    shadows: Sequence[PolicyVersion],
    splits: Sequence[Split],
    now: datetime,
) -> ScoringSummary:
    """What `record_scores` does while experiments run."""
    batches = assign(parts, scored, splits, now)
    in_shadow = {each.policy_version_id for each in shadows}
    for treatment, rows in recorded_for(batches):
        if treatment.policy_version_id not in in_shadow:
            _concluded(parts, scored.filter(pl.Series(rows)), treatment, now)
    summary, left = ScoringSummary(), np.ones(scored.height, dtype=np.bool_)
    for batch in batches:
        # Enforced experiments that run at the same time have no items in common.
        if batch.split.is_enforced:
            treatment = batch.split.treatment
            mine = evaluate_frame(scored.filter(pl.Series(batch.is_treated)), treatment.rule)
            summary = summary.plus(_enforced(space, parts, mine, treatment, now))
            left &= ~batch.is_treated
    return summary.plus(_enforced(space, parts, judged.filter(pl.Series(left)), policy, now))


def _concluded(
    parts: StoreParts, scored: pl.DataFrame, policy: PolicyVersion, now: datetime
) -> pl.DataFrame:
    """The scored items with the policy's verdicts, which are recorded."""
    judged = evaluate_frame(scored, policy.rule)
    parts.scores.add_verdicts(
        judged.select(
            "item_id",
            "verdict",
            "overall",
            "distance",
            "reasons",
            policy_version_id=pl.lit(policy.policy_version_id, dtype=pl.Int64),
            concluded_at=pl.lit(now),
        )
    )
    return judged


def _enforced(
    space: Workspace, parts: StoreParts, judged: pl.DataFrame, policy: PolicyVersion, now: datetime
) -> ScoringSummary:
    """Automated decisions and tasks from verdicts."""
    undecided = judged.filter(~pl.col("has_decision"))
    automated = undecided.filter(pl.col("verdict") != VerdictKind.REVIEW.value)
    parts.decisions.append_frame(_automated_decisions(space, automated, policy, now))
    tasks = _tasks(space, undecided, policy, every_queue(space, parts), now)
    parts.tasks.open(tasks)
    outcomes = automated["verdict"].value_counts().rows()
    counts = {str(kind): int(count) for kind, count in outcomes}
    return ScoringSummary(
        scored_count=judged.height,
        approved_count=counts.get(VerdictKind.APPROVE.value, 0),
        rejected_count=counts.get(VerdictKind.REJECT.value, 0),
        task_count=tasks.height,
        kept_by_people_count=judged.height - undecided.height,
    )


def _automated_decisions(
    space: Workspace, automated: pl.DataFrame, policy: PolicyVersion, now: datetime
) -> pl.DataFrame:
    outcome = pl.col("verdict").replace_strict(
        {
            VerdictKind.APPROVE.value: Outcome.APPROVE.value,
            VerdictKind.REJECT.value: Outcome.REJECT.value,
        }
    )
    is_reject = pl.col("verdict") == VerdictKind.REJECT.value
    return automated.select(
        "item_id",
        "tenant_id",
        decision_seq=pl.Series(space.ids.block(automated.height)),
        decision_id=pl.Series(space.ids.uuid_block(automated.height), dtype=pl.String),
        outcome=outcome,
        standing_outcome=outcome,
        reasons=pl.when(is_reject)
        .then(pl.col("reasons"))
        .otherwise(pl.lit([], dtype=pl.List(pl.String))),
        source=pl.lit(Source.POLICY.value),
        actor=pl.lit(f"policy:{policy.display_name}"),
        policy_version_id=pl.lit(policy.policy_version_id, dtype=pl.Int64),
        decided_at=pl.lit(now),
        effective_at=pl.lit(now),
    )


def _tasks(
    space: Workspace,
    undecided: pl.DataFrame,
    policy: PolicyVersion,
    queues: Sequence[ReviewQueue],
    now: datetime,
) -> pl.DataFrame:
    """Flagged items, and a random slice of the rest of each queue with its probability."""
    taking = [queue for queue in queues if queue.is_active and not queue.is_by_hand]
    routed = route(undecided, taking)
    drawn = routed.with_columns(
        draw=pl.Series(uniform_of(routed["item_id"].to_numpy())),
        is_flagged=pl.col("verdict") == VerdictKind.REVIEW.value,
        **{
            name: pl.col("metadata").str.json_path_match(f"$.{name}").cast(pl.Int64, strict=False)
            .fill_null(0).clip(0)
            for name in ("reports", "views")
        },
    )  # fmt: skip
    met = set(drawn["queue"].unique())
    frames = [
        _tasks_of(drawn.filter(pl.col("queue") == queue.name), policy, queue, now)
        for queue in queues
        if queue.name in met
    ]
    tasks = pl.concat(frames) if frames else pl.DataFrame(schema=TASK_SCHEMA)
    return tasks.sort("item_id").with_columns(task_id=pl.Series(space.ids.block(tasks.height)))


def _tasks_of(
    routed: pl.DataFrame,
    policy: PolicyVersion,
    queue: ReviewQueue,
    now: datetime,
) -> pl.DataFrame:
    share = queue.random_share
    chosen = priority_terms(
        routed.filter(pl.col("is_flagged") | (pl.col("draw") < share)), policy.rule, queue.weights
    )
    # A random item gets a rank spread over the flagged ones': neither first nor never.
    chosen = chosen.with_columns(lottery=pl.col("draw") / share if share else pl.lit(0.0))
    flagged_terms = pl.struct(
        "harm", "uncertainty", reports=pl.col("reports_term"), views=pl.col("views_term")
    )
    terms = (
        pl.when("is_flagged")
        .then(flagged_terms.struct.json_encode())
        .otherwise(pl.struct(random=pl.col("lottery")).struct.json_encode())
    )
    return chosen.select(
        "item_id",
        "tenant_id",
        "language",
        task_id=pl.lit(0, dtype=pl.Int64),
        queue=pl.lit(queue.name),
        round=pl.lit(1, dtype=pl.Int32),
        priority=pl.when("is_flagged").then("priority").otherwise("lottery"),
        terms=terms,
        stratum=pl.when("is_flagged")
        .then(pl.lit(Stratum.FLAGGED.value))
        .otherwise(pl.lit(Stratum.RANDOM.value)),
        inclusion_probability=pl.when("is_flagged").then(1.0).otherwise(share),
        policy_version_id=pl.lit(policy.policy_version_id, dtype=pl.Int64),
        created_at=pl.lit(now),
        due_at=pl.col("ingested_at") + queue.target,
        waiting_since=pl.col("ingested_at"),
        waiting_weight=pl.lit(queue.weights.waiting),
    ).select(TASK_SCHEMA.keys())


def uniform_of(
    ids: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """A reproducible number in [0, 1) for each id: splitmix64 (Steele et al. 2014) of the id."""
    with np.errstate(over="ignore"):
        z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)

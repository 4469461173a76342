"""Filling an empty store with a demonstration."""

import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl

from core.domain.content_hash import content_hashes
from core.domain.decision import Source
from core.domain.verdict import VerdictKind
from core.policies.evaluate_frame import evaluate_frame
from core.store.job_handle import JobHandle
from core.usecases.score_items import ScoringSummary, uniform_of
from data.bootstrap import Workbench
from data.demo.answered_sample import answer_a_sample
from data.demo.corpus import DemoCorpus, generate
from data.demo.outside_scores import add_outside_scores
from data.demo.real_texts import prepared

_KEYS = ["tenant_id", "external_id"]


def is_empty(workbench: Workbench) -> bool:
    """Whether the store has no items yet."""
    with workbench.space.store.reading() as parts:
        return parts.items.newest_id() == 0


def fill_with_corpus(workbench: Workbench, seed: int, job: JobHandle) -> ScoringSummary:
    """Adds the generated corpus with its past decisions, then scores it."""
    job.progress("composing", 0, None)
    corpus = generate(seed, until=workbench.space.clock.now())
    job.progress("writing", 0, corpus.items.height)
    _write(workbench, corpus)
    job.progress("writing", corpus.items.height, corpus.items.height)
    summary = workbench.score(job)
    answer_a_sample(workbench, corpus, seed)
    add_outside_scores(workbench, corpus.truth, seed, job)
    return summary


def _write(workbench: Workbench, corpus: DemoCorpus) -> None:
    space = workbench.space
    items = corpus.items.with_columns(
        language_detected=pl.lit(value=False),
        ingested_at=pl.col("created_at") + timedelta(seconds=20),
        content_hash=content_hashes(corpus.items["title"], corpus.items["body"]),
        import_id=pl.lit(None, dtype=pl.Int64),
    )
    flagged = _flagged(workbench, items)
    with space.store.writing() as parts:
        added = parts.items.add_new(items)
        decisions = corpus.decisions.join(
            added.select(*_KEYS, "item_id"), on=_KEYS, maintain_order="left"
        ).sort("decided_at")
        # What the policy would have flagged and the random slice picked was reviewed long ago:
        # only the last days' work waits.
        in_slice = pl.Series(uniform_of(decisions["item_id"].to_numpy())) < space.rules.random_share
        queued = flagged.select(*_KEYS, is_queued=pl.lit(value=True))
        decisions = decisions.join(queued, on=_KEYS, how="left", maintain_order="left").filter(
            pl.col("is_drawn") | in_slice | pl.col("is_queued")
        )
        parts.decisions.append_frame(
            decisions.select(
                "item_id", "tenant_id", "outcome", "reasons", "note", "handling_seconds",
                "decided_at",
                decision_seq=pl.Series(space.ids.block(decisions.height)),
                decision_id=pl.Series(space.ids.uuid_block(decisions.height)),
                standing_outcome=pl.col("outcome"),
                source=pl.lit(Source.HUMAN.value),
                actor=pl.col("decided_by"),
                effective_at=pl.col("decided_at") + space.rules.undo_window,
            )
        )  # fmt: skip
        parts.audit.append(
            workbench.settings.actor,
            "demo.filled",
            "store",
            {"items": items.height, "decisions": decisions.height},
        )


def _flagged(workbench: Workbench, items: pl.DataFrame) -> pl.DataFrame:
    """The items that the live policy sends to review."""
    classifier = workbench.classifier
    texts = [
        f"{title}\n{body}" if title else body
        for title, body in zip(items["title"], items["body"], strict=True)
    ]
    scores = pl.DataFrame(
        classifier.score(texts), schema=[label.value for label in classifier.labels], orient="row"
    )
    judged = evaluate_frame(scores, workbench.catalogue.policy.rule)
    return items.filter(judged["verdict"] == VerdictKind.REVIEW.value)


def fill_with_real_texts(workbench: Workbench, path: Path, job: JobHandle) -> ScoringSummary:
    """Imports a file of real texts as the Import page would, then scores it."""
    frame = prepared(path, workbench.space.clock.now())
    with tempfile.TemporaryDirectory(prefix="moddesk-demo-") as folder:
        moved = Path(folder) / path.name
        frame.write_parquet(moved)
        workbench.import_file(moved, mapping=[], job=job)
    return workbench.score(job)

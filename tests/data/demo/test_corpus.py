from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from core.domain.item import BODY_MAX, TITLE_MAX
from core.store.job_handle import NoJob
from data.bootstrap import open_workbench, read_settings
from data.demo.corpus import LANGUAGES, TENANTS, generate
from data.demo.fill import fill_with_corpus, fill_with_real_texts, is_empty
from data.demo.outside_scores import DEMONSTRATION
from data.demo.reviewers import REVIEWERS
from data.imports.language import detect_languages
from tests.builders import FixedClock

UNTIL = datetime(2026, 5, 4, 12, tzinfo=UTC)
REAL = Path(__file__).parents[4] / "shared" / "datasets" / "demo_items.parquet"


@pytest.fixture(scope="module")
def corpus():  # type: ignore[no-untyped-def]  # a DemoCorpus
    return generate(1, until=UNTIL)


def test_the_same_seed_gives_the_same_corpus(corpus) -> None:  # type: ignore[no-untyped-def]  # fixture
    again = generate(1, until=UNTIL)
    assert again.items.equals(corpus.items)
    assert again.decisions.equals(corpus.decisions)
    assert not generate(2, until=UNTIL).items["body"].equals(corpus.items["body"])


def test_the_corpus_is_as_promised(corpus) -> None:  # type: ignore[no-untyped-def]  # fixture
    items = corpus.items
    assert items.height >= 5_000
    assert set(items["tenant_id"]) == {name for name, *_ in TENANTS}
    assert set(items["language"]) == set(LANGUAGES)
    assert items["created_at"].max() <= UNTIL
    assert (UNTIL - items["created_at"].min()).days in (89, 90)
    assert 0.08 < corpus.truth["violates"].mean() < 0.25
    assert items["body"].n_unique() > 0.85 * items.height
    assert items["body"].str.len_chars().is_between(1, BODY_MAX).all()
    assert items["title"].str.len_chars().fill_null(0).max() <= TITLE_MAX


def test_reviewers_decide_after_the_item_exists_and_differ(corpus) -> None:  # type: ignore[no-untyped-def]  # fixture
    joined = corpus.decisions.join(corpus.items, on=["tenant_id", "external_id"])
    assert (joined["decided_at"] > joined["created_at"]).all()
    assert set(joined["decided_by"]) == {reviewer.name for reviewer in REVIEWERS}
    truth = corpus.decisions.join(corpus.truth, on=["tenant_id", "external_id"])
    missed = (
        truth.filter("violates").group_by("decided_by")
        .agg((pl.col("outcome") == "approve").mean().alias("missed"))
    )  # fmt: skip
    rates = dict(missed.rows())
    assert rates["elif"] < rates["bo"]


def test_texts_are_in_the_language_they_claim(corpus) -> None:  # type: ignore[no-untyped-def]  # fixture
    long = corpus.items.filter(pl.col("body").str.len_chars() > 80).group_by("language").head(60)
    guessed = detect_languages(long["body"])
    known = guessed.is_not_null()
    agrees = (guessed == long["language"]).filter(known)
    assert agrees.mean() > 0.85


def test_a_demonstration_store_has_history_and_recent_work(tmp_path: Path) -> None:
    settings = read_settings(database_url=f"duckdb:///{tmp_path}/demo.duckdb")
    with open_workbench(settings, FixedClock()) as workbench:
        assert is_empty(workbench)
        summary = fill_with_corpus(workbench, 1, NoJob())
        assert not is_empty(workbench)
        with workbench.space.store.reading() as parts:
            waiting = parts.analytics.waiting(workbench.space.clock.now(), None)
            outside = parts.models.all()[-1]
            assert (outside.display_name, outside.kind) == (DEMONSTRATION.display_name, "external")
            assert parts.scores.counts()[outside.model_version_id] == 6_006
    assert summary.kept_by_people_count > 3_000
    assert 20 < int(waiting["waiting"].sum()) < 600


@pytest.mark.skipif(not REAL.exists(), reason="the shared data sets are not beside the project")
def test_real_texts_make_a_demonstration(tmp_path: Path) -> None:
    settings = read_settings(database_url=f"duckdb:///{tmp_path}/real.duckdb")
    with open_workbench(settings) as workbench:
        summary = fill_with_real_texts(workbench, REAL, NoJob())
    assert summary.scored_count == 4_115
    assert 1_500 < summary.kept_by_people_count < 3_000

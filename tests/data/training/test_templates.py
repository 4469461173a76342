import polars as pl

from core.domain.label import SCORED_LABELS
from data.training.templates import template_rows

ROWS = template_rows()


def test_the_same_seed_makes_the_same_rows() -> None:
    assert template_rows().equals(ROWS)
    assert not template_rows(seed=1).equals(ROWS)


def test_a_wording_is_on_one_side_of_the_split_only() -> None:
    sides = ROWS.group_by("group").agg(pl.col("split").n_unique())
    assert sides["split"].max() == 1
    assert 0.1 < (ROWS["split"] == "dev").mean() < 0.25


def test_no_slot_is_left_open_and_no_text_occurs_twice() -> None:
    assert not ROWS["text"].str.contains(r"[{}]").any()
    assert ROWS["text"].is_unique().all()


def test_harmless_rows_know_it_of_every_harm() -> None:
    harms = [label.value for label in SCORED_LABELS if label.value != "sentiment"]
    harmful = ROWS.select(pl.max_horizontal(harms)).to_series()
    assert (harmful == 0).sum() > 2_500
    assert (harmful == 1).sum() > 1_500
    known = ROWS.filter(harmful == 0).select(pl.all_horizontal(pl.col(harms) == 0)).to_series()
    assert known.all() or ROWS.filter(harmful == 0)["source"].str.contains("trades").any()


def test_naming_a_group_says_nothing_by_itself() -> None:
    hateful = ROWS.filter(pl.col("hate_speech") == 1)["text"].str.to_lowercase()
    fine = ROWS.filter(pl.col("hate_speech") == 0)["text"].str.to_lowercase()
    for group in ("muslims", "jews", "gay people", "women", "refugees", "christians"):
        bad, good = hateful.str.contains(group).sum(), fine.str.contains(group).sum()
        assert 1 / 3 < bad / good < 3, group


def test_there_are_long_posts_of_both_kinds() -> None:
    long = ROWS.filter(pl.col("text").str.split(" ").list.len() > 80)
    assert (long["source"] == "templates:long_harmless").sum() > 300
    assert (long["source"] == "templates:long_harmful").sum() > 150

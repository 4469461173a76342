"""Labelled rows whose licence lets us ship what is trained on them."""

import hashlib
from pathlib import Path

import polars as pl

from core.domain.label import SCORED_LABELS
from core.errors import UnreadableFileError
from data.training.templates import template_rows

FILES = ("train.parquet", "openai_moderation_half.parquet")
#: Sources without tier A whose authors released them without restrictions.
_ALSO_ALLOWED = ("tweeteval_offensive", "tweeteval_sentiment")
#: Sources in which spam hardly occurs.
_NO_SPAM = ("vader", "toxic_spans", "stormfront", "paradetox", "davidson")
#: No source may dominate: at most so many rows of each train.
_CAP = 12_000
#: At most so many rows of each train the sentence heads, whose features cost a forward pass.
_SENTENCE_CAP = 3_000
_HELD_OUT_CAP = 1_000
_UNSEEN_CAP = 600
#: Our own sentences are few beside the tweets: each counts so often.
_TEMPLATE_WEIGHT = 2
TEMPLATES = "templates:"
_LABELS = [label.value for label in SCORED_LABELS]


def licensed_rows(folder: Path) -> pl.DataFrame:
    """id, text, source, licence, split, group, tone (-1 negative, 0, 1) and a 0/1 column a label.

    null = unknown. Rows of one group never stand on both sides of the split.
    """
    try:
        bundle, moderation = (pl.read_parquet(folder / name) for name in FILES)
    except OSError as error:
        raise UnreadableFileError(f"The training data is not in {folder}: {error}") from error
    allowed = bundle.filter((pl.col("tier") == "A") | pl.col("source").is_in(_ALSO_ALLOWED))
    return pl.concat([_of_bundle(allowed), _of_moderation(moderation), _of_templates()])


def _of_bundle(bundle: pl.DataFrame) -> pl.DataFrame:
    offensive_not_hate = (
        (pl.col("source") == "davidson") & (pl.col("toxicity") == 1) & (pl.col("hate_speech") == 0)
    )
    source = pl.col("source")
    is_prose = (source == "vader") & (pl.col("text").str.len_chars() > 120)
    is_ham = (source == "sms_spam") & (pl.col("spam") == 0)
    rows = bundle.with_columns(
        # What annotators called offensive but not hateful says nothing reliable about hate.
        hate_speech=pl.when(offensive_not_hate)
        .then(None)
        .when(is_prose | is_ham)
        .then(0)
        .otherwise(pl.col("hate_speech")),
        # Reviews and news prose are weak negatives: tweets alone make long posts look bad.
        toxicity=pl.when(is_prose).then(0).otherwise(pl.col("toxicity")),
        violence=pl.when(is_prose | is_ham).then(0).otherwise(pl.col("violence")),
        adult_content=pl.when(is_prose | is_ham).then(0).otherwise(pl.col("adult_content")),
        # So are news comments and forum posts for spam, of which text messages alone say little.
        spam=pl.when(source.is_in(_NO_SPAM)).then(0).otherwise(pl.col("spam")),
        sentiment=(pl.col("sentiment") == -1).cast(pl.Int64),
        tone=pl.col("sentiment"),
        # One side of paradetox is lower-case and tokenised: a model would learn the format.
        text=pl.when(pl.col("source") == "paradetox")
        .then(pl.col("text").str.to_lowercase().str.replace_all(r"\s+([.,!?;:'])", "$1"))
        .otherwise(pl.col("text")),
    )
    return _shaped(rows)


def _of_moderation(rows: pl.DataFrame) -> pl.DataFrame:
    return _shaped(
        rows.with_columns(
            source=pl.lit("openai_moderation"),
            licence=pl.lit("MIT"),
            adult_content=pl.col("sexual"),
            hate_speech=pl.col("hate"),
            violence=pl.max_horizontal("violence", "violence_graphic"),
            toxicity=pl.max_horizontal("harassment", "hate"),
            spam=pl.when(pl.col("sexual") == 1).then(None).otherwise(0),
            sentiment=pl.lit(None, dtype=pl.Int64),
            tone=pl.lit(None, dtype=pl.Int64),
            group=pl.col("id"),
            # The bundle has no held-out part of these: every fifth row by its id's digest.
            split=pl.Series(["dev" if _digit(each) % 5 == 0 else "train" for each in rows["id"]]),
        )
    )


def _of_templates() -> pl.DataFrame:
    rows = template_rows()
    return _shaped(rows.with_columns(tone=pl.when(pl.col("sentiment") == 1).then(-1)))


def _digit(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "id",
        "text",
        "source",
        "licence",
        "split",
        pl.col("group").cast(pl.String),
        pl.col("tone").cast(pl.Int8),
        *(pl.col(label).cast(pl.Int8) for label in _LABELS),
    )


def unseen_rows(folder: Path) -> pl.DataFrame:
    """Rows of sources that nothing is trained on: what a new platform looks like."""
    bundle = pl.read_parquet(folder / FILES[0])
    allowed = (pl.col("tier") == "A") | pl.col("source").is_in(_ALSO_ALLOWED)
    rows = bundle.filter(~allowed, pl.any_horizontal(pl.col(_LABELS).is_not_null()))
    return _capped(_of_bundle(rows), _UNSEEN_CAP, 0)


def training_part(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The rows to train on, with dominant sources cut down at random."""
    part = _capped(rows.filter(pl.col("split") == "train"), _CAP, seed)
    ours = part.filter(pl.col("source").str.starts_with(TEMPLATES))
    return pl.concat([part, *[ours] * (_TEMPLATE_WEIGHT - 1)])


def sentence_part(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """A smaller selection of training rows, for the heads on the backbone."""
    ours = pl.col("source").str.starts_with(TEMPLATES)
    # Every template counts as often as in `rows`; equal texts are encoded once.
    return pl.concat([_capped(rows.filter(~ours), _SENTENCE_CAP, seed), rows.filter(ours)])


def _capped(rows: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    family = pl.col("source").str.split(":").list.first().alias("family")
    return pl.concat(
        [
            group.sample(min(most, group.height), seed=seed, shuffle=True)
            for _, group in sorted(rows.group_by(family), key=lambda pair: str(pair[0]))
        ]
    )


def held_out_part(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows nothing is trained on, from each source at most as many as measuring needs."""
    return _capped(rows.filter(pl.col("split") == "dev"), _HELD_OUT_CAP, 0)

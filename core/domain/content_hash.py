"""What makes two items the same content."""

import hashlib

import polars as pl


def normalise_text(title: str | None, body: str) -> str:
    """Title and body as one text with white space collapsed and canonical composition (NFC)."""
    return str(normalised_texts(pl.Series([title], dtype=pl.String), pl.Series([body]))[0])


def content_hash(title: str | None, body: str) -> bytes:
    """SHA-256 of the normalised text."""
    return hashlib.sha256(normalise_text(title, body).encode()).digest()


def normalised_texts(titles: pl.Series, bodies: pl.Series) -> pl.Series:
    """`normalise_text` for whole columns."""
    frame = pl.DataFrame({"title": titles, "body": bodies})
    joined = pl.concat_str(pl.col("title").fill_null(""), pl.lit("\n"), pl.col("body"))
    return frame.select(
        text=joined.str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars()
    )["text"]


def content_hashes(titles: pl.Series, bodies: pl.Series) -> pl.Series:
    """`content_hash` for whole columns: 32 bytes each."""
    sha256 = hashlib.sha256
    digests = [sha256(text.encode()).digest() for text in normalised_texts(titles, bodies)]
    return pl.Series("content_hash", digests, dtype=pl.Binary)

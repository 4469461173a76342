"""Dates as files write them; what is ambiguous is refused and never guessed."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import polars as pl

_TIME = pl.Datetime("us", "UTC")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|z|[+-]\d{2}:?\d{2})?$"


def instants(texts: pl.Series) -> pl.Series:
    """UTC instants of ISO dates and times, epoch seconds or milliseconds, RFC 2822 and DD.MM.YYYY.

    Null where the text is none of these; `03/04/2026` is null too: it has two meanings. A time
    without a zone is UTC.
    """
    text = pl.col("t").str.strip_chars()
    parsed = pl.DataFrame({"t": texts}, schema={"t": pl.String}).select(
        t=text,
        iso=pl.when(text.str.contains(_ISO)).then(_iso(text)),
        day=_midnight(text, "%Y-%m-%d"),
        epoch=_epoch(text),
        dotted=pl.coalesce(
            text.str.to_datetime("%d.%m.%Y %H:%M", strict=False, time_unit="us"),
            text.str.to_date("%d.%m.%Y", strict=False).cast(pl.Datetime("us")),
        ).dt.replace_time_zone("UTC"),
    )  # fmt: skip
    found = parsed.select("t", instant=pl.coalesce("iso", "day", "epoch", "dotted").cast(_TIME))
    left = found.filter(pl.col("t").is_not_null() & pl.col("instant").is_null())["t"].unique()
    if left.len():
        mails = {text: when for text in left if (when := _mail_date(text)) is not None}
        if mails:
            extra = pl.DataFrame(
                {"t": list(mails), "mail": list(mails.values())},
                schema={"t": pl.String, "mail": _TIME},
            )
            found = found.join(extra, on="t", how="left", maintain_order="left").select(
                instant=pl.coalesce("instant", "mail")
            )
    instant = pl.col("instant")
    return found.select(
        pl.when(instant.is_between(_EARLIEST, _LATEST)).then(instant).alias("instant")
    )["instant"]


def _iso(text: pl.Expr) -> pl.Expr:
    """ISO 8601 with T or a space, seconds and zone optional, all brought to one shape."""
    full = (
        text.str.replace(" ", "T", literal=True)
        .str.replace(r"[zZ]$", "+0000")
        .str.replace(r"([+-]\d{2}):(\d{2})$", "$1$2")
        .str.replace(r"^(.{16})($|[+-])", "${1}:00$2")
        .str.replace(r"^(.{19}(?:\.\d+)?)$", "${1}+0000")
    )
    return full.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="us"
    ).dt.convert_time_zone("UTC")


def _midnight(text: pl.Expr, pattern: str) -> pl.Expr:
    day = text.str.to_date(pattern, strict=False)
    return day.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _epoch(text: pl.Expr) -> pl.Expr:
    number = pl.when(text.str.contains(r"^\d{9,13}(?:\.\d+)?$")).then(
        text.cast(pl.Float64, strict=False)
    )
    micros = pl.when(number >= 1e11).then(number * 1e3).otherwise(number * 1e6)
    return micros.cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _mail_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)

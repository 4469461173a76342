"""Keeps spreadsheet programs from running exported text as a formula."""

import polars as pl

#: A cell that starts so is run as a formula by spreadsheet programs (OWASP "CSV Injection"),
#: also behind white space or control characters and in full-width form.
_RISKY = r"^[\s\p{Cc}\p{Cf}]*[=+\-@\t\r\n＝＋－＠]"


def guard_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists joined by ; and every risky text cell prefixed with an apostrophe."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    flat = frame.with_columns(
        pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(";") for name in lists
    )
    texts = [name for name, kind in flat.schema.items() if kind == pl.String]
    return flat.with_columns(
        pl.when(pl.col(name).str.contains(_RISKY))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )

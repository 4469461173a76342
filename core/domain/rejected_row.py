"""Rows of an import that were left out, and why."""

import polars as pl

#: One row per problem: a row of the file may have several.
REJECTED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.Int64,
    "field": pl.String,
    "problem": pl.String,
    "excerpt": pl.String,
}

EXCERPT_LENGTH = 60


def rejected_frame(rows: list[tuple[int, str, str, str | None]]) -> pl.DataFrame:
    """The problems as a frame; control characters in excerpts are escaped."""
    return pl.DataFrame(
        [(row, field, problem, _printable(excerpt)) for row, field, problem, excerpt in rows],
        schema=REJECTED_SCHEMA,
        orient="row",
    )


def excerpt_of(column: pl.Expr) -> pl.Expr:
    """The beginning of a column's cells as text; characters that do not show are dots."""
    return (
        column.cast(pl.String).str.slice(0, EXCERPT_LENGTH).str.replace_all(r"[\p{Cc}\p{Cf}]", "·")
    )


def _printable(text: str | None) -> str | None:
    if text is None:
        return None
    cut = text[:EXCERPT_LENGTH]
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in cut)

"""Numbers of a report, each with what it rests on, and tables of two periods side by side."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.report_content import Figure, Unit
from core.metrics.intervals import Interval
from core.metrics.quantiles import difference, mean, quantile
from core.metrics.survey import Estimate, simple_share

#: What is said of numbers that count everything.
COUNTED = "counted in full: no sampling error"


def counted(key: str, name: str, value: float, unit: Unit = Unit.COUNT) -> Figure:
    """A number of which everything was counted."""
    return Figure(key=key, name=name, unit=unit, value=float(value), basis=COUNTED)


def share_counted(key: str, name: str, part: float, whole: float) -> Figure:
    """A share of which both numbers were counted in full."""
    if not whole:
        return unknown(key, name, Unit.SHARE, "nothing to take a share of")
    return Figure(
        key=key, name=name, unit=Unit.SHARE, value=part / whole, n=float(whole), basis=COUNTED
    )


def share(key: str, name: str, part: float, whole: float, *, why: str) -> Figure:
    """A share of cases that stand for what else might have happened, with Wilson's interval."""
    return estimated(key, name, simple_share(part, whole), why=why)


def estimated(key: str, name: str, found: Estimate, *, why: str) -> Figure:
    """A share with its interval; `why` says what is missing when it is not known."""
    if found.value is None:
        return unknown(key, name, Unit.SHARE, why)
    return Figure(
        key=key, name=name, unit=Unit.SHARE, value=found.value, low=found.interval.low,
        high=found.interval.high, n=found.count,
        basis=f"95 % interval, {found.method or 'Wilson or Korn and Graubard'}",
    )  # fmt: skip


def unknown(key: str, name: str, unit: Unit, why: str) -> Figure:
    """A number that is not known, and why."""
    return Figure(key=key, name=name, unit=unit, value=None, basis=f"not known: {why}")


def seconds(
    key: str, name: str, values: npt.NDArray[np.float64], *, at: float | None = None
) -> Figure:
    """The quantile `at` of seconds, or their mean, with its interval."""
    sample = pl.Series(values, dtype=pl.Float64).drop_nulls().to_numpy()
    if not sample.size:
        return unknown(key, name, Unit.SECONDS, "no handling time was measured")
    found, interval = mean(sample) if at is None else quantile(sample, at)
    basis = "95 % interval, Student's t" if at is None else "95 % interval, order statistics"
    if interval is None:
        basis = f"no interval: {sample.size:,} measured times are too few for one"
    return Figure(
        key=key, name=name, unit=Unit.SECONDS, value=found,
        low=interval.low if interval else None, high=interval.high if interval else None,
        n=float(sample.size), basis=basis,
    )  # fmt: skip


def figure_frame(figures: Sequence[Figure], earlier: Sequence[Figure]) -> pl.DataFrame:
    """The numbers as rows; with `earlier`, the period before and the difference beside each."""
    known = {each.key: each for each in earlier}
    rows = [_row(each, known.get(each.key)) for each in figures]
    schema = dict.fromkeys(("key", "number", "unit"), pl.String) | dict.fromkeys(
        ("value", "low", "high", "n"), pl.Float64
    )
    schema |= {"basis": pl.String}
    schema |= dict.fromkeys(
        (
            "before", "before_low", "before_high", "before_n", "difference", "difference_low",
            "difference_high",
        ),
        pl.Float64,
    )  # fmt: skip
    schema |= {"difference_basis": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame if earlier else frame.select(list(schema)[:8])


def _row(now: Figure, was: Figure | None) -> tuple[str | float | None, ...]:
    head = now.key, now.name, now.unit.value, now.value, now.low, now.high, now.n, now.basis
    if was is None:
        return (*head, *[None] * 7, "the period before has no such number")
    before = was.value, was.low, was.high, was.n
    return (*head, *before, *difference_of(now, was))


def difference_of(now: Figure, was: Figure) -> tuple[float | None, float | None, float | None, str]:
    """(difference, low, high, basis) of a number against the period before."""
    if now.value is None or was.value is None:
        return None, None, None, "not known: one of the two is not"
    found = now.value - was.value
    first, second = _interval(now), _interval(was)
    if first is None or second is None:
        both = COUNTED if now.basis == was.basis == COUNTED else "no interval: one has none"
        return found, None, None, both
    ends = difference(now.value, first, was.value, second)
    return found, ends.low, ends.high, "95 % interval, Zou and Donner"


def _interval(found: Figure) -> Interval | None:
    if found.low is None or found.high is None:
        return None
    return Interval(low=found.low, high=found.high)

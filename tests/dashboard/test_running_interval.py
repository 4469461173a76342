"""The chart of a difference that becomes known answer by answer."""

import polars as pl

from dashboard.charts.running_interval import running_interval


def _points(*rows: tuple[float, float, float, float, float, float]) -> pl.DataFrame:
    names = ["answers", "difference", "low", "high", "fixed_low", "fixed_high"]
    return pl.DataFrame(list(rows), schema=names, orient="row")


def test_the_axis_fits_what_comes_after_the_first_answers() -> None:
    found = _points(
        (1, 0, -900, 900, -900, 900), (30, -3, -20, 14, -10, 4), (60, -5, -12, 2, -9, -1)
    )
    figure = running_interval(found, from_answer=20)
    low, high = figure.layout.yaxis.range
    assert low == -high
    assert 20 <= high < 30
    band, *fixed, line = figure.data
    assert list(band.y) == [900, 14, 2, -12, -20, -900]
    assert [list(each.y) for each in fixed] == [[-900, -10, -9], [900, 4, -1]]
    assert list(line.x) == [1, 30, 60]


def test_one_answer_is_drawn_as_a_point() -> None:
    figure = running_interval(_points((1, 0, -9, 9, -9, 9)), from_answer=20)
    assert figure.data[-1].mode == "lines+markers"
    assert figure.layout.yaxis.range[1] > 9

"""What an interval allows one to say."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiments.verdict import Conclusion, conclude


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.02, 0.05, Conclusion.BETTER),
        (-0.05, -0.02, Conclusion.WORSE),
        (-0.01, 0.05, Conclusion.NO_EVIDENCE),
        (-0.009, 0.009, Conclusion.NO_DIFFERENCE),
        # Certain, and too small to matter.
        (0.001, 0.005, Conclusion.NO_DIFFERENCE),
        (0.001, 0.05, Conclusion.BETTER),
        (0.0, 0.05, Conclusion.NO_EVIDENCE),
        (0.0, 0.0, Conclusion.NO_DIFFERENCE),
        (None, None, Conclusion.NO_EVIDENCE),
        (nan, 0.1, Conclusion.NO_EVIDENCE),
        (-float("inf"), float("inf"), Conclusion.NO_EVIDENCE),
    ],
)
def test_conclusions(low: float | None, high: float | None, expected: Conclusion) -> None:
    assert conclude(low, high, margin=0.01) is expected


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 0.2))
def test_swapping_arms_swaps_better_and_worse(low: float, width: float, margin: float) -> None:
    turned = {Conclusion.BETTER: Conclusion.WORSE, Conclusion.WORSE: Conclusion.BETTER}
    found = conclude(low, low + width, margin=margin)
    other = conclude(-low - width, -low, margin=margin)
    assert other is turned.get(found, found)

"""What a comparison may be said to show, as a function of numbers."""

import pytest

from core.experiments.comparison_numbers import (
    ComparisonKind,
    ComparisonNumbers,
    PartDifference,
    WorstSlice,
)
from core.experiments.comparison_verdict import comparison_verdict

#: B makes 20 mistakes fewer per 1,000 items, and asks for as many reviews.
BETTER = ComparisonNumbers(
    items=10_000, flips=700, reviews=2_000, is_weighted=True, mistakes_a=0.06, mistakes_b=0.04,
    low=-0.03, high=-0.01, only_a_wrong=90, only_b_wrong=40, volume_a=100, volume_b=101,
)  # fmt: skip


def _with(**facts: object) -> ComparisonNumbers:
    return BETTER.model_copy(update=facts)


def _turned(numbers: ComparisonNumbers) -> ComparisonNumbers:
    return numbers.model_copy(
        update={
            "mistakes_a": numbers.mistakes_b, "mistakes_b": numbers.mistakes_a,
            "low": -(numbers.high or 0), "high": -(numbers.low or 0),
            "volume_a": numbers.volume_b, "volume_b": numbers.volume_a,
            "only_a_wrong": numbers.only_b_wrong, "only_b_wrong": numbers.only_a_wrong,
        }
    )  # fmt: skip


def test_fewer_mistakes_and_no_more_reviews_are_better() -> None:
    found = comparison_verdict(BETTER)
    assert found.kind is ComparisonKind.BETTER
    assert found.headline == "B is better than A: fewer mistakes, with about as many reviews."
    assert "B makes 40.0 mistakes without a person, A 60.0: −20.0" in found.text
    assert "(95 % interval −30.0 to −10.0)" in found.text
    assert "B sends 101 items a day to review, A 100." in found.text
    assert "This rests on 2,000 reviews of the 10,000 items that both scored" in found.text


@pytest.mark.parametrize(
    ("facts", "kind", "turned"),
    [
        ({}, ComparisonKind.BETTER, ComparisonKind.WORSE),
        ({"volume_b": 40}, ComparisonKind.BETTER, ComparisonKind.WORSE),
        ({"volume_b": 140}, ComparisonKind.TRADE_OFF, ComparisonKind.TRADE_OFF),
        ({"low": -0.05, "high": 0.01}, ComparisonKind.NO_EVIDENCE, ComparisonKind.NO_EVIDENCE),
        ({"low": -0.004, "high": 0.001}, ComparisonKind.EQUIVALENT, ComparisonKind.EQUIVALENT),
        ({"low": -0.004, "high": -0.001}, ComparisonKind.EQUIVALENT, ComparisonKind.EQUIVALENT),
        ({"is_weighted": False}, ComparisonKind.REVIEWED_ONLY, ComparisonKind.REVIEWED_ONLY),
        ({"reviews": 0}, ComparisonKind.NO_REVIEWS, ComparisonKind.NO_REVIEWS),
        ({"items": 0}, ComparisonKind.NOTHING, ComparisonKind.NOTHING),
        ({"is_same": True}, ComparisonKind.SAME, ComparisonKind.SAME),
        ({"low": None, "high": None}, ComparisonKind.NO_EVIDENCE, None),
    ],
)
def test_every_case_and_the_same_seen_from_the_other_side(
    facts: dict[str, object], kind: ComparisonKind, turned: ComparisonKind | None
) -> None:
    numbers = _with(**facts)
    assert comparison_verdict(numbers).kind is kind
    if turned is not None:
        assert comparison_verdict(_turned(numbers)).kind is turned


def test_a_trade_off_is_called_one_whichever_way_it_goes() -> None:
    more = _with(volume_b=140)
    assert "fewer mistakes than A and asks for more reviews" in comparison_verdict(more).headline
    fewer = comparison_verdict(_turned(more)).headline
    assert "more mistakes than A and asks for fewer reviews" in fewer


def test_selected_reviews_name_no_winner_and_say_what_to_do() -> None:
    found = comparison_verdict(_with(is_weighted=False))
    assert found.headline.startswith("On the 2,000 reviewed items only, B makes fewer mistakes")
    assert "no verdict on all items" in found.headline
    assert "better" not in found.text
    assert "Plan a sample" in found.text
    assert "Only A is wrong on 90 of them, only B on 40." in found.text
    even = comparison_verdict(_with(is_weighted=False, only_a_wrong=5, only_b_wrong=5))
    assert "make equally many mistakes" in even.headline


def test_no_evidence_says_how_many_reviews_would_settle_it() -> None:
    unsure = _with(low=-0.05, high=0.01, more_reviews=1_234)
    assert "about 1,200 more reviews would settle it" in comparison_verdict(unsure).text
    never = _with(low=-0.05, high=0.01, more_reviews=None)
    assert "nobody can say how many reviews" in comparison_verdict(never).text
    far = _with(low=-0.05, high=0.01, more_reviews=10**7)
    assert "more than 100,000 further reviews" in comparison_verdict(far).text


def test_a_winner_among_many_candidates_must_survive_the_correction() -> None:
    lucky = comparison_verdict(_with(corrected_p=0.2, candidates=5))
    assert lucky.kind is ComparisonKind.NO_EVIDENCE
    assert "not after correcting for 5 candidates (p = .200)" in lucky.text
    sure = comparison_verdict(_with(corrected_p=0.01, candidates=5))
    assert sure.kind is ComparisonKind.BETTER


def test_a_part_where_b_is_worse_is_warned_of() -> None:
    worst = WorstSlice(name="language es", difference=0.012, corrected_p=0.01, reviews=40)
    found = comparison_verdict(_with(worst=worst))
    assert found.kind is ComparisonKind.BETTER
    assert found.warning == (
        "In language es B makes more mistakes than A: +12.0 per 1,000 items (corrected p = .010, "
        "40 reviews)."
    )


def test_kinds_of_mistakes_that_cancel_out_are_named() -> None:
    parts = _with(
        low=-0.05, high=0.01,
        missed=PartDifference(difference=-0.03, low=-0.04, high=-0.02),
        removed=PartDifference(difference=0.01, low=0.005, high=0.02),
    )  # fmt: skip
    text = comparison_verdict(parts).text
    assert "Of these, B leaves less harm up (−30.0) and removes more wrongly (+10.0)." in text
    unclear = PartDifference(difference=0.01, low=-0.005, high=0.02)
    assert "Of these" not in comparison_verdict(_with(removed=unclear)).text


def test_the_margin_is_the_readers() -> None:
    wide = _with(margin=0.05)
    found = comparison_verdict(wide)
    assert found.kind is ComparisonKind.EQUIVALENT
    assert "within 50.0 per 1,000 items" in found.headline

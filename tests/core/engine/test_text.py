"""Reading through disguises, with the way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.text import LONGEST, for_encoder, normalise


@pytest.mark.parametrize(
    "disguised",
    [
        "ｓｃａｍ", "𝐬𝐜𝐚𝐦", "ѕсам", "sсam", "scαm", "s\u200bc\u200bam", "s\u00adcam", "ṡçàṁ",
        "ⓢⓒⓐⓜ", "🆂🅲🅰🅼", "5c4m", "$c@m", "s.c.a.m", "s c a m", "SCAM",
    ],
)  # fmt: skip
def test_a_disguised_word_is_read(disguised: str) -> None:
    assert normalise(f"one {disguised} here").text == "one scam here"


@pytest.mark.parametrize(
    "plain",
    ["привет мир", "сам там как", "meet at 5pm", "the 1st of 100k", "straße", "@b0b said so"],
)
def test_honest_words_stay(plain: str) -> None:
    assert normalise(plain).text == plain


def test_the_encoder_reads_emoji_as_words_and_short_links() -> None:
    found = for_encoder("You 🐍 @joe see https://a.b/c?d=1 👍🏽")
    assert found.text.split() == ["you", "snake", "@user", "see", "http", "thumbs", "up", "sign"]


@given(st.text(max_size=200))
def test_every_character_leads_back(text: str) -> None:
    for read in (normalise(text), for_encoder(text)):
        assert len(read.text) == len(read.offsets)
        assert all(0 <= place < len(text) for place in read.offsets)
        assert list(read.offsets) == sorted(read.offsets)


def test_endless_texts_are_cut() -> None:
    assert len(normalise("x y " * 100_000).text) <= LONGEST
    assert len(for_encoder("😀" * 100_000).text) <= LONGEST

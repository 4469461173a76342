import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.label import SCORED_LABELS, Label
from core.engine.classifiers.linear import WEIGHTS_FILE, LinearClassifier
from core.engine.highlight import segments
from core.engine.registry import Registry
from core.engine.text import normalise
from core.errors import ModelError, UnknownModelError

REGISTRY = Registry()
LEXICAL = "lexical-1"
WEIGHTS = Path(sys.modules["core.engine.registry"].__file__ or "").parent / "weights"
HOSTILE = [
    "", " ", "\x00", "a\x00b", "\ud800 lone", "\u202egpj.exe", "😀" * 10_000, "x" * 1_000_000,
    "a " * 500_000, "i.d.i.o.t", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\u200b" * 5_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> LinearClassifier:
    loaded = REGISTRY.get(LEXICAL)
    assert isinstance(loaded, LinearClassifier)
    return loaded


def _score(model: LinearClassifier, text: str, label: Label) -> float:
    return float(model.score([text])[0, SCORED_LABELS.index(label)])


@pytest.mark.parametrize(
    ("bad", "fine", "label"),
    [
        ("You are a stupid idiot", "You are a kind person", Label.TOXICITY),
        ("Immigrants are vermin, throw them out", "Immigrants are welcome here", Label.HATE_SPEECH),
        ("FREE $1,000 gift card, claim now www.win.example", "See you at lunch", Label.SPAM),
        ("I will kill you", "I will call you", Label.VIOLENCE),
        ("Hot singles, nude xxx videos", "The match starts at nine", Label.ADULT_CONTENT),
        ("This is awful and sad", "This is wonderful and happy", Label.SENTIMENT),
    ],
)
def test_a_bad_text_scores_higher_than_its_polite_twin(
    model: LinearClassifier, bad: str, fine: str, label: Label
) -> None:
    assert _score(model, bad, label) > _score(model, fine, label) + 0.1


@pytest.mark.parametrize("dressed", ["y0u are an 1d10t", "you are an i.d.i.o.t", "you are an id\u200biot",
                                     "you are an іdіоt", "you are an idiooooot", "ＹＯＵ are an ＩＤＩＯＴ"])  # fmt: skip
def test_evasion_does_not_hide_an_insult(model: LinearClassifier, dressed: str) -> None:
    assert _score(model, dressed, Label.TOXICITY) > 0.3


@given(st.lists(st.text(max_size=60), min_size=1, max_size=12), st.randoms())
@settings(max_examples=30, deadline=None)
def test_a_score_does_not_depend_on_its_neighbours(texts, random) -> None:  # type: ignore[no-untyped-def]  # strategies
    model = REGISTRY.get(LEXICAL)
    together = model.score(texts)
    order = list(range(len(texts)))
    random.shuffle(order)
    shuffled = model.score([texts[place] for place in order])
    for place, original in enumerate(order):
        assert np.array_equal(shuffled[place], together[original])
        assert np.array_equal(model.score([texts[original]])[0], together[original])


def test_threads_do_not_change_scores(model: LinearClassifier) -> None:
    texts = [f"text number {number} you idiot" for number in range(50)]
    alone = model.score(texts)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: model.score(texts), range(8)):
            assert np.array_equal(scores, alone)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_contributions_sum_to_the_logits(text: str) -> None:
    model = REGISTRY.get(LEXICAL)
    assert isinstance(model, LinearClassifier)
    found = model.explanation(text)
    assert np.allclose(found.gap, 0, atol=1e-9)
    assert np.allclose(found.logits, model.logits(text))
    assert np.allclose(found.baseline, model.logits(""))
    assert all(0 <= start < end <= len(text) for start, end in found.parts)


@pytest.mark.parametrize(
    "text", ["You id\u200biot 😀 you liar", "Ｙou ｉｄｉｏｔ", "an i.d.i.o.t indeed"]
)
def test_highlights_stand_in_the_original_text(model: LinearClassifier, text: str) -> None:
    marked = [
        text[h.start : h.end] for h in model.explain(text, limit=3) if h.label is Label.TOXICITY
    ]
    assert marked
    assert any("i" in normalise(word).text for word in marked)
    assert all(word.strip() for word in marked)


@given(
    st.text(max_size=80), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=6)
)
@settings(deadline=None)
def test_segments_joined_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    from core.engine.highlight import Highlight

    highlights = [
        Highlight(start=min(span), end=max(span), label=Label.SPAM, weight=1.0) for span in spans
    ]
    assert "".join(piece for piece, _ in segments(text, highlights)) == text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_scored_like_any_other(model: LinearClassifier, text: str) -> None:
    scores = model.score([text])
    assert scores.shape == (1, len(SCORED_LABELS))
    assert ((scores >= 0) & (scores <= 1)).all()
    model.explain(text, limit=3)


def test_the_offsets_lead_back_to_the_original() -> None:
    plain = normalise("a\u200bb ＣＤ s.p.a.m")
    assert plain.text == "ab cd spam"
    assert [("a\u200bb ＣＤ s.p.a.m")[place] for place in plain.offsets] == list("ab ＣＤ spam")


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    copy = tmp_path / LEXICAL
    shutil.copytree(WEIGHTS / LEXICAL, copy)
    weights = bytearray((copy / WEIGHTS_FILE).read_bytes())
    weights[-1] ^= 1
    (copy / WEIGHTS_FILE).write_bytes(bytes(weights))
    with pytest.raises(ModelError, match="digest"):
        Registry(tmp_path).get(LEXICAL)


def test_an_unknown_model_is_refused_with_the_known_names() -> None:
    with pytest.raises(UnknownModelError, match=LEXICAL):
        Registry().get("gpt-99")


def test_scoring_loads_no_heavy_library() -> None:
    code = (
        "import sys, data.bootstrap; from core.engine.registry import Registry;"
        "Registry().get('lexical-1').score(['x']);"
        "print([m for m in ('torch','sklearn','streamlit','plotly','scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

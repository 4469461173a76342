"""The default model: exact whatever it is computed with, explained, honest when parts lack."""

import importlib.util
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
from core.engine import backbone, registry
from core.engine.classifiers.ensemble import HEADS_FILE, EnsembleClassifier
from core.engine.registry import Registry
from core.errors import ModelError, UnknownModelError

REGISTRY = Registry()
WEIGHTS = Path(registry.__file__).parent / "weights"
HOSTILE = [
    "", " ", "\x00", "\ud800 lone", "\u202egpj.exe", "😀" * 5_000, "x" * 1_000_000, "\u200b" * 5_000,
    "ሀ" * 300, "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "a " * 5_000,
]  # fmt: skip
TEXTS = [
    "You are a worthless idiot and everybody hates you.",
    "Thanks for the recipe, it came out great!",
    "Click here to claim your FREE voucher now: http://win.example",
    "I will find you and break your legs.",
    "The council meets on Tuesday to discuss the new bridge. " * 30,
    "s.t.u.p.i.d 🐍",
]


@pytest.fixture(scope="module")
def model() -> EnsembleClassifier:
    loaded = REGISTRY.get("ensemble")
    assert isinstance(loaded, EnsembleClassifier)
    return loaded


def _score(model: EnsembleClassifier, text: str, label: Label) -> float:
    return float(model.score([text])[0, SCORED_LABELS.index(label)])


@pytest.mark.parametrize(
    ("bad", "fine", "label"),
    [
        (TEXTS[0], TEXTS[1], Label.TOXICITY),
        (TEXTS[2], "Your parcel arrives on Tuesday.", Label.SPAM),
        (TEXTS[3], "I will find you a better seat.", Label.VIOLENCE),
        ("I hate this, it is terrible", "I love this, it is wonderful", Label.SENTIMENT),
    ],
)
def test_harm_scores_higher_than_its_opposite(
    model: EnsembleClassifier, bad: str, fine: str, label: Label
) -> None:
    assert _score(model, bad, label) > 0.3
    assert _score(model, bad, label) > _score(model, fine, label) + 0.25


@given(
    st.lists(st.sampled_from(TEXTS) | st.text(max_size=60), min_size=1, max_size=9), st.randoms()
)
@settings(max_examples=25, deadline=None)
def test_not_a_bit_depends_on_the_other_texts(texts: list[str], chance: object) -> None:
    model = REGISTRY.get("ensemble")
    alone = np.concatenate([model.score([text]) for text in texts])
    order = np.random.default_rng(len(texts)).permutation(len(texts))
    shuffled = np.empty_like(alone)
    shuffled[order] = model.score([texts[place] for place in order])
    assert np.array_equal(shuffled, alone)


def test_not_a_bit_depends_on_other_threads(model: EnsembleClassifier) -> None:
    texts = [f"{text} {number}" for number in range(12) for text in TEXTS[:4]]
    alone = np.concatenate([model.score([text]) for text in texts])
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: model.score(texts), range(6)):
            assert np.array_equal(scores, alone)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_scored_like_any_other(model: EnsembleClassifier, text: str) -> None:
    scores = model.score([text])
    assert scores.shape == (1, len(SCORED_LABELS))
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize("text", [TEXTS[0], TEXTS[2], TEXTS[3], f"{TEXTS[0] * 8} {TEXTS[4][:600]}"])
def test_the_words_parts_sum_to_the_logit(model: EnsembleClassifier, text: str) -> None:
    found = model.explanation(text)
    assert found.labels
    difference = np.abs(found.logits - found.baseline)
    assert (np.abs(found.gap) <= 0.05 * np.maximum(1, difference)).all()
    assert all(0 <= start < end <= len(text) for start, end in found.parts)


def test_highlights_are_the_words_that_matter(model: EnsembleClassifier) -> None:
    text = "The weather is nice but you are a stupid i.d.i.o.t 🐍"
    marked = {text[h.start : h.end] for h in model.explain(text, 3) if h.label is Label.TOXICITY}
    assert {"stupid", "i.d.i.o.t"} <= marked
    assert "weather" not in marked


def test_a_glance_is_the_lexical_part(model: EnsembleClassifier) -> None:
    lexical = REGISTRY.get("lexical-1")
    assert model.glance(TEXTS[0], 4) == lexical.explain(TEXTS[0], 4)


def test_bf16_is_another_model_version(model: EnsembleClassifier) -> None:
    quick = REGISTRY.get("ensemble@bf16")
    assert quick.name.endswith("@bf16")
    assert quick.digest != model.digest
    assert np.abs(quick.score(TEXTS) - model.score(TEXTS)).max() < 0.1


def test_names_are_resolved_to_the_newest() -> None:
    assert REGISTRY.get("ensemble") is REGISTRY.get("ensemble-1")
    with pytest.raises(UnknownModelError, match="@bf16"):
        REGISTRY.get("ensemble@int3")


def test_without_the_backbone_the_lexical_part_runs_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        backbone, "find_spec", lambda name: None if name == "torch" else found(name)
    )
    fresh = Registry()
    assert fresh.get("ensemble").name == "lexical-1"
    assert fresh.notice is not None
    assert "torch is not installed" in fresh.notice


def test_changed_heads_are_refused(tmp_path: Path) -> None:
    for name in ("ensemble-1", "lexical-1"):
        shutil.copytree(WEIGHTS / name, tmp_path / name)
    heads = tmp_path / "ensemble-1" / HEADS_FILE
    broken = bytearray(heads.read_bytes())
    broken[-1] ^= 1
    heads.write_bytes(bytes(broken))
    with pytest.raises(ModelError, match="digest"):
        Registry(tmp_path).get("ensemble")


def test_another_backbone_is_refused() -> None:
    with pytest.raises(ModelError, match="not the published"):
        backbone.check_backbone(Path("somewhere"), "00" * 32)


def test_it_runs_without_importing_transformers() -> None:
    code = (
        "import sys; from core.engine.registry import Registry;"
        "Registry().get('ensemble').score(['x']);"
        "print([m for m in ('transformers', 'sklearn', 'streamlit') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

"""Recalibrated classifiers: the base's scores moved, registered once, checked at load."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.domain.score_map import ScoreMap
from core.engine.classifier import Classifier
from core.engine.classifiers.recalibrated import RecalibratedClassifier, mapped
from core.engine.recalibration import (
    SUFFIX,
    Recalibration,
    next_name,
    read_recalibrations,
    recalibrated_digest,
)
from core.engine.registry import Registry
from core.errors import ModelError
from tests.builders import NOON, WordClassifier

MAPS = {
    Label.TOXICITY: ScoreMap(slope=0.731, shift=-0.4),
    Label.SPAM: ScoreMap(slope=1.3, shift=0.2),
}
TEXTS = ["you stupid idiot", "buy cheap pills now", "hello", "", "I will kill you", "nice day"] * 7


class Bounded(WordClassifier):
    """Words with the bounds that a test is about."""

    def __init__(self, bounds: LabelThresholds) -> None:
        self.thresholds = {Label.TOXICITY: bounds, Label.VIOLENCE: bounds}  # type: ignore[misc]


def _recalibration(base: Classifier, /, **facts: Any) -> Recalibration:
    values: dict[str, Any] = {
        "name": "words-1-recal-1", "base": base.name, "base_digest": base.digest,
        "labels": base.labels, "maps": MAPS, "review_count": 120, "is_weighted": True,
        "digest": recalibrated_digest(base.digest, MAPS), "added_at": NOON, "added_by": "mia",
    }  # fmt: skip
    return Recalibration(**(values | facts))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(added=tmp_path)


def _register(registry: Registry, base: str = "lexical-1", **facts: Any) -> Recalibration:
    values: dict[str, Any] = {
        "maps": MAPS, "base_digest": registry.get(base).digest, "review_count": 120,
        "is_weighted": True, "added_at": NOON, "added_by": "mia",
    }  # fmt: skip
    return registry.recalibrate(base, **(values | facts))


def test_labels_with_a_map_are_moved_and_the_others_are_not() -> None:
    base = WordClassifier()
    model = RecalibratedClassifier(base, _recalibration(base))
    before, after = base.score(TEXTS), model.score(TEXTS)
    assert after.dtype == np.float32
    for column, label in enumerate(model.labels):
        expected = before[:, column]
        if label in MAPS:
            expected = MAPS[label].of(expected).astype(np.float32)
            assert not np.array_equal(expected, before[:, column])
        assert np.array_equal(after[:, column], expected)


def test_a_row_never_depends_on_its_neighbours(registry: Registry) -> None:
    model = registry.get(_register(registry).name)
    together = model.score(TEXTS)
    alone = np.concatenate([model.score([text]) for text in TEXTS])
    assert np.array_equal(together, alone)
    assert model.score([]).shape == (0, len(model.labels))


def test_words_are_those_of_the_base() -> None:
    base = WordClassifier()
    model = RecalibratedClassifier(base, _recalibration(base))
    assert model.explain("you idiot", 4) == base.explain("you idiot", 4)
    assert model.glance("you idiot", 4) == base.glance("you idiot", 4)


@settings(max_examples=200, deadline=None)
@given(
    bounds=st.tuples(st.floats(0, 1), st.none() | st.floats(0, 1)),
    slope=st.floats(0.3, 3), shift=st.floats(-2, 2),
    scores=st.lists(st.floats(0, 1, width=32), max_size=20),
)  # fmt: skip
def test_the_moved_bounds_part_the_same_scores(
    bounds: tuple[float, float | None], slope: float, shift: float, scores: list[float]
) -> None:
    low, high = bounds
    high = None if high is None else max(low, high)
    base = Bounded(LabelThresholds(approve_below=low, reject_above=high, cites=Label.SPAM))
    maps = {Label.TOXICITY: ScoreMap(slope=slope, shift=shift)}
    facts = {"maps": maps, "digest": recalibrated_digest(base.digest, maps)}
    found = RecalibratedClassifier(base, _recalibration(base, **facts)).thresholds
    assert found[Label.VIOLENCE] == base.thresholds[Label.VIOLENCE]
    moved = found[Label.TOXICITY]
    assert moved.cites is Label.SPAM
    near = [each for each in (low, high) if each is not None]
    edges = [np.nextafter(np.float32(each), np.float32(to)) for each in near for to in (0, 1)]
    before = np.array([*scores, *near, *edges], dtype=np.float32)
    after = mapped(maps[Label.TOXICITY], before)
    # Where a map makes two scores one, it is reviewed rather than approved or rejected.
    assert not (before.astype(float) >= low)[after < moved.approve_below].any()
    if high is not None and moved.reject_above is not None:
        assert (before.astype(float) > high)[after > moved.reject_above].all()
    apart = (before > 0.05) & (before < 0.95) & (np.abs(before.astype(float) - low) > 1e-3)
    assert ((before >= low) == (after >= moved.approve_below))[apart].all()


def test_the_digest_covers_the_base_and_every_parameter() -> None:
    text = "\n".join(
        ["base", f"spam:{(1.3).hex()}:{(0.2).hex()}", f"toxicity:{(0.731).hex()}:{(-0.4).hex()}"]
    )
    assert recalibrated_digest("base", MAPS) == hashlib.sha256(text.encode()).hexdigest()
    nudged = {**MAPS, Label.SPAM: ScoreMap(slope=np.nextafter(1.3, 2), shift=0.2)}
    assert recalibrated_digest("base", nudged) != recalibrated_digest("base", MAPS)


def test_it_is_listed_opened_and_described(registry: Registry, tmp_path: Path) -> None:
    made = _register(registry)
    assert made.name == "lexical-1-recal-1"
    assert (tmp_path / f"lexical-1-recal-1{SUFFIX}").exists()
    assert made.name in registry.names()
    opened = Registry(added=tmp_path).get(made.name)
    base = registry.get("lexical-1")
    assert (opened.kind, opened.labels, opened.digest) == ("recalibrated", base.labels, made.digest)
    assert opened.version == made.digest[:8]
    [described] = [each for each in registry.described() if each.name == made.name]
    assert (described.kind, described.digest) == ("recalibrated", opened.digest)
    assert "120 reviews" in described.note
    assert registry.can_open(made.name, made.digest)
    assert not registry.can_open(made.name, base.digest)
    assert not registry.can_open("nothing", made.digest)
    assert registry.recalibration(base.digest) is None


def test_nothing_is_replaced_and_the_same_again_is_the_same_model(registry: Registry) -> None:
    first = _register(registry)
    assert _register(registry, added_by="ben", review_count=7) == first
    second = _register(registry, maps={Label.SPAM: MAPS[Label.SPAM]})
    third = _register(registry, second.name)
    assert (second.name, third.name) == ("lexical-1-recal-2", "lexical-1-recal-3")
    assert third.base == second.name
    before = registry.get(second.name).score(TEXTS)
    assert not np.array_equal(registry.get(third.name).score(TEXTS), before)
    assert registry.resolve("lexical")[0] == "lexical-1"
    assert next_name("ensemble-1@bf16", []) == "ensemble-1-bf16-recal-1"


def test_a_name_taken_by_another_process_meanwhile_is_left_to_it(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = registry.names
    answers = iter([names(), names()])
    monkeypatch.setattr(registry, "names", lambda: next(answers, None) or names())
    other = Registry(added=tmp_path)
    theirs = _register(other, maps={Label.SPAM: MAPS[Label.SPAM]})
    assert _register(registry).name == "lexical-1-recal-2"
    assert read_recalibrations(tmp_path)[theirs.name] == theirs


def test_another_base_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lexical-1 is not the model"):
        _register(registry, base_digest="ab" * 32)
    assert not list(tmp_path.iterdir())
    base = registry.get("lexical-1")
    forged = _recalibration(
        base, name="forged", base_digest="cd" * 32, digest=recalibrated_digest("cd" * 32, MAPS)
    )
    (tmp_path / f"forged{SUFFIX}").write_text(forged.model_dump_json())
    with pytest.raises(ModelError, match=r"digest is .*, not cdcdcdcdcdcd"):
        registry.get("forged")


def test_a_file_that_is_its_own_base_is_refused(registry: Registry, tmp_path: Path) -> None:
    base = registry.get("lexical-1")
    (tmp_path / f"loop{SUFFIX}").write_text(
        _recalibration(base, name="loop", base="loop").model_dump_json()
    )
    with pytest.raises(ModelError, match="loop is not the model that loop was made from"):
        registry.get("loop")


def test_another_number_format_needs_a_recalibration_of_its_own(registry: Registry) -> None:
    made = _register(registry)
    with pytest.raises(ModelError, match="Leave @bf16 out"):
        registry.get(f"{made.name}@bf16")


@pytest.mark.parametrize("damage", ["cut", "slope", "unknown label", "renamed", "falling"])
def test_a_damaged_file_is_named(registry: Registry, tmp_path: Path, damage: str) -> None:
    made = _register(registry)
    path = tmp_path / f"{made.name}{SUFFIX}"
    content = orjson.loads(path.read_bytes())
    if damage == "slope":
        content["maps"]["toxicity"]["slope"] = 0.7
    elif damage == "falling":
        content["maps"]["toxicity"]["slope"] = -1.0
    elif damage == "unknown label":
        content["labels"] = ["toxicity"]
    elif damage == "renamed":
        content["name"] = "other"
    text = orjson.dumps(content)
    path.write_bytes(text[:40] if damage == "cut" else text)
    with pytest.raises(ModelError, match=rf"{made.name}{SUFFIX} is damaged"):
        registry.names()


def test_without_a_folder_nothing_is_registered() -> None:
    with pytest.raises(ModelError, match="MODDESK_MODELS_DIR"):
        _register(Registry())

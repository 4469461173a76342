"""Registered checkpoints against the plain Hugging Face pipeline."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from transformers import pipeline

from core.domain.label import Label
from core.engine.checkpoints.checkpoint import read_checkpoint
from core.engine.checkpoints.known import KNOWN
from core.engine.classifiers.checkpoint import CheckpointClassifier
from core.engine.registration import Registration
from core.engine.registry import Registry
from core.errors import ModelError, UnknownLabelsError, UnknownModelError
from tests.checkpoints import CORPUS, tiny_bert, tiny_distilbert, tiny_roberta

TEXTS = [*CORPUS, "", "   ", "😀😀", "zzzz qqqq", "you idiot " * 60]
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def _add(folder: Path, source: Path, **options: object) -> tuple[Registry, Registration]:
    registry = Registry(added=folder)
    added = registry.add(str(source), added_at=NOON, added_by="ann", **options)  # type: ignore[arg-type]
    return registry, added


def _pipeline_scores(folder: Path, names: tuple[str, ...], texts: list[str]) -> np.ndarray:
    pipe = pipeline("text-classification", model=str(folder), tokenizer=str(folder), top_k=None)
    [*rows] = (pipe([text], truncation=True, max_length=512)[0] for text in texts)
    return np.array(
        [[next(o["score"] for o in row if o["label"] == name) for name in names] for row in rows]
    )


@pytest.mark.parametrize("make", [tiny_bert, tiny_roberta, tiny_distilbert])
def test_scores_equal_the_plain_pipelines(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    checkpoint = read_checkpoint(make(tmp_path))
    ours = CheckpointClassifier(checkpoint).source_scores(TEXTS)
    theirs = _pipeline_scores(tmp_path, checkpoint.labels, TEXTS)
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.ptp(theirs, axis=0).max() > 0.05


def test_not_a_bit_depends_on_the_batch(tmp_path: Path) -> None:
    model = CheckpointClassifier(read_checkpoint(tiny_bert(tmp_path)))
    texts = [*TEXTS, *(f"{text} {n}" for n in range(9) for text in CORPUS)]
    alone = np.concatenate([model.score([text]) for text in texts])
    order = np.random.default_rng(0).permutation(len(texts))
    assert np.array_equal(model.score([texts[n] for n in order]), alone[order])


def test_sentiment_is_the_share_of_the_negative_class(tmp_path: Path) -> None:
    known = KNOWN["cardiffnlp/twitter-roberta-base-sentiment-latest"]
    model = CheckpointClassifier(read_checkpoint(tiny_roberta(tmp_path), known=known))
    assert model.labels == (Label.SENTIMENT,)
    assert np.allclose(model.score(CORPUS)[:, 0], model.source_scores(CORPUS)[:, 0], atol=1e-7)


def test_a_long_text_counts_by_its_worst_window(tmp_path: Path) -> None:
    model = CheckpointClassifier(read_checkpoint(tiny_bert(tmp_path)))
    long = " ".join(CORPUS * 40)
    assert (model.score([long]) >= model.source_scores([long])[:, [0]] - 1e-6).any()


@pytest.mark.parametrize("make", [tiny_bert, tiny_distilbert])
def test_highlights_are_words_of_the_text(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    model = CheckpointClassifier(read_checkpoint(make(tmp_path)))
    text = max(CORPUS, key=lambda each: model.score([each]).max())
    found = model.explanation(text)
    assert found.labels
    assert (np.abs(found.gap) <= 0.05 * np.maximum(1, np.abs(found.logits - found.baseline))).all()
    assert {text[start:end] for start, end in found.parts} <= set(text.split())


def test_adding_vets_compares_and_never_changes(tmp_path: Path) -> None:
    source = tiny_bert(tmp_path / "Toxic BERT")
    registry, added = _add(tmp_path / "models", source)
    assert (added.name, added.fused) == ("toxic-bert", True)
    assert added.largest_difference is not None
    assert added.largest_difference < 1e-5
    model = Registry(added=tmp_path / "models").get("toxic-bert")
    assert (model.kind, model.digest) == ("checkpoint", added.digest)
    assert [each.name for each in registry.described()][-1] == "toxic-bert"
    with pytest.raises(ModelError, match="models never change"):
        _add(tmp_path / "models", source)


def test_files_that_change_later_are_refused(tmp_path: Path) -> None:
    source = tiny_bert(tmp_path / "toxic")
    _add(tmp_path / "models", source)
    tiny_bert(source, seed=1)
    with pytest.raises(ModelError, match="changed since it was added"):
        Registry(added=tmp_path / "models").get("toxic")


def test_an_encoder_we_do_not_know_runs_as_it_is(tmp_path: Path) -> None:
    _, added = _add(tmp_path / "models", tiny_distilbert(tmp_path / "distil"))
    assert (added.fused, added.largest_difference) == (False, None)
    model = Registry(added=tmp_path / "models").get("distil")
    together = model.score(CORPUS)
    assert np.array_equal(together, np.concatenate([model.score([text]) for text in CORPUS]))


def test_unknown_labels_ask_and_nothing_is_stored(tmp_path: Path) -> None:
    source = tiny_bert(tmp_path / "m", labels=("LABEL_0", "LABEL_1"), problem_type=None)
    with pytest.raises(UnknownLabelsError, match="--label-map LABEL_0=toxicity"):
        _add(tmp_path / "models", source)
    assert not (tmp_path / "models").exists()
    registry, _ = _add(
        tmp_path / "models", source, label_map={"LABEL_0": None, "LABEL_1": Label.SPAM}
    )
    assert registry.get("m").labels == (Label.SPAM,)


def test_a_damaged_registration_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(json.dumps({"name": "broken"}))
    with pytest.raises(ModelError, match=r"broken\.json is damaged"):
        Registry(added=tmp_path).names()


def test_names_are_fit_for_commands(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no name for a model"):
        _add(tmp_path / "models", tmp_path, name="../evil")
    with pytest.raises(UnknownModelError):
        Registry(added=tmp_path / "models").get("../evil")

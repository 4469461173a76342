import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.label import Label
from core.engine.checkpoints.activation import Activation, activation_of
from core.engine.checkpoints.label_map import map_labels
from core.errors import ModelError, UnknownLabelsError
from tests.checkpoints import SENTIMENT, TOXIC_BERT


def test_toxic_bert_is_mapped_case_folded() -> None:
    mapped = map_labels([name.upper() for name in TOXIC_BERT])
    assert mapped.sources == {
        Label.TOXICITY: (0, 1, 2, 4), Label.VIOLENCE: (3,), Label.HATE_SPEECH: (5,),
    }  # fmt: skip
    assert mapped.labels == (Label.TOXICITY, Label.HATE_SPEECH, Label.VIOLENCE)


@pytest.mark.parametrize(
    ("names", "sources"),
    [
        (SENTIMENT, {Label.SENTIMENT: (0,)}),
        (("non-hate", "hate"), {Label.HATE_SPEECH: (1,)}),
        (("Not Offensive", "Offensive"), {Label.TOXICITY: (1,)}),
        (("ham", "spam"), {Label.SPAM: (1,)}),
        (("neutral", "toxic"), {Label.TOXICITY: (1,)}),
    ],
)
def test_the_other_side_of_a_harm_carries_no_score(
    names: tuple[str, ...], sources: dict[Label, tuple[int, ...]]
) -> None:
    assert map_labels(names).sources == sources


def test_unknown_labels_ask() -> None:
    with pytest.raises(UnknownLabelsError, match=r"LABEL_0, LABEL_1 mean.*--label-map LABEL_0="):
        map_labels(["LABEL_0", "LABEL_1"])
    with pytest.raises(UnknownLabelsError, match="None of the checkpoint's labels"):
        map_labels(["neutral", "positive"])


def test_a_given_map_wins_by_name_or_number() -> None:
    given_map = {"label_0": Label.SPAM, "1": None, "toxic": Label.VIOLENCE}
    mapped = map_labels(["LABEL_0", "LABEL_1", "toxic"], given_map)
    assert mapped.sources == {Label.SPAM: (0,), Label.VIOLENCE: (2,)}


def test_independent_columns_take_the_strongest_and_exclusive_ones_add_up() -> None:
    mapped = map_labels(["toxic", "insult"])
    both = np.array([[0.25, 0.5]])
    assert mapped.combine(both, Activation.SIGMOID).tolist() == [[0.5]]
    assert mapped.combine(both, Activation.SOFTMAX).tolist() == [[0.75]]


@given(st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=8))
def test_a_row_does_not_depend_on_the_others(rows: list[list[float]]) -> None:
    mapped = map_labels(TOXIC_BERT)
    values = np.array(rows)
    for activation in Activation:
        together = mapped.combine(values, activation)
        alone = np.concatenate([mapped.combine(values[[n]], activation) for n in range(len(rows))])
        assert np.array_equal(together, alone)
        assert ((together >= 0) & (together <= 1)).all()


@pytest.mark.parametrize(
    ("names", "config", "expected"),
    [
        (TOXIC_BERT, {"problem_type": "multi_label_classification"}, Activation.SIGMOID),
        (TOXIC_BERT, {}, Activation.SIGMOID),
        (SENTIMENT, {}, Activation.SOFTMAX),
        # A public copy of the sentiment model claims this on three exclusive classes.
        (SENTIMENT, {"problem_type": "multi_label_classification"}, Activation.SOFTMAX),
        (("non-hate", "hate"), {}, Activation.SOFTMAX),
        (("toxic",), {}, Activation.SIGMOID),
        (("a", "b"), {"problem_type": "multi_label_classification"}, Activation.SIGMOID),
        (("a", "b"), {}, Activation.SOFTMAX),
    ],
)
def test_the_activation_is_decided(
    names: tuple[str, ...], config: dict[str, str], expected: Activation
) -> None:
    assert activation_of(config, names) is expected
    other = Activation.SOFTMAX if expected is Activation.SIGMOID else Activation.SIGMOID
    assert activation_of(config, names, other) is other


def test_regression_is_refused() -> None:
    with pytest.raises(ModelError, match="regression"):
        activation_of({"problem_type": "regression"}, ("a", "b"))

"""From logits to probabilities: whether a checkpoint's labels exclude each other."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from core.errors import ModelError


class Activation(StrEnum):
    """Sigmoid: each label on its own. Softmax: the labels exclude each other."""

    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


#: Sets whose members exclude each other, whatever the configuration claims: public copies of
#: sentiment models carry `multi_label_classification` on three exclusive classes.
_EXCLUSIVE = ({"negative", "neutral", "positive"}, {"negative", "positive"})
_COMPLEMENTS = ("non_", "not_", "no_")
#: The labels of the Jigsaw competition, of which several hold at once.
_INDEPENDENT = {"severe_toxic", "obscene", "identity_hate", "identity_attack", "insult", "threat"}


def folded(name: str) -> str:
    """A label's name as it is compared: case-folded, one kind of separator."""
    return re.sub(r"[\s\-/]+", "_", name.strip().casefold())


def activation_of(
    config: Mapping[str, Any], labels: Sequence[str], setting: Activation | None = None
) -> Activation:
    """The setting, else known exclusive sets, else `problem_type`, else known independent ones.

    Without any hint it is softmax, which is what such models are trained with by default.
    """
    if setting is not None:
        return setting
    if len(labels) == 1:
        return Activation.SIGMOID
    names = {folded(name) for name in labels}
    if names in _EXCLUSIVE or any(name.startswith(_COMPLEMENTS) for name in names):
        return Activation.SOFTMAX
    kind = config.get("problem_type")
    if kind == "regression":
        raise ModelError(
            "The checkpoint is a regression model: its outputs are no probabilities of labels."
        )
    if kind == "multi_label_classification" or len(names & _INDEPENDENT) >= 2:
        return Activation.SIGMOID
    return Activation.SOFTMAX

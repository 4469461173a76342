"""Checkpoints that are known by name: their labels, activation and preparation."""

from pydantic import Field

from core.domain.label import Label
from core.domain.record import Record
from core.engine.checkpoints.activation import Activation


class KnownCheckpoint(Record):
    """What is known of a published checkpoint beyond its files."""

    name: str
    activation: Activation
    label_map: dict[str, Label | None] = Field(default_factory=dict)
    shortens_tweets: bool = False
    """Whether names become @user and links http, as its authors did in training."""


_TONES: dict[str, Label | None] = {"0": Label.SENTIMENT, "1": None, "2": None}
#: Identities that the checkpoint finds mentioned; a mention is no harm.
_MENTIONS: dict[str, Label | None] = dict.fromkeys(
    ("male", "female", "homosexual_gay_or_lesbian", "christian", "jewish", "muslim", "black",
     "white", "psychiatric_or_mental_illness")
)  # fmt: skip

KNOWN: dict[str, KnownCheckpoint] = {
    known.name: known
    for known in (
        KnownCheckpoint(name="unitary/toxic-bert", activation=Activation.SIGMOID),
        KnownCheckpoint(
            name="unitary/unbiased-toxic-roberta",
            activation=Activation.SIGMOID,
            label_map=_MENTIONS,
        ),
        KnownCheckpoint(
            name="cardiffnlp/twitter-roberta-base-sentiment-latest",
            activation=Activation.SOFTMAX,
            label_map=_TONES,
            shortens_tweets=True,
        ),
        KnownCheckpoint(
            name="cardiffnlp/twitter-roberta-base-sentiment",
            activation=Activation.SOFTMAX,
            label_map=_TONES,
            shortens_tweets=True,
        ),
    )
}


def shortened(text: str) -> str:
    """Words that are names as @user and links as http, split at spaces as the model card does."""
    return " ".join(_shortened_word(word) for word in text.split(" "))


def _shortened_word(word: str) -> str:
    if len(word) > 1 and word.startswith("@"):
        return "@user"
    return "http" if word.startswith("http") else word

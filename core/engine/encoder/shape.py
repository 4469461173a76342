"""What decides an encoder's forward pass, read from a checkpoint's configuration."""

from collections.abc import Mapping
from typing import Any, Literal

from core.domain.record import Record
from core.errors import ModelError


class EncoderShape(Record):
    """The sizes of a BERT or RoBERTa encoder with erf-GELU and absolute positions."""

    family: Literal["bert", "roberta"]
    layers: int
    heads: int
    width: int
    epsilon: float
    first_position: int
    """Row of the position table for the first token: RoBERTa counts from its padding id + 1."""

    longest: int
    """Tokens that the position table has room for, special ones included."""


def read_shape(config: Mapping[str, Any]) -> EncoderShape | None:
    """The shape, or None for an encoder that the fused forward does not know."""
    family = config.get("model_type")
    if family not in ("bert", "roberta", "xlm-roberta"):
        return None
    plain = (
        config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder", False)
        and not config.get("add_cross_attention", False)
    )
    if not plain:
        return None
    first = 0 if family == "bert" else int(config.get("pad_token_id", 1)) + 1
    try:
        return EncoderShape(
            family="bert" if family == "bert" else "roberta",
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            width=int(config["hidden_size"]),
            epsilon=float(config["layer_norm_eps"]),
            first_position=first,
            longest=int(config["max_position_embeddings"]) - first,
        )
    except KeyError as error:
        raise ModelError(f"The checkpoint's config.json lacks {error}.") from error

"""Sequence classification networks: token ids of one length in, logits of the head out."""

from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.engine.encoder.fused_encoder import FusedEncoder
from core.engine.encoder.precision import Precision
from core.engine.encoder.shape import EncoderShape
from core.engine.encoder.weights import WeightFiles
from core.errors import ModelError

Floats = npt.NDArray[np.float64]


class Network(Protocol):
    """What a checkpoint classifier runs."""

    @property
    def texts_at_once(self) -> int | None:
        """How many texts one pass may hold so that none depends on another; None = any number."""

    def logits(self, ids: npt.NDArray[np.int64]) -> Floats:
        """Logits, float64, shape (batch, labels), of ids with shape (batch, length)."""

    def embed(self, ids: Tensor) -> Tensor:
        """Word vectors, through which gradients start."""

    def embedded_logits(self, embedded: Tensor) -> Tensor:
        """The same logits from word vectors, with gradients; shape (batch, labels)."""


class FusedNetwork:
    """Our forward pass of BERT and RoBERTa with their classification heads."""

    texts_at_once = None

    def __init__(self, weights: WeightFiles, shape: EncoderShape, precision: Precision) -> None:
        self._encoder = FusedEncoder(weights, shape, precision)
        self._last = (shape.layers,)
        dense, out = (
            ("pooler.dense", "classifier")
            if shape.family == "bert"
            else ("classifier.dense", "classifier.out_proj")
        )
        self._dense = (weights.get(f"{dense}.weight"), weights.get(f"{dense}.bias"))
        self._out = (weights.get(f"{out}.weight"), weights.get(f"{out}.bias"))
        self._rows = [tensor.double().numpy() for tensor in (*self._dense, *self._out)]

    def logits(self, ids: npt.NDArray[np.int64]) -> Floats:
        """The head runs row by row in float64: a matrix product may depend on the batch."""
        with torch.inference_mode():
            embedded = self._encoder.embed(torch.from_numpy(ids))
            [state] = self._encoder.hidden_states(embedded, self._last)
            first = state[:, 0].double().numpy()
        dense, dense_bias, out, out_bias = self._rows
        logits = np.empty((len(first), out_bias.size))
        for row, vector in enumerate(first):
            logits[row] = out @ np.tanh(dense @ vector + dense_bias) + out_bias
        return logits

    @cached_property
    def _differentiable(self) -> FusedEncoder:
        return self._encoder.differentiable()

    def embed(self, ids: Tensor) -> Tensor:
        """Word vectors in float32."""
        return self._differentiable.embed(ids)

    def embedded_logits(self, embedded: Tensor) -> Tensor:
        """The logits with gradients."""
        [state] = self._differentiable.hidden_states(embedded, self._last)
        pooled = torch.tanh(torch.nn.functional.linear(state[:, 0], *self._dense))
        return torch.nn.functional.linear(pooled, *self._out)


class PlainNetwork:
    """The Hugging Face model as it is, for encoders that the fused forward does not know."""

    #: Its kernels may depend on the batch, so every text is on its own.
    texts_at_once = 1

    def __init__(self, folder: Path, precision: Precision) -> None:
        self._model = load_plain(folder)
        self._dtype = torch.bfloat16 if precision is Precision.BF16 else torch.float32
        self._model.to(self._dtype)

    def logits(self, ids: npt.NDArray[np.int64]) -> Floats:
        """Logits by the model's own forward pass."""
        with torch.inference_mode():
            found = self._model(input_ids=torch.from_numpy(ids)).logits
            logits: Floats = found.double().numpy()
        return logits

    def embed(self, ids: Tensor) -> Tensor:
        """Word vectors."""
        embedded: Tensor = self._model.get_input_embeddings()(ids)
        return embedded

    def embedded_logits(self, embedded: Tensor) -> Tensor:
        """The logits with gradients."""
        found: Tensor = self._model(inputs_embeds=embedded.to(self._dtype)).logits
        return found.float()


def load_plain(folder: Path) -> Any:
    """The Hugging Face model of a vetted folder; a head that is missing is refused."""
    try:
        from transformers import AutoModelForSequenceClassification  # noqa: PLC0415  # seconds
    except ImportError as error:
        raise ModelError(
            "This checkpoint needs transformers: pip install 'moddesk[embedded]'."
        ) from error
    model, found = AutoModelForSequenceClassification.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
        output_loading_info=True,
    )
    if missing := sorted(found["missing_keys"]):
        raise ModelError(
            f"The checkpoint {folder.name} lacks {', '.join(missing[:3])}: it has no trained "
            "classification head. Choose a checkpoint made for sequence classification."
        )
    return model.eval()

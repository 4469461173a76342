"""The forward pass of a BERT or RoBERTa encoder: one GEMM for q, k and v, packed weights.

Equal to the plain Hugging Face model within 1e-5 in float32, and free of padding: a batch holds
texts of one length only, so that a text's result does not depend on what it is computed with.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from core.engine.encoder.linear_kernels import Linear, linear, plain_linear
from core.engine.encoder.precision import Precision
from core.engine.encoder.shape import EncoderShape
from core.engine.encoder.weights import WeightFiles

_DTYPES = {Precision.FP32: torch.float32, Precision.BF16: torch.bfloat16}


@dataclass(frozen=True)
class _Norm:
    weight: Tensor
    bias: Tensor
    epsilon: float

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, (x.shape[-1],), self.weight, self.bias, self.epsilon)


@dataclass(frozen=True)
class _Layer:
    attend: Linear
    mix: Linear
    after_attention: _Norm
    widen: Linear
    narrow: Linear
    after_feed: _Norm


class FusedEncoder:
    """Token ids of one length in, hidden states out.

    `packed=False` keeps plain weights, through which gradients flow.
    """

    def __init__(
        self,
        weights: WeightFiles,
        shape: EncoderShape,
        precision: Precision = Precision.FP32,
        *,
        packed: bool = True,
        words: Tensor | None = None,
    ) -> None:
        self.shape = shape
        self._weights = weights
        self._dtype = _DTYPES[precision]
        self._linear = linear if packed else plain_linear
        positions = self._get("embeddings.position_embeddings.weight")
        segment = self._get("embeddings.token_type_embeddings.weight")[0]
        # The table of words is half of a small model: a twin shares it.
        self._words = self._get("embeddings.word_embeddings.weight") if words is None else words
        self._places = positions[shape.first_position :] + segment
        self._after_embedding = self._norm("embeddings.LayerNorm")
        self._layers = [self._layer(f"encoder.layer.{place}.") for place in range(shape.layers)]

    def _get(self, name: str) -> Tensor:
        return self._weights.get(name).to(self._dtype)

    def _norm(self, name: str) -> _Norm:
        return _Norm(self._get(f"{name}.weight"), self._get(f"{name}.bias"), self.shape.epsilon)

    def _layer(self, prefix: str) -> _Layer:
        def stacked(kind: str) -> Tensor:
            parts = ("query", "key", "value")
            return torch.cat([self._get(f"{prefix}attention.self.{p}.{kind}") for p in parts])

        def one(name: str, *, gelu: bool = False) -> Linear:
            weight, bias = self._get(f"{prefix}{name}.weight"), self._get(f"{prefix}{name}.bias")
            return self._linear(weight, bias, gelu=gelu)

        return _Layer(
            attend=self._linear(stacked("weight"), stacked("bias")),
            mix=one("attention.output.dense"),
            after_attention=self._norm(f"{prefix}attention.output.LayerNorm"),
            widen=one("intermediate.dense", gelu=True),
            narrow=one("output.dense"),
            after_feed=self._norm(f"{prefix}output.LayerNorm"),
        )

    def differentiable(self) -> "FusedEncoder":
        """The same encoder in float32 with plain weights, mapped from the files."""
        words = self._words if self._dtype is torch.float32 else None
        return FusedEncoder(self._weights, self.shape, packed=False, words=words)

    def embed(self, ids: Tensor) -> Tensor:
        """Word vectors of token ids, shape (batch, length, width), before positions are added."""
        return self._words[ids]

    def hidden_states(self, embedded: Tensor, taps: tuple[int, ...]) -> list[Tensor]:
        """The outputs of the layers in `taps` (1 is the first), each (batch, length, width)."""
        batch, length, width = embedded.shape
        x = self._after_embedding(embedded + self._places[:length]).view(batch * length, width)
        states = []
        for number, layer in enumerate(self._layers, start=1):
            x = self._through(layer, x, batch, length)
            if number in taps:
                states.append(x.view(batch, length, width))
            if number == max(taps):
                break
        return states

    def _through(self, layer: _Layer, x: Tensor, batch: int, length: int) -> Tensor:
        heads, width = self.shape.heads, self.shape.width
        query, key, value = (
            layer.attend(x).view(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        )
        attended = functional.scaled_dot_product_attention(query, key, value)
        attended = attended.transpose(1, 2).reshape(batch * length, width)
        x = layer.after_attention(layer.mix(attended) + x)
        return layer.after_feed(layer.narrow(layer.widen(x)) + x)

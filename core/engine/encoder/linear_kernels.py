"""Linear layers with weights packed once for the CPU, where torch offers that; else plain ones.

The packed form (oneDNN) is what `torch.compile` uses internally; its operators are private to
torch, so they are probed at load and left alone when they are missing or wrong.
"""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]
_TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.1}


def linear(weight: Tensor, bias: Tensor, *, gelu: bool = False) -> Linear:
    """x -> x @ weight.T + bias (then erf-GELU), for two-dimensional x of the weight's type."""
    if packing_works(weight.dtype):
        return _packed(weight, bias, gelu=gelu)
    return plain_linear(weight, bias, gelu=gelu)


def plain_linear(weight: Tensor, bias: Tensor, *, gelu: bool = False) -> Linear:
    """The same with torch's public operators; gradients flow through it."""
    if gelu:
        return lambda x: functional.gelu(functional.linear(x, weight, bias))
    return lambda x: functional.linear(x, weight, bias)


def _packed(weight: Tensor, bias: Tensor, *, gelu: bool) -> Linear:
    multiply = torch.ops.mkldnn._linear_pointwise
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), None)
    after, algorithm = ("gelu", "none") if gelu else ("none", "")
    return lambda x: multiply(x, packed, bias, after, [], algorithm)


@lru_cache
def packing_works(dtype: torch.dtype) -> bool:
    """Whether packed layers exist here and agree with the plain ones."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(64, 48, generator=generator).to(dtype)
    bias = torch.randn(64, generator=generator).to(dtype)
    x = torch.randn(7, 48, generator=generator).to(dtype)
    try:
        with torch.inference_mode():
            differences = [
                (
                    _packed(weight, bias, gelu=gelu)(x).float()
                    - plain_linear(weight, bias, gelu=gelu)(x).float()
                )
                .abs()
                .max()
                .item()
                for gelu in (False, True)
            ]
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return max(differences) <= _TOLERANCE[dtype] * 8


@lru_cache
def has_fast_bf16() -> bool:
    """Whether this CPU multiplies bf16 natively; elsewhere it is emulated and slow."""
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16") or found.get("bf16"))

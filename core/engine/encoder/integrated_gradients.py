"""Integrated gradients: what each token added to a logit, against a text of [MASK]s.

Sundararajan et al. 2017; midpoint rule. Eight steps leave a gap of about two percent; where the
gap is larger the steps are doubled, so that the parts sum to the difference they explain.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

_FIRST_STEPS, _MOST_STEPS = 8, 64
#: The gap that is let pass, as a share of the difference (or in logits when that is small).
TOLERANCE = 0.05

#: Embedded windows (steps, length, width) to the logit explained, shape (steps,).
Logit = Callable[[Tensor], Tensor]


class Embedder(Protocol):
    """What turns token ids into the vectors that gradients are taken of."""

    def embed(self, ids: Tensor) -> Tensor:
        """Word vectors of ids."""


def token_parts(
    network: Embedder, ids: npt.NDArray[np.int64], baseline: npt.NDArray[np.int64], logit: Logit
) -> tuple[npt.NDArray[np.float64], float]:
    """Each token's part in logit(ids) - logit(baseline), shape (length,); and logit(baseline)."""
    with torch.no_grad():
        start = network.embed(torch.from_numpy(baseline))[None]
        step = network.embed(torch.from_numpy(ids))[None] - start
        ends = logit(torch.cat([start, start + step])).double()
    difference = float(ends[1] - ends[0])
    steps = _FIRST_STEPS
    while True:
        parts = _midpoints(start, step, steps, logit)
        gap = abs(difference - float(parts.sum()))
        if gap <= TOLERANCE * max(1.0, abs(difference)) or steps >= _MOST_STEPS:
            return parts, float(ends[0])
        steps *= 2


def _midpoints(start: Tensor, step: Tensor, steps: int, logit: Logit) -> npt.NDArray[np.float64]:
    slope = torch.zeros_like(step[0], dtype=torch.float64)
    for first in range(0, steps, _FIRST_STEPS):
        places = torch.arange(first, first + _FIRST_STEPS)
        share = ((places + 0.5) / steps).view(-1, 1, 1).to(step.dtype)
        x = (start + share * step).requires_grad_(True)
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(logit(x).sum(), x)
        slope += gradient.double().sum(dim=0)
    parts: npt.NDArray[np.float64] = (step[0].double() * slope).sum(dim=-1).div(steps).numpy()
    return parts

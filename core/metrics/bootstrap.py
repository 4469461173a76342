"""Percentile bootstrap: how far a metric may be off because of which rows were drawn."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
#: A metric of rows with weights, shape (n,): how often each row was drawn.
Weighted = Callable[[Floats], float | None]
ROUNDS = 400


def bootstrap(
    metric: Weighted,
    count: int,
    *,
    groups: npt.ArrayLike | None = None,
    rounds: int = ROUNDS,
    seed: int = 0,
    confidence: float = 0.95,
) -> Interval | None:
    """The interval of a metric over `count` rows (Efron 1979).

    Rows of one group (a thread, a template) are drawn together, for they are no independent
    evidence. Drawing is done by weights, so that what was sorted stays sorted. None when the
    metric exists in fewer than half of the draws.
    """
    if count == 0:
        return None
    member = np.arange(count)
    if groups is not None:
        _, member = np.unique(np.asarray(groups), return_inverse=True)
    size = int(member.max()) + 1
    chance = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = np.bincount(chance.integers(size, size=size), minlength=size).astype(np.float64)
        value = metric(drawn[member])
        if value is not None:
            values.append(value)
    if len(values) < rounds / 2:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))

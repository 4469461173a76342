"""Each person's errors and the likely truth, from nothing but their answers.

Dawid and Skene (1979), Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_TINY = 1e-300


@dataclass(frozen=True)
class LatentTruth:
    """What the model makes of R people's answers on U units with V values."""

    truth: Floats
    """(U, V): how likely each value is to be the unit's true one."""
    marginals: Floats
    """(V,): how frequent each value is."""
    confusion: Floats
    """(R, V, V): how likely person r answers the last index when the one before it is true."""
    log_likelihood: float
    rounds: int
    has_converged: bool


def dawid_skene(
    counts: npt.ArrayLike, *, most_rounds: int = 500, tolerance: float = 1e-9
) -> LatentTruth:
    """The maximum-likelihood estimate by expectation-maximisation.

    `counts` (U, R, V): how often person r gave unit u the value v; missing answers are zeros. It
    starts from the shares of the answers, so equal input gives equal output. Units without any
    answer raise ValueError: nothing is known of them.
    """
    answers = np.asarray(counts, dtype=np.float64)
    given = answers.sum(axis=1)
    if not given.size or given.sum(axis=1).min() <= 0:
        raise ValueError("every unit needs an answer")
    truth: Floats = given / given.sum(axis=1, keepdims=True)
    units, people, size = answers.shape
    flat = answers.reshape(units, people * size)
    before, rounds, likelihood, settled = -np.inf, 0, -np.inf, False
    while rounds < most_rounds and not settled:
        rounds += 1
        marginals = truth.mean(axis=0)
        confusion = _confusion(truth, answers)
        logs = np.log(np.maximum(confusion, _TINY)).transpose(0, 2, 1).reshape(people * size, size)
        joint = np.log(np.maximum(marginals, _TINY)) + flat @ logs
        top = joint.max(axis=1, keepdims=True)
        weight = np.exp(joint - top)
        whole = weight.sum(axis=1, keepdims=True)
        likelihood = float(np.sum(top + np.log(whole)))
        truth = weight / whole
        settled = abs(likelihood - before) <= tolerance * abs(likelihood)
        before = likelihood
    return LatentTruth(
        truth=truth, marginals=marginals, confusion=confusion, log_likelihood=likelihood,
        rounds=rounds, has_converged=settled,
    )  # fmt: skip


def _confusion(truth: Floats, answers: Floats) -> Floats:
    """(R, V, V) shares of the answers by true value; zeros where a person never met a value."""
    found = np.einsum("uj,url->rjl", truth, answers)
    met = found.sum(axis=2, keepdims=True)
    shares: Floats = np.divide(found, met, out=np.zeros_like(found), where=met > 0)
    return shares

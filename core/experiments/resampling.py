"""Drawing clusters anew, thousands of times at once: the weights of a stratified cluster bootstrap.

A replicate gives each cluster a weight: how often it was drawn. Sums over rows are then products of
a matrix of weights with sums over clusters, and the whole bootstrap is a few matrix products.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from core.experiments.clusters import in_order

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]
#: Strata of fewer clusters are drawn exactly; of more, Poisson weights are as good and faster.
FEW = 64
#: Weights held at a time: 32 MB.
_HELD = 4_000_000
#: Poisson(1) at the 256 values of a random byte: how many of them stand for 0, 1, 2 ... draws.
#: Mean and variance are exactly 1; translating bytes is the fastest way from chance to weights.
_POISSON = bytes(
    draws for draws, levels in enumerate((94, 95, 46, 16, 4, 1)) for _ in range(levels)
)


class Resampling:
    """Clusters within strata, to be drawn with replacement in `rounds` replicates.

    `cluster` and `stratum` of shape (n,) name each row's. Strata are drawn from separately, as they
    were sampled. A cluster whose rows lie in several strata is drawn whole, with all others like
    it as one stratum more; a stratum of a single cluster joins them, for nothing can be learnt
    of its variance alone. Small strata of m clusters have m - 1 drawn, scaled by m / (m - 1)
    (Rao, Wu and Yue 1992); in large ones each cluster gets an independent Poisson(1) weight, all
    scaled to the stratum's size: a multinomial draw of a random number of clusters (Hanley and
    MacGibbon 2006).
    """

    def __init__(
        self,
        cluster: npt.ArrayLike,
        *,
        stratum: npt.ArrayLike | None = None,
        rounds: int = 2000,
        seed: int = 0,
    ) -> None:
        self.cluster: Numbers = in_order(cluster)
        self.count = int(self.cluster.max()) + 1 if self.cluster.size else 0
        self.rounds = rounds
        self._seed = seed
        group = _stratum_of_each(self.cluster, self.count, stratum)
        #: The clusters of each stratum.
        self._strata = [np.flatnonzero(group == each) for each in np.unique(group)]

    def sums(self, contributions: csr_array) -> Iterator[Floats]:
        """Replicates of the sums over rows of (n, K) contributions: some (K, replicates) at a time.

        Equal columns have exactly equal sums.
        """
        parts = [_per_cluster(contributions, self.cluster, each) for each in self._strata]
        chance = np.random.Generator(np.random.SFC64(self._seed))
        step = max(1, min(self.rounds, _HELD // max(1, self.count)))
        for start in range(0, self.rounds, step):
            width = min(step, self.rounds - start)
            total = np.zeros((contributions.shape[1], width))
            for part in parts:
                total += part @ _weights(chance, part.shape[1], width)
            yield total


def replicate_sums(
    cluster: npt.ArrayLike,
    contributions: npt.ArrayLike,
    *,
    stratum: npt.ArrayLike | None = None,
    rounds: int = 2000,
    seed: int = 0,
) -> Floats:
    """Replicates (rounds, K) of the sums over rows of `contributions` (n, K), as `Resampling`.

    Contributions are already multiplied by their row's weight. Ratios of such sums, row by row,
    are replicates of any metric made of counts. With fewer than two clusters all rows are equal.
    """
    values = np.asarray(contributions, dtype=np.float64)
    resampling = Resampling(cluster, stratum=stratum, rounds=rounds, seed=seed)
    return np.concatenate(list(resampling.sums(csr_array(values))), axis=1).T


def _stratum_of_each(cluster: Numbers, count: int, stratum: npt.ArrayLike | None) -> Numbers:
    """The number of each cluster's stratum; 0 for those of several strata or of a lone cluster."""
    if stratum is None or count == 0:
        return np.ones(count, dtype=np.intp)
    of_row = in_order(stratum) + 1
    lowest = np.full(count, of_row.max(), dtype=np.intp)
    highest = np.zeros(count, dtype=np.intp)
    np.minimum.at(lowest, cluster, of_row)
    np.maximum.at(highest, cluster, of_row)
    group: Numbers = np.where(lowest == highest, lowest, 0).astype(np.intp)
    group[np.bincount(group)[group] < 2] = 0
    if (group == 0).sum() == 1:
        # Still alone: with the stratum that has the fewest.
        sizes = np.bincount(group)
        sizes[0] = 0
        smallest = np.flatnonzero(sizes)[np.argmin(sizes[sizes > 0])] if sizes.any() else 0
        group[group == 0] = smallest
    return group


def _per_cluster(contributions: csr_array, cluster: Numbers, chosen: Numbers) -> csr_array:
    """(K, clusters of the stratum): the sums of their rows' contributions."""
    place = np.full(int(cluster.max()) + 1, -1)
    place[chosen] = np.arange(chosen.size)
    rows = np.flatnonzero(place[cluster] >= 0)
    member = csr_array(
        (np.ones(rows.size), (rows, place[cluster[rows]])), shape=(cluster.size, chosen.size)
    )
    return csr_array(contributions.T @ member)


def _weights(chance: np.random.Generator, count: int, width: int) -> Floats:
    """(count, width): how often each cluster of a stratum is drawn; columns sum to `count`."""
    if count < 2:
        return np.ones((count, width))
    if count < FEW:
        drawn = chance.multinomial(count - 1, np.full(count, 1 / count), size=width)
        return np.ascontiguousarray(drawn.T, dtype=np.float64) * (count / (count - 1))
    level = chance.bytes(count * width).translate(_POISSON)
    times = np.frombuffer(level, dtype=np.uint8).reshape(count, width)
    scale = count / np.maximum(times.sum(axis=0, dtype=np.uint32), 1)
    weights: Floats = np.multiply(times, scale, dtype=np.float64)
    return weights

"""Rows that are no independent evidence: of one author, or near-duplicates of each other."""

from collections.abc import Hashable, Sequence
from math import isnan

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def joined(*keys: Sequence[Hashable | None]) -> npt.NDArray[np.intp]:
    """The number of each row's cluster, from 0 in order of appearance; shape (n,).

    Rows that share any key that is not None are of one cluster, also by way of others: with
    authors and near-duplicate groups, two authors of the same text are one cluster. Without keys
    or with None only, each row is its own.
    """
    if not keys:
        return np.empty(0, dtype=np.intp)
    count = len(keys[0])
    if any(len(each) != count for each in keys):
        raise ValueError("The keys of clusters have one entry for each row.")
    nodes: dict[tuple[int, Hashable], int] = {}
    rows: list[int] = []
    ends: list[int] = []
    for place, column in enumerate(keys):
        for row, key in enumerate(column):
            if not _is_missing(key):
                rows.append(row)
                ends.append(nodes.setdefault((place, key), count + len(nodes)))
    size = count + len(nodes)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, ends)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return in_order(labels[:count])


def _is_missing(key: Hashable | None) -> bool:
    return key is None or (isinstance(key, float) and isnan(key))


def in_order(labels: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """The same groups, numbered from 0 in order of appearance."""
    _, first, member = np.unique(np.asarray(labels), return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.intp)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[member]

"""Groups of texts that say nearly the same: templates, copies with another name or number in them.

Import it only where it is used: it loads rensa and scipy.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import rensa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.experiments.clusters import in_order

Sketches = npt.NDArray[np.uint32]
#: Letters of a text that are read; the rest of a long one is not.
LONGEST = 4_000
#: Least estimated Jaccard similarity of the sets of shingles of two near-duplicates.
ALIKE = 0.7
_SHINGLE = 5
_SEED = 1
#: Numbers in a sketch. The similarity estimated from 128 has a standard error of .04 at .7.
_SIZE = 128
#: Texts are compared if they agree in one of 32 bands of 4 numbers: at .7 all but 2 in 10,000 are.
_BANDS = 32
#: Pairs compared at a time.
_HELD = 50_000


def near_duplicate_groups(texts: Sequence[str]) -> npt.NDArray[np.intp]:
    """The number of each text's group, from 0 in order of appearance; shape (n,).

    Case and white space do not count. Texts are alike if their sets of 5-letter shingles have a
    Jaccard similarity of about .7, estimated by MinHash (Broder 1997) and found by bands (Indyk and
    Motwani 1998); groups are what is joined by way of any alike. Texts that are equal are always
    of one group, texts of fewer than 5 letters only then. The same texts give the same groups.
    """
    numbers: dict[str, int] = {}
    place = np.fromiter(
        (numbers.setdefault(_plain(text), len(numbers)) for text in texts),
        dtype=np.intp,
        count=len(texts),
    )
    return in_order(_groups(list(numbers))[place])


def _plain(text: str) -> str:
    # Half an emoji, left by whoever cut the text, is no valid Unicode.
    whole = text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
    return " ".join(whole.casefold().split())


def _groups(texts: list[str]) -> npt.NDArray[np.intp]:
    """The number of the group of each of texts that all differ."""
    long_enough = np.array([k for k, text in enumerate(texts) if len(text) >= _SHINGLE], np.intp)
    labels = np.arange(len(texts), dtype=np.intp)
    if long_enough.size < 2:
        return labels
    sketches = _sketches([texts[k] for k in long_enough])
    one, two = _alike(sketches)
    size = long_enough.size
    graph = coo_array((np.ones(one.size, dtype=np.int8), (one, two)), shape=(size, size))
    _, joined = connected_components(graph, directed=False)
    labels[long_enough] = joined + len(texts)
    return labels


def _sketches(texts: list[str]) -> Sketches:
    shingles = [
        [text[start : start + _SHINGLE] for start in range(len(text) - _SHINGLE + 1)]
        for text in texts
    ]
    matrix = rensa.RMinHash.digest_matrix_from_token_sets(shingles, _SIZE, _SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32)


def _alike(sketches: Sketches) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs of places whose sketches agree in enough numbers, among those that share a band."""
    count = sketches.shape[0]
    found = [_sharing(band) for band in np.split(sketches.astype(np.uint64), _BANDS, axis=1)]
    pairs = np.unique(np.concatenate([one * count + two for one, two in found]))
    one, two = pairs // count, pairs % count
    alike = [
        np.mean(sketches[one[start:end]] == sketches[two[start:end]], axis=1) >= ALIKE
        for start, end in ((start, start + _HELD) for start in range(0, one.size, _HELD))
    ]
    chosen = np.concatenate(alike) if alike else np.zeros(0, dtype=bool)
    return one[chosen], two[chosen]


def _sharing(
    band: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Places of equal rows: each with the first and with the next of its like.

    Not each with each: a template that was posted 10,000 times would be 50 million pairs.
    """
    key = np.zeros(band.shape[0], dtype=np.uint64)
    for column in band.T:
        # Different rows of the same key are compared in vain, and no harm is done.
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
    order = np.argsort(key, kind="stable")
    is_new = np.append(True, key[order][1:] != key[order][:-1])
    first = np.maximum.accumulate(np.where(is_new, np.arange(order.size), 0))
    others = np.flatnonzero(~is_new)
    one = np.concatenate([order[first[others]], order[others - 1]])
    return one, np.concatenate([order[others], order[others]])

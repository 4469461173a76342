"""Choosing stored items for a trial: all of a selection, or a sample of it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import TrialError
from core.policies.judge import KINDS, judge
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories, History
from core.usecases.score_items import uniform_of
from core.usecases.trial_run import MOST_ITEMS
from core.usecases.trial_sample import ChosenItems, Ids, SampleKind, TrialStratum
from core.usecases.workspace import Workspace

#: The ends of the ranges that a sample by score is spread over.
_CUTS = (0.2, 0.4, 0.6, 0.8)
#: Another draw is another lottery: the golden ratio's bits keep the draws apart.
_STRIDE = 0x1E3779B97F4A7C15


@rereading
def choose_trial_items(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    *,
    kind: SampleKind,
    count: int,
    draw: int = 0,
) -> ChosenItems:
    """`count` of the selected items, or all if there are fewer; the same `draw` is the same items.

    Raises TrialError when there is nothing to draw or too much is asked for.
    """
    person.require(Permission.RESCORE)
    if not 1 <= count <= MOST_ITEMS:
        raise TrialError(
            f"Between 1 and {MOST_ITEMS:,} items can be tried at once, not {count:,}. Score the "
            "whole selection instead: that runs as a job and keeps the scores."
        )
    if kind is SampleKind.RANDOM:
        with space.store.reading() as parts:
            ids = parts.items.ids(catalogue.selection(wanted, person)).to_numpy()
        parts_of, names, left_out = np.zeros(ids.size, dtype=np.uint8), ["selected"], 0
    else:
        model = catalogue.model.model_version_id
        history = histories.get(catalogue.selection(wanted, person), model)
        ids, left_out = history.ids, history.selected - history.size
        parts_of, names = _parts(history, catalogue, kind)
    if not ids.size:
        raise TrialError(
            "None of the selected items has scores of the model in use, which this sample is "
            "spread by. Draw at random instead."
            if left_out
            else "No item matches the filter. Widen it."
        )
    return _drawn(ids, parts_of, names, (kind, count, draw, left_out))


def _parts(
    history: History, catalogue: Catalogue, kind: SampleKind
) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Each item's part of the selection, and what the parts are called."""
    if kind is SampleKind.BY_VERDICT:
        codes = judge(history.columns, catalogue.policy.rule).codes
        return codes, [each.value for each in KINDS]
    scores = history.columns.scores
    harms = [scores[label] for label in SCORED_LABELS if label is not Label.SENTIMENT]
    risk = np.nan_to_num(np.fmax.reduce(harms))
    ends = [0.0, *_CUTS, 1.0]
    names = [f"{low:.1f}–{high:.1f}" for low, high in pairwise(ends)]
    return np.searchsorted(_CUTS, risk, side="right").astype(np.uint8), names


def _drawn(
    ids: Ids,
    parts_of: npt.NDArray[np.uint8],
    names: Sequence[str],
    asked: tuple[SampleKind, int, int, int],
) -> ChosenItems:
    """The sample; `asked` is its kind, its size, the draw and how many were left out."""
    kind, count, draw, left_out = asked
    sizes = np.bincount(parts_of, minlength=len(names))
    shares = evenly(sizes.tolist(), count)
    shift = np.int64((_STRIDE * (draw + 1)) % (1 << 63))
    with np.errstate(over="ignore"):
        lot = uniform_of(ids + shift)
    taken = []
    for number, share in enumerate(shares):
        here = np.flatnonzero(parts_of == number)
        if share < here.size:
            here = here[np.argpartition(lot[here], share)[:share]]
        taken.append(here)
    rows = np.concatenate(taken)
    rows = rows[np.argsort(lot[rows], kind="stable")]
    return ChosenItems(
        kind=kind,
        ids=ids[rows],
        stratum=parts_of[rows],
        strata=tuple(
            TrialStratum(name=name, size=int(size), drawn=share)
            for name, size, share in zip(names, sizes, shares, strict=True)
        ),
        left_out=left_out,
    )


def evenly(sizes: Sequence[int], count: int) -> list[int]:
    """How many of `count` each part gives when all give the same, as far as they have it."""
    given = [0] * len(sizes)
    left = count
    for place, number in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        given[number] = min(sizes[number], left // (len(sizes) - place))
        left -= given[number]
    return given

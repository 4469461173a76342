"""What people said of the items of a comparison, with what makes reviews no independent evidence.

Reviews of one author or of texts that are nearly the same are one piece of evidence: whatever makes
a model fail on one makes it fail on the others. Every interval takes both into account.
"""

from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import polars as pl

from core.experiments.clusters import in_order, joined
from core.experiments.near_duplicates import near_duplicate_groups
from core.experiments.paired_ratios import Design
from core.policies.judge import APPROVE, REJECT, REVIEW, Codes
from core.store.items import Selection
from core.store.rereading import rereading
from core.usecases.compare_sides import Comparison
from core.usecases.evidence import Evidence
from core.usecases.history import Histories
from core.usecases.workspace import Workspace

Flags = npt.NDArray[np.bool_]

#: Unknown texts up to this share are taken as like no other, until there are more of them.
_NEW_SHARE = 0.01


@dataclass(frozen=True)
class SideReviews:
    """What one side concludes on the m reviewed items, beside what people say."""

    codes: Codes
    inside: Flags
    """(m,): whether the item is of both sides; nothing else is, where it is not."""
    harmful: Flags

    @cached_property
    def approved(self) -> Flags:
        """What the side approves without a person."""
        found: Flags = self.inside & (self.codes == APPROVE)
        return found

    @cached_property
    def reviewed(self) -> Flags:
        """What it sends to review."""
        found: Flags = self.inside & (self.codes == REVIEW)
        return found

    @cached_property
    def rejected(self) -> Flags:
        """What it rejects without a person."""
        found: Flags = self.inside & (self.codes == REJECT)
        return found

    @cached_property
    def missed(self) -> Flags:
        """Approved, and people reject it."""
        return self.approved & self.harmful

    @cached_property
    def removed(self) -> Flags:
        """Rejected, and people approve it."""
        return self.rejected & ~self.harmful

    @cached_property
    def mistakes(self) -> Flags:
        """Concluded without a person, and people conclude otherwise."""
        return self.missed | self.removed

    @cached_property
    def caught(self) -> Flags:
        """Harmful, and rejected or sent to review."""
        found: Flags = self.inside & self.harmful & (self.codes != APPROVE)
        return found


@dataclass(frozen=True)
class ComparedReviews:
    """The m reviews of A's history; those of items that B has not scored are outside."""

    evidence: Evidence
    inside: Flags
    """(m,): of items that both sides have scored."""
    a: SideReviews
    b: SideReviews
    design: Design
    source: pl.Series
    """(m,): where each item is from."""

    @property
    def harmful(self) -> Flags:
        """(m,): of both sides, and rejected by people."""
        return self.inside & self.evidence.harmful

    @property
    def count(self) -> int:
        """Reviews of items that both sides have scored."""
        return int(np.count_nonzero(self.inside))

    @property
    def clusters(self) -> int:
        """Independent pieces of evidence among them: authors or texts, whichever are fewer."""
        return self.design.clusters(self.inside)

    @property
    def only_a_wrong(self) -> int:
        """b: reviews on which A makes a mistake and B does not."""
        return int(np.count_nonzero(self.a.mistakes & ~self.b.mistakes))

    @property
    def only_b_wrong(self) -> int:
        """c: reviews on which B makes a mistake and A does not."""
        return int(np.count_nonzero(self.b.mistakes & ~self.a.mistakes))


@rereading
def compared_reviews(
    space: Workspace, histories: Histories, comparison: Comparison
) -> ComparedReviews:
    """The reviews of a comparison; their clusters are worked out once for a state of the store."""
    paired = comparison.paired
    evidence = paired.evidence
    rows = evidence.rows
    inside = paired.both[rows]
    keys = _keys(space, histories, comparison, evidence)
    weights = evidence.weights[evidence.stratum] if evidence.reviews else np.zeros(0)
    return ComparedReviews(
        evidence=evidence,
        inside=inside,
        a=SideReviews(paired.codes_a[rows], inside, evidence.harmful),
        b=SideReviews(paired.codes_b[rows], inside, evidence.harmful),
        design=Design(weights, evidence.stratum, (keys.author, keys.text)),
        source=keys.source,
    )


@dataclass(frozen=True)
class _Keys:
    """What belongs to each of the m reviews."""

    author: npt.NDArray[np.intp]
    text: npt.NDArray[np.intp]
    source: pl.Series


def _keys(
    space: Workspace, histories: Histories, comparison: Comparison, evidence: Evidence
) -> _Keys:
    history = comparison.paired.history
    known: _Keys | None = history.notes.get("compared keys")
    if known is not None:
        return known
    with space.store.reading() as parts:
        read = parts.previews.review_keys(comparison.selection)
    reviewed = pl.DataFrame({"item_id": history.ids[evidence.rows]})
    keys = reviewed.join(read, on="item_id", how="left", maintain_order="left")
    alike = _near_duplicates(space, histories, comparison.selection, keys)
    # An author is one of a tenant; an item without one is nobody's.
    authors = keys.select(pl.concat_str("tenant_id", "author_id", separator="\x1f")).to_series()
    found = history.notes["compared keys"] = _Keys(
        author=joined(authors.to_list()), text=in_order(alike), source=keys["source"]
    )
    return found


#: Groups of nearly the same texts by what the text says, for all histories of a store.
_known_groups: "WeakKeyDictionary[Histories, dict[bytes, int]]" = WeakKeyDictionary()
_lock = Lock()


def _near_duplicates(
    space: Workspace, histories: Histories, selection: Selection, keys: pl.DataFrame
) -> npt.NDArray[np.intp]:
    """The group of each row's text; texts are read and compared when many are new."""
    hashes: list[Any] = keys["content_hash"].to_list()
    with _lock:
        known = _known_groups.get(histories, {})
    unknown = {each for each in hashes if each not in known}
    if len(unknown) > _NEW_SHARE * len(hashes):
        known = _grouped(space, selection, keys)
        with _lock:
            _known_groups[histories] = known
        unknown = set()
    following = max(known.values(), default=-1) + 1
    alone = {each: following + number for number, each in enumerate(unknown)}
    return np.array(
        [known[each] if each in known else alone[each] for each in hashes], dtype=np.intp
    )


def _grouped(space: Workspace, selection: Selection, keys: pl.DataFrame) -> dict[bytes, int]:
    with space.store.reading() as parts:
        texts = parts.previews.review_texts(selection)
    said = (
        keys.unique("content_hash", maintain_order=True)
        .join(texts, on="item_id", how="left", maintain_order="left")
        .select("content_hash", pl.concat_str("title", "body", separator="\n", ignore_nulls=True))
    )
    groups = near_duplicate_groups(said["title"].fill_null("").to_list())
    return dict(zip(said["content_hash"].to_list(), groups.tolist(), strict=True))

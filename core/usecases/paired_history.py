"""Two sides on the same items: what each concludes on everything that both have scored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.comparison import ComparedSide
from core.domain.label import Label
from core.policies.judge import KINDS, Codes, ScoreColumns, judge
from core.store.items import Selection
from core.usecases.evidence import Evidence, gather
from core.usecases.history import Histories, History

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PairedHistory:
    """A history that A's model version has scored, with what both sides say of its items."""

    a: ComparedSide
    b: ComparedSide
    history: History
    both: Flags
    """(n,): whether the other model version has scored the item too."""
    codes_a: Codes
    codes_b: Codes
    """(n,): the verdicts; where `both` is not set, B's means nothing."""

    @property
    def columns_a(self) -> ScoreColumns:
        """A's scores of all n items."""
        return self.history.columns

    @property
    def columns_b(self) -> ScoreColumns:
        """B's scores of all n items, NaN where there are none."""
        return self.history.other or self.history.columns

    @property
    def evidence(self) -> Evidence:
        """What people said of the n items; leave out rows where `both` is not set."""
        return gather(self.history)

    @property
    def size(self) -> int:
        """Items that both sides have scored."""
        return int(np.count_nonzero(self.both))

    @property
    def only_a(self) -> int:
        """Items that B's model version has not scored."""
        return int(self.both.size) - self.size

    @property
    def differ(self) -> Flags:
        """(n,): whether both scored the item and conclude differently."""
        found: Flags = self.both & (self.codes_a != self.codes_b)
        return found

    @property
    def shared_labels(self) -> tuple[Label, ...]:
        """The labels that both model versions score."""
        return tuple(label for label in self.a.labels if label in self.b.labels)

    def matrix(self) -> npt.NDArray[np.int64]:
        """(3, 3): items by A's verdict (rows) and B's (columns), in the order of KINDS."""
        pairs = self.codes_a[self.both].astype(np.int64) * len(KINDS) + self.codes_b[self.both]
        counts = np.bincount(pairs, minlength=len(KINDS) ** 2)
        return counts.reshape(len(KINDS), len(KINDS))


def paired_history(
    histories: Histories, selection: Selection, a: ComparedSide, b: ComparedSide
) -> PairedHistory:
    """Both sides on the selected items that A's model version has scored."""
    history = histories.get(selection, a.model_version_id, b.model_version_id)
    other = history.other or history.columns
    return PairedHistory(
        a=a,
        b=b,
        history=history,
        both=_scored(history, other),
        codes_a=_codes(history, history.columns, a, "compared a"),
        codes_b=_codes(history, other, b, "compared b"),
    )


def _scored(history: History, other: ScoreColumns) -> Flags:
    """Whether the other model version gave the item any score."""
    known: Flags | None = history.notes.get("judged both")
    if known is None:
        known = np.zeros(history.size, dtype=np.bool_)
        for values in other.scores.values():
            known |= ~np.isnan(values)
        history.notes["judged both"] = known
    return known


def _codes(history: History, columns: ScoreColumns, side: ComparedSide, name: str) -> Codes:
    """The verdicts; each side keeps its last rule's, for only one of them is being changed."""
    key, note = side.rule.model_dump_json(), f"judged {name}"
    known: Any = history.notes.get(note)
    if known is None or known[0] != key:
        known = history.notes[note] = (key, judge(columns, side.rule).codes)
    codes: Codes = known[1]
    return codes

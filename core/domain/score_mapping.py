"""What the columns of a file with an outside model's scores are, and what its labels become."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from core.domain.label import SCORED_LABELS, Label
from core.domain.outside_labels import Fate, Target, folded, is_usable, suggested
from core.domain.record import Record
from core.errors import MappingError

#: More different labels than this are none.
LABELS_MAX = 64

_IDS = (
    "external_id", "id", "item_id", "comment_id", "post_id", "message_id", "uid", "uuid",
    # Perspective sends back the token that came with a request.
    "clienttoken", "client_token",
)  # fmt: skip
_TENANTS = ("tenant_id", "tenant", "site", "community", "workspace")
_LABELS = ("label", "attribute", "category", "attribute_name", "label_name", "class")
_SCORES = ("score", "value", "probability", "summary_score", "score_value", "prob")
#: Columns of JSON objects with a label each, and the path to the score below a label.
ANSWERS: dict[str, str] = {
    "attributescores": ".summaryScore.value",
    "attribute_scores": ".summaryScore.value",
    "category_scores": "",
    "categoryscores": "",
}


class Layout(StrEnum):
    """How a file holds its scores."""

    LONG = "long"
    """A row per item and label."""

    WIDE = "wide"
    """A row per item, a column per label."""

    ANSWERS = "answers"
    """A row per item with the outside service's own answer in one column."""

    @property
    def words(self) -> str:
        """The layout as words for a screen."""
        match self:
            case Layout.LONG:
                return "one row per item and label"
            case Layout.WIDE:
                return "one row per item, one column per label"
            case _:
                return "one line per item with the service's own answer"


class ScoreColumns(Record):
    """The columns of a file with scores."""

    external_id: str
    tenant_id: str | None = None
    label: str | None = None
    score: str | None = None
    answers: str | None = None

    @property
    def layout(self) -> Layout:
        """How the file holds its scores."""
        if self.label is not None:
            return Layout.LONG
        return Layout.ANSWERS if self.answers is not None else Layout.WIDE

    @property
    def named(self) -> set[str]:
        """The columns that are no labels."""
        return {name for name in self.model_dump().values() if name is not None}

    @property
    def path(self) -> str:
        """The way from a label to its score in an answer."""
        return ANSWERS[plain_name(self.answers or "")]


class ScoreMapping(Record):
    """A file's columns and what each of its labels becomes."""

    columns: ScoreColumns
    labels: dict[str, Target]

    @property
    def ours(self) -> dict[Label, str]:
        """Our labels that get scores, in our order, and which label of the file each is."""
        found = {target: name for name, target in self.labels.items() if isinstance(target, Label)}
        return {label: found[label] for label in SCORED_LABELS if label in found}

    @property
    def kept(self) -> list[str]:
        """The labels that are kept under their own names, in the order of their names."""
        return sorted(name for name, target in self.labels.items() if target is Fate.KEPT)

    @property
    def used(self) -> list[str]:
        """The labels whose scores are read."""
        return [*self.ours.values(), *self.kept]

    @property
    def meaning(self) -> dict[str, str]:
        """Our labels by the plain names of the outside ones: what a version's scores mean."""
        return {folded(name): label.value for label, name in self.ours.items()}

    def as_pairs(self) -> dict[str, str]:
        """The mapping as the record of an import keeps it."""
        columns = {
            name: column for name, column in self.columns.model_dump().items() if column is not None
        }
        return columns | {
            f"label:{name}": str(target.value) for name, target in self.labels.items()
        }


def meaning_of(pairs: Mapping[str, str]) -> dict[str, str]:
    """`ScoreMapping.meaning`, from what the record of an import kept."""
    ours = {label.value for label in SCORED_LABELS}
    return {
        folded(name.removeprefix("label:")): target
        for name, target in pairs.items()
        if name.startswith("label:") and target in ours
    }


def meaning_digest(name: str, version: str, meaning: Mapping[str, str]) -> str:
    """SHA-256 (hex) of what an outside model version is: its name, version and labels."""
    facts = {"kind": "external", "name": name, "version": version, "labels": dict(meaning)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def plain_name(column: str) -> str:
    """A column's name for comparing: lower case, words joined by underscores."""
    return re.sub(r"[\s\-.]+", "_", column.strip().lower())


def find_columns(columns: Sequence[str], given: Mapping[str, str]) -> ScoreColumns:
    """The columns by their usual names; `given` (external_id, tenant_id, label, score) wins.

    Raises MappingError when there is no column of ids, or of labels and not of their scores.
    """
    for role, name in given.items():
        if name and name not in columns:
            raise MappingError(
                f"There is no column {name!r} for {role}. The file has: {_listed(columns)}."
            )
    plain = {plain_name(column): column for column in reversed(columns)}
    taken = {name for name in given.values() if name}

    def column(role: str, usual: Iterable[str]) -> str | None:
        if role in given:
            return given[role] or None
        found = (plain[name] for name in usual if name in plain and plain[name] not in taken)
        return next(found, None)

    external_id = column("external_id", _IDS)
    if external_id is None:
        raise MappingError(
            "No column is the items' id. Say which one it is: the one that was external_id when "
            f"the items were imported. The file has: {_listed(columns)}."
        )
    tenant = column("tenant_id", _TENANTS)
    label, score = column("label", _LABELS), column("score", _SCORES)
    answers = column("answers", ANSWERS)
    if label is not None and score is not None:
        return ScoreColumns(external_id=external_id, tenant_id=tenant, label=label, score=score)
    if given.get("label") or given.get("score"):
        raise MappingError(
            "A file with one row per item and label needs both a column of labels and one of "
            f"scores. The file has: {_listed(columns)}."
        )
    return ScoreColumns(external_id=external_id, tenant_id=tenant, answers=answers)


def map_scores(
    columns: ScoreColumns, labels: Sequence[str], given: Mapping[str, Target]
) -> ScoreMapping:
    """The mapping of the file's labels: what their names suggest, and `given` over it.

    Raises MappingError for a label that the file does not have, for two that become the same
    label of ours, and when none becomes one.
    """
    if missing := [name for name in given if name not in labels]:
        raise MappingError(
            f"The file has no label {missing[0]!r}. It has: {_listed(labels) or 'none'}."
        )
    free = [name for name in labels if name not in given]
    claimed = {target for target in given.values() if isinstance(target, Label)}
    guessed = {
        # What somebody gave another label is not guessed a second time.
        name: Fate.KEPT if target in claimed else target
        for name, target in suggested(free).items()
    }
    chosen = {name: given.get(name, guessed.get(name, Fate.KEPT)) for name in labels}
    mapping = ScoreMapping(columns=columns, labels=chosen)
    _check(mapping, labels)
    return mapping


def _check(mapping: ScoreMapping, labels: Sequence[str]) -> None:
    for label in SCORED_LABELS:
        names = [name for name, target in mapping.labels.items() if target is label]
        if len(names) > 1:
            raise MappingError(
                f"{' and '.join(names)} are both mapped to {label.value}: an item has one score "
                "per label. Map one of them; keep the other under its own name "
                f"({names[1]}=extra) or leave it out ({names[1]}=none)."
            )
    if not mapping.ours:
        raise MappingError(
            "None of the file's labels is mapped to one of ours, so there is nothing to compare: "
            f"{_listed(labels) or 'it has no column that looks like scores'}. Map at least one, "
            f"for instance {labels[0] if labels else 'NAME'}=toxicity. Ours are "
            f"{', '.join(label.value for label in SCORED_LABELS)}."
        )


def parse_targets(pairs: Sequence[str]) -> dict[str, Target]:
    """What outside labels become, from outside=ours pairs; ours may be `extra` or `none`."""
    ours: dict[str, Target] = {label.value: label for label in SCORED_LABELS}
    ours |= {fate.value: fate for fate in Fate}
    found: dict[str, Target] = {}
    for pair in pairs:
        name, equals, target = (part.strip() for part in pair.rpartition("="))
        if not equals or not name or target not in ours:
            raise MappingError(
                f"“{pair}” is not a mapping: write outside=ours, as in TOXICITY=toxicity, with one "
                f"of {', '.join(ours)}."
            )
        if not is_usable(name):
            raise MappingError(
                f"“{pair[:60]}”: a label's name has at most 100 characters and no control "
                "characters."
            )
        found[name] = ours[target]
    return found


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:20])
    return f"{shown}, …" if len(names) > 20 else shown

"""Change the model, keep your policy: B's bounds that do what A's bounds do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.comparison import ComparedSide, rule_on
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.policy import (
    LabelThresholds,
    PolicyVersion,
    Rule,
    ThresholdRule,
    WeightedRule,
)
from core.domain.role import Permission
from core.errors import PolicyError
from core.experiments.translation import Keep, quantile_pairs
from core.policies.judge import KINDS, distance_of, judge, overall_of
from core.usecases.catalogue import Catalogue
from core.usecases.compare_sides import Comparison, compare_sides
from core.usecases.compared_reviews import ComparedReviews, compared_reviews
from core.usecases.history import Histories
from core.usecases.manage_policies import save_draft
from core.usecases.preview_policy import Flip
from core.usecases.translate_bound import (
    BASE,
    BoundOfA,
    BoundTranslation,
    TranslationItems,
    translate_bound,
    words_of,
)
from core.usecases.workspace import Workspace

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Translation:
    """A's policy in B's scores, on the items that both model versions have scored."""

    keep: Keep
    a: ComparedSide
    """A with its whole rule."""
    model: ModelVersion
    """B."""
    as_it_is: Comparison
    """B under A's bounds as they are: what happens without translating."""
    bounds: tuple[BoundTranslation, ...]
    rule: Rule | None
    """The translated rule; None when nothing could be translated."""
    comparison: Comparison | None
    """B under the translated rule."""
    lost: tuple[Label, ...]
    """Labels of the rule that B does not score: what they did cannot be kept."""
    unread: tuple[Label, ...]
    """Labels of the rule that A does not score: nobody knows what they did."""
    lost_items: int
    """Items on which A concludes otherwise without those labels."""
    reviews: int
    """Reviews of items that both have scored."""


def translate(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    a: ComparedSide,
    model: ModelVersion,
    keep: Keep,
) -> Translation:
    """The bounds on the scores of `model` (B) that keep what A's bounds do.

    A rule with thresholds is translated label by label and place by place; a weighted one keeps
    its weights, and its two bounds are translated on the overall score. Raises ComparisonError
    when the rule reads nothing that both model versions score.
    """
    person.require(Permission.SEE_SCORES)

    def compared(rule: Rule) -> Comparison:
        b = a.model_copy(
            update={
                "name": f"{model.display_name}, translated", "labels": model.labels, "rule": rule,
                "model_version_id": model.model_version_id, "policy_version_id": None,
            }
        )  # fmt: skip
        return compare_sides(space, histories, catalogue, person, wanted, a, b)

    as_it_is = compared(a.rule)
    # The whole side, not its rule alone: what is adopted names the policy that it comes from.
    notes, key = as_it_is.paired.history.notes, (a.model_dump_json(), keep)
    known: tuple[object, Translation] | None = notes.get("translation")
    if known is None or known[0] != key:
        reviews = compared_reviews(space, histories, as_it_is)
        bounds, rule = _translated(as_it_is, reviews, keep)
        found = Translation(
            keep=keep, a=a, model=model, as_it_is=as_it_is, bounds=bounds, rule=rule,
            comparison=compared(rule) if rule is not None else None,
            lost=tuple(label for label in as_it_is.pair.left_out if label not in model.labels),
            unread=tuple(label for label in as_it_is.pair.left_out if label not in a.labels),
            lost_items=_lost_items(as_it_is, a),
            reviews=reviews.count,
        )  # fmt: skip
        # Other sessions work on the same history: a new entry instead of a changed one.
        known = notes["translation"] = (key, found)
    return known[1]


def adopt(
    space: Workspace, person: Person, translation: Translation, *, name: str
) -> PolicyVersion:
    """Saves the translated rule as a draft that reads B; what it comes from is in the audit log.

    Raises PolicyError when there is no rule, or when B runs elsewhere.
    """
    person.require(Permission.MANAGE_POLICIES)
    model = translation.model
    if model.is_external:
        raise PolicyError(
            f"{model.display_name} runs elsewhere: only its imported scores are here, and nothing "
            "would score new items. A policy for it could never decide. Translate to a model that "
            "runs here."
        )
    if translation.rule is None or translation.comparison is None:
        raise PolicyError("Nothing could be translated, so there is nothing to adopt.")
    found = translation.comparison
    return save_draft(
        space, person, name=name, rule=translation.rule, model=model,
        origin={
            "translated_from": translation.a.name,
            "policy_version_id": str(translation.a.policy_version_id or ""),
            "model_version_id": str(translation.a.model_version_id),
            "kept": translation.keep.value,
            "items": found.items,
            "flips": found.flips,
            "reviews": translation.reviews,
            "lost_labels": [label.value for label in translation.lost],
        },
    )  # fmt: skip


def _translated(
    comparison: Comparison, reviews: ComparedReviews, keep: Keep
) -> tuple[tuple[BoundTranslation, ...], Rule | None]:
    if not comparison.items or (keep is not Keep.VOLUME and not reviews.count):
        return (), None
    items, rule = TranslationItems(comparison, reviews), comparison.pair.a.rule
    if isinstance(rule, WeightedRule):
        return _weighted(items, rule, keep)
    return _thresholds(items, rule, keep)


def _weighted(
    items: TranslationItems, rule: WeightedRule, keep: Keep
) -> tuple[tuple[BoundTranslation, ...], Rule]:
    low = translate_bound(items, BoundOfA(None, rule.approve_below, is_strict=False), keep)
    high = translate_bound(items, BoundOfA(None, rule.reject_above, is_strict=True), keep)
    low = _in_order(items, low, high)
    return (low, high), WeightedRule(
        weights=rule.weights,
        approve_below=_number(low),
        # A weighted rule must have both bounds; no overall score is above 1.
        reject_above=1.0 if high.b is None else high.b,
    )


def _thresholds(
    items: TranslationItems, rule: ThresholdRule, keep: Keep
) -> tuple[tuple[BoundTranslation, ...], Rule]:
    found: list[BoundTranslation] = []
    kept: dict[int, dict[Label, LabelThresholds]] = {}
    for low, high, bounds in _bounds_of(rule):
        review = translate_bound(items, low, keep)
        reject = translate_bound(items, high, keep) if high is not None else None
        if reject is not None:
            review = _in_order(items, review, reject)
        found += [review] if reject is None else [review, reject]
        if low.label is not None:
            kept.setdefault(low.override, {})[low.label] = LabelThresholds(
                approve_below=_number(review),
                reject_above=reject.b if reject is not None else None,
                cites=bounds.cites,
            )
    overrides = tuple(
        override.model_copy(update={"thresholds": kept[number]})
        for number, override in enumerate(rule.overrides)
    )
    return tuple(found), ThresholdRule(thresholds=kept[BASE], overrides=overrides)


def _bounds_of(
    rule: ThresholdRule,
) -> Iterator[tuple[BoundOfA, BoundOfA | None, LabelThresholds]]:
    """(the bound of review, that of rejection, both) of each label, everywhere and by place."""
    places: list[tuple[int, str | None, dict[Label, LabelThresholds]]] = [
        (BASE, None, rule.thresholds)
    ]
    places += [
        (number, words_of(each), each.thresholds) for number, each in enumerate(rule.overrides)
    ]
    for label in SCORED_LABELS:
        for override, where, thresholds in places:
            if (bounds := thresholds.get(label)) is None:
                continue
            low = BoundOfA(
                label, bounds.approve_below, is_strict=False, cites=bounds.cites,
                override=override, where=where,
            )  # fmt: skip
            high = None
            if bounds.reject_above is not None:
                high = replace(low, at=bounds.reject_above, is_strict=True)
            yield low, high, bounds


def _in_order(
    items: TranslationItems, low: BoundTranslation, high: BoundTranslation
) -> BoundTranslation:
    """The bound of review, moved down to the one of rejection where it would be above it.

    Nothing that would be looked at or rejected then goes unseen.
    """
    if low.b is None or high.b is None or low.b <= high.b:
        return low
    moved = items.measured(replace(low, b=high.b))
    return replace(moved, is_moved=moved.caught_b != low.caught_b)


def _number(found: BoundTranslation) -> float:
    if found.b is None:
        raise ValueError("a bound of review has always a counterpart")
    return found.b


def _lost_items(comparison: Comparison, a: ComparedSide) -> int:
    """Items that A concludes otherwise about when it reads only what both score."""
    paired = comparison.paired
    whole: Any = rule_on(a.rule, a.labels)
    if whole is None or whole == comparison.pair.a.rule:
        return 0
    codes = judge(paired.columns_a, whole).codes
    return int(np.count_nonzero(paired.both & (codes != paired.codes_a)))


def translated_flips(translation: Translation, flip: Flip) -> Rows:
    """Rows of the history whose verdict still changes so; those furthest from B's bounds first."""
    if translation.comparison is None or translation.rule is None:
        return np.zeros(0, dtype=np.intp)
    paired = translation.comparison.paired
    chosen = paired.differ
    if flip.before is not None:
        chosen = chosen & (paired.codes_a == KINDS.index(flip.before))
    if flip.after is not None:
        chosen = chosen & (paired.codes_b == KINDS.index(flip.after))
    rows = np.flatnonzero(chosen)
    distance = distance_of(paired.columns_b.take(rows), translation.rule)
    # What has no distance (an unscored label) comes last.
    return rows[np.argsort(-np.where(np.isnan(distance), -np.inf, distance), kind="stable")]


def score_quantiles(
    translation: Translation, label: Label | None
) -> tuple[Floats, Floats, Floats] | None:
    """(A's scores, B's, the share of items at or above) at the same ranks, at most 400.

    `label` None: the overall score of a weighted rule. None without items that have both.
    """
    paired, rule = translation.as_it_is.paired, translation.as_it_is.pair.a.rule
    known: dict[object, Any] = paired.history.notes.setdefault("judged quantiles", {})
    key = label or rule.model_dump_json()
    if key not in known:
        a, b = (
            overall_of(columns, rule) if label is None else columns.scores[label]
            for columns in (paired.columns_a, paired.columns_b)
        )
        chosen = paired.both & ~np.isnan(a) & ~np.isnan(b)
        known[key] = (
            quantile_pairs(a[chosen].astype(np.float64), b[chosen].astype(np.float64))
            if chosen.any()
            else None
        )
    found: tuple[Floats, Floats, Floats] | None = known[key]
    return found

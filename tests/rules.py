"""Hypothesis strategies for scores and rules."""

from hypothesis import strategies as st

from core.domain.label import CITABLE_LABELS, SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Override, ThresholdRule, WeightedRule
from core.policies.builtin import WEIGHTED_BASELINE

#: Few values, so that scores fall exactly on bounds.
float32 = st.floats(0, 1, width=32) | st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
scores = st.fixed_dictionaries({label: st.none() | float32 for label in SCORED_LABELS})
TENANTS, LANGUAGES = ("acme", "north"), ("en", "de", None)


@st.composite
def bounds(draw: st.DrawFn) -> LabelThresholds:
    """One label's bounds, in order."""
    low = draw(float32)
    high = draw(st.none() | st.floats(low, 1, width=32))
    cites = draw(st.none() | st.sampled_from(CITABLE_LABELS))
    return LabelThresholds(approve_below=low, reject_above=high, cites=cites)


@st.composite
def threshold_rules(draw: st.DrawFn, most_overrides: int = 0) -> ThresholdRule:
    """Bounds for some labels, and overrides for some of these."""
    labels: list[Label] = draw(st.lists(st.sampled_from(SCORED_LABELS), min_size=1, unique=True))
    overrides = []
    for _ in range(draw(st.integers(0, most_overrides))):
        tenant = draw(st.none() | st.sampled_from(TENANTS))
        language = draw(st.sampled_from(["en", "de"]) if tenant is None else st.none())
        some = draw(st.lists(st.sampled_from(labels), min_size=1, unique=True))
        overrides.append(
            Override(
                tenant=tenant, language=language,
                thresholds={label: draw(bounds()) for label in some},
            )
        )  # fmt: skip
    return ThresholdRule(
        thresholds={label: draw(bounds()) for label in labels}, overrides=tuple(overrides)
    )


@st.composite
def weighted_rules(draw: st.DrawFn) -> WeightedRule:
    """Weights that sum to at most 1."""
    labels = draw(st.lists(st.sampled_from(SCORED_LABELS), min_size=1, unique=True))
    parts = {label: draw(st.floats(0.01, 1)) for label in labels}
    total = sum(parts.values()) * 1.001
    low = draw(st.floats(0, 1))
    return WeightedRule(
        weights={label: part / total for label, part in parts.items()},
        approve_below=low,
        reject_above=draw(st.floats(low, 1)),
    )


rules = st.just(WEIGHTED_BASELINE) | weighted_rules() | threshold_rules(most_overrides=3)

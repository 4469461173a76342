"""One text under two policies, or two models, side by side."""

from dataclasses import dataclass

import streamlit as st

from core.domain.policy import Place, PolicyVersion, ThresholdRule, WeightedRule
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.errors import WorkbenchError
from core.usecases.compare_texts import text_difference
from core.usecases.list_models import ModelRow
from core.usecases.try_text import TriedText
from dashboard import state
from dashboard.components.tried_text import VERDICTS, marked, parts_table
from dashboard.components.words import plain
from dashboard.policies.names import version_words, versions_in_order

_AS_READ = "The one the policy reads"
_ANY = "Any"


@dataclass(frozen=True)
class _Side:
    """What one side scores with and judges by."""

    name: str
    policy: PolicyVersion
    model: str | None
    """The installed model's name; None: the one that the policy reads."""


def show_text_bench() -> None:
    """Draws the part; nothing that is typed here is stored."""
    if not state.person().may(Permission.SEE_MODELS):
        st.info(
            "Your role may not try texts on models. Ask an admin for another role.",
            icon=":material/lock:",
        )
        return
    st.caption("Nothing is stored. The words in colour raised the score.")
    versions = versions_in_order()
    rows = state.workbench().models(state.person())
    installed = {row.name: row for row in rows if row.is_installed}
    with st.form("bench_form", border=False):
        text = st.text_area(
            "Text", max_chars=10_000, key="bench_text", height=120, persist_state="session",
            placeholder="Paste a text and press Score",
        )  # fmt: skip
        left, right = st.columns(2, gap="large")
        with left:
            first = _side("A", versions, installed)
        with right:
            second = _side("B", versions, installed)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            place = _place(versions)
            pressed = st.form_submit_button(
                "Score", type="primary", icon=":material/science:", key="bench_score"
            )
    if not pressed:
        return
    if not text.strip():
        st.info("Type or paste a text first.")
        return
    _compared(text, (first, second), place, installed)


def _side(name: str, versions: dict[int, PolicyVersion], installed: dict[str, ModelRow]) -> _Side:
    ids = list(versions)
    # What is live against what could be next: the first version after it, if there is one.
    start = 0 if name == "A" else min(1, len(ids) - 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            f"Side {name}: policy", ids, start, key=f"bench_policy_{name}", persist_state="session",
            format_func=lambda each: version_words(versions[each]),
        )  # fmt: skip
        model = st.selectbox(
            "Model", [_AS_READ, *installed], key=f"bench_model_{name}", persist_state="session",
            format_func=lambda each: installed[each].display_name if each in installed else each,
        )  # fmt: skip
    return _Side(name, versions[chosen], None if model == _AS_READ else model)


def _place(versions: dict[int, PolicyVersion]) -> Place:
    """Where the text is said to come from; only overrides look at it."""
    known, person = state.facets(), state.person()
    overrides = [
        override
        for version in versions.values()
        if isinstance(version.rule, ThresholdRule)
        for override in version.rule.overrides
    ]
    tenants = {*known["tenant"], *(each.tenant for each in overrides if each.tenant)}
    languages = {*known["language"], *(each.language for each in overrides if each.language)}
    seen = sorted(each for each in tenants if person.sees(each))
    tenant = st.selectbox(
        "Tenant", [_ANY, *seen], key="bench_tenant", persist_state="session", width=160,
        help="For overrides of a tenant. Any: only bounds that hold everywhere.",
    )  # fmt: skip
    language = st.selectbox(
        "Language", [_ANY, *sorted(languages)], key="bench_language", width=160,
        persist_state="session", help="For overrides of a language.",
    )  # fmt: skip
    return Place(
        tenant=None if tenant == _ANY else tenant, language=None if language == _ANY else language
    )


def _compared(
    text: str, sides: tuple[_Side, _Side], place: Place, installed: dict[str, ModelRow]
) -> None:
    with st.spinner("Scoring and explaining …"):
        found = [_tried(text, side, place, installed) for side in sides]
    first, second = found
    if isinstance(first, TriedText) and isinstance(second, TriedText):
        st.markdown(f"**{text_difference(first, second)}**")
    else:
        st.markdown("**A and B cannot be compared: one of them has no scores.**")
    for column, side, result in zip(st.columns(2, gap="large"), sides, found, strict=True):
        with column:
            st.subheader(
                f"{side.name}: {plain(side.policy.display_name)}", anchor=False, divider="gray"
            )
            if isinstance(result, TriedText):
                _result(result, side)
            else:
                st.error(result, icon=":material/error:")


def _tried(text: str, side: _Side, place: Place, installed: dict[str, ModelRow]) -> TriedText | str:
    """The scored text, or in Markdown why there is none."""
    name = side.model
    if name is None:
        read = _model_read(side.policy)
        known = {row.digest: row.name for row in installed.values()}
        if read is None or read.digest not in known:
            words = plain(read.display_name) if read else "a model that is not known here"
            return (
                f"{plain(side.policy.display_name)} reads {words}, which is not installed here: "
                "nothing was scored. Choose an installed model for this side."
            )
        name = known[read.digest]
    try:
        return state.workbench().try_text(name, text, policy=side.policy, place=place)
    except WorkbenchError as error:
        return plain(str(error))


def _model_read(policy: PolicyVersion) -> ModelRow | None:
    """The model whose scores the policy is made for."""
    workbench = state.workbench()
    digests = {each.model_version_id: each.digest for each in workbench.catalogue.models}
    digest = digests.get(policy.model_version_id)
    return next((row for row in workbench.models(state.person()) if row.digest == digest), None)


def _result(tried: TriedText, side: _Side) -> None:
    words, colour = VERDICTS[tried.verdict.kind]
    reasons = ", ".join(label.words.lower() for label in tried.verdict.reasons)
    st.markdown(
        f":{colour}-badge[{words}]"
        + (f" citing {reasons}" if reasons else "")
        + f" · overall **{_number(tried.verdict.overall)}** · agreement "
        f"**{_number(tried.verdict.agreement)}** · {tried.milliseconds:.0f} ms by "
        f"{plain(tried.model)}"
    )
    st.markdown(_decided(tried))
    _cautions(tried, side)
    marked(tried)
    parts_table(tried, key=f"bench_parts_{side.name}")


def _decided(tried: TriedText) -> str:
    """Which label made the verdict, or which sum."""
    rule, overall = tried.policy.rule, tried.verdict.overall
    if isinstance(rule, WeightedRule):
        if overall is None:
            return "The weighted sum is not known, so people decide."
        top = max(tried.parts, key=lambda part: part.contribution or 0.0)
        return (
            f"The weighted sum decides: {overall:.3f}, approved below {rule.approve_below:.2f} and "
            f"rejected above {rule.reject_above:.2f}. Most of it is {top.label.words.lower()} "
            f"({top.contribution or 0.0:.3f})."
        )
    deciding = [part.label.words.lower() for part in tried.parts if part.decides]
    if deciding:
        return f"Decided by {' and '.join(deciding)}."
    if tried.verdict.kind is VerdictKind.APPROVE:
        return "No label reaches its bound of review."
    return "No label reaches its bound, but a score is missing, so people decide."


def _cautions(tried: TriedText, side: _Side) -> None:
    if tried.missing:
        missing = ", ".join(label.words.lower() for label in tried.missing)
        effect = (
            "the weighted sum cannot be worked out, and everything goes to review."
            if isinstance(tried.policy.rule, WeightedRule)
            else "without it nothing is approved, only reviewed or rejected."
        )
        st.warning(
            f"{plain(tried.policy.display_name)} needs a score of {missing}, which "
            f"{plain(tried.model)} does not give: {effect}",
            icon=":material/rule:",
        )
    read = _model_read(side.policy)
    if read is not None and read.display_name != tried.model:
        st.caption(
            f"The policy reads {plain(read.display_name)}: its bounds were chosen for those "
            "scores, not for these."
        )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

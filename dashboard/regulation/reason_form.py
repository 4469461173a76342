"""What one reason means: category, ground, restriction and the words of its statements."""

from enum import StrEnum
from typing import TypeVar

import streamlit as st

from core.domain.category_words import words_of
from core.domain.dsa_enums import (
    KEYWORDS,
    OTHER,
    STALKING,
    AccountRestriction,
    Category,
    Ground,
    Monetary,
    Provision,
    Visibility,
    in_words,
)
from core.domain.dsa_mapping import PLACEHOLDERS, DsaMapping, ReasonMapping, filled_in
from core.domain.label import CITABLE_LABELS, Label
from core.domain.statement import EXPLANATION_MAX, FACTS_MAX, SHORT_MAX
from core.policies.personal_data import find_personal_data
from dashboard.components.words import plain
from dashboard.regulation.saving import save_button

_Code = TypeVar("_Code", bound=StrEnum)
_GROUNDS = {None: "not answered", Ground.ILLEGAL: "it is illegal",
            Ground.INCOMPATIBLE: "it breaks our terms"}  # fmt: skip
_CLAIMS = {None: "not said", True: "yes", False: "no"}


def reason_form(mapping: DsaMapping, *, may_change: bool) -> None:
    """Draws the form of the chosen reason."""
    with st.container(border=True):
        label = st.segmented_control(
            "Reason", CITABLE_LABELS, default=CITABLE_LABELS[0], key="regulation_reason",
            format_func=lambda each: each.words, required=True, bind="query-params",
        ) or CITABLE_LABELS[0]  # fmt: skip
        known = mapping.reasons.get(label, ReasonMapping())
        key = f"reason_{mapping.version}_{label.value}"
        values = _category(known, key) | _ground(known, key) | _restriction(known, key)
        values |= _facts(known, label, key)

        def change() -> DsaMapping:
            reason = ReasonMapping.model_validate(values)
            return mapping.model_copy(update={"reasons": {**mapping.reasons, label: reason}})

        save_button(
            f"Save what {label.words.lower()} means", change, may_change=may_change,
            key=f"{key}_save",
        )  # fmt: skip


def _category(known: ReasonMapping, key: str) -> dict[str, object]:
    left, right = st.columns(2)
    options: list[Category | None] = [None, *Category]
    options.remove(Category.NOT_SPECIFIED_NOTICE)
    category = left.selectbox(
        "Category", options, index=options.index(known.category), key=f"{key}_category",
        format_func=lambda each: "not answered" if each is None else words_of(each.value),
    )  # fmt: skip
    codes = [*(KEYWORDS[category] if category else ()), OTHER, STALKING]
    kept = [each for each in known.keywords if each in codes]
    keywords = right.multiselect(
        "Keywords", codes, kept, key=f"{key}_{category}_keywords",
        format_func=lambda code: "Other" if code == OTHER else _keyword(code),
        help="The first one is the row of the report in which its measures count.",
    )  # fmt: skip
    other = ""
    if OTHER in keywords:
        other = right.text_input(
            "“Other” stands for", known.keyword_other, max_chars=SHORT_MAX, key=f"{key}_other"
        )
    return {"category": category, "keywords": tuple(keywords), "keyword_other": other}


def _keyword(code: str) -> str:
    return in_words(code) if code == STALKING else words_of(code)


def _ground(known: ReasonMapping, key: str) -> dict[str, object]:
    left, right = st.columns(2)
    ground = left.radio(
        "It is rejected because", list(_GROUNDS), index=list(_GROUNDS).index(known.ground),
        format_func=_GROUNDS.__getitem__, horizontal=True, key=f"{key}_ground",
    )  # fmt: skip
    law = left.text_input(
        "Law or clause", known.legal_ground, max_chars=SHORT_MAX, key=f"{key}_law",
        placeholder="The article of the law, or the number of the rule",
    )  # fmt: skip
    url = left.text_input(
        "Link to it (optional)", known.reference_url, max_chars=SHORT_MAX, key=f"{key}_url"
    )
    also: bool | None = None
    if ground is Ground.INCOMPATIBLE:
        also = left.radio(
            "Is it illegal as well?", list(_CLAIMS), index=list(_CLAIMS).index(known.also_illegal),
            format_func=_CLAIMS.__getitem__, horizontal=True, key=f"{key}_also",
        )  # fmt: skip
    why = right.text_area(
        "Why it applies", known.explanation, max_chars=EXPLANATION_MAX, height=190,
        key=f"{key}_why",
    )  # fmt: skip
    return {
        "ground": ground, "legal_ground": law, "reference_url": url, "also_illegal": also,
        "explanation": why,
    }  # fmt: skip


def _restriction(known: ReasonMapping, key: str) -> dict[str, object]:
    left, right = st.columns(2)
    visibility = left.multiselect(
        "A rejection does this to the content", list(Visibility), list(known.visibility),
        format_func=lambda each: in_words(each.value), key=f"{key}_visibility",
    )  # fmt: skip
    visibility_other = ""
    if Visibility.OTHER in visibility:
        visibility_other = left.text_input(
            "Other restriction", known.visibility_other, max_chars=SHORT_MAX, key=f"{key}_seen"
        )
    with right.expander("To payments, the service or the account"):
        monetary = _choice("Payments", Monetary, known.monetary, f"{key}_monetary")
        monetary_other = ""
        if monetary is Monetary.OTHER:
            monetary_other = st.text_input(
                "Other restriction of payments", known.monetary_other, max_chars=SHORT_MAX,
                key=f"{key}_paid",
            )  # fmt: skip
        provision = _choice("Service", Provision, known.provision, f"{key}_provision")
        account = _choice("Account", AccountRestriction, known.account, f"{key}_account")
    return {
        "visibility": tuple(visibility), "visibility_other": visibility_other,
        "monetary": monetary, "monetary_other": monetary_other, "provision": provision,
        "account": account,
    }  # fmt: skip


def _choice(name: str, kind: type[_Code], known: _Code | None, key: str) -> _Code | None:
    options: list[_Code | None] = [None, *kind]
    return st.selectbox(
        name, options, index=options.index(known), key=key,
        format_func=lambda each: "nothing" if each is None else in_words(each.value),
    )  # fmt: skip


def _facts(known: ReasonMapping, label: Label, key: str) -> dict[str, object]:
    facts = st.text_area(
        "Facts and circumstances", known.facts, max_chars=FACTS_MAX, key=f"{key}_facts",
        help="For every statement filled in anew. "
        + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        + " stand for what is known of the decision; {note} is the reviewer's note.",
        placeholder="The {content_type} was found to contain {reason}.",
    )  # fmt: skip
    if found := find_personal_data(facts):
        kinds = ", ".join(dict.fromkeys(each.kind.value for each in found))
        st.warning(plain(f"This seems to hold {kinds}: such statements are held back."))
    elif facts:
        example = filled_in(
            facts,
            {"reason": label.words.lower(), "policy": "default v1", "content_type": "text",
             "language": "en", "note": "(the reviewer's note)"},
        )  # fmt: skip
        st.caption(f"For instance: {plain(example)}")
    return {"facts": facts}

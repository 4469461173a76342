"""Every rule of the statement schema: one that is taken and one that is refused."""

from typing import Any

import pytest

from core.domain.dsa_enums import ALL_KEYWORDS, EU, KEYWORDS, OTHER, TERRITORIES, Category
from core.domain.statement import StatementOfReasons

GOOD: dict[str, Any] = {
    "puid": "4f9c1c1e-0b43-4f0e-9f3e-2a2f5f5b0001",
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Rule 4",
    "incompatible_content_explanation": "Insults are not allowed.",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    "content_date": "2026-05-01",
    "application_date": "2026-05-04",
    "decision_facts": "A comment insulted another person.",
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "Yes",
    "automated_decision": "AUTOMATED_DECISION_PARTIALLY",
}
ILLEGAL = {
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "illegal_content_legal_ground": "Law 1",
    "illegal_content_explanation": "It is forbidden.",
}
OTHER_SEEN = {"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}
OTHER_PAID = {"decision_monetary": "DECISION_MONETARY_OTHER"}
OTHER_TYPE = {"content_type": ["CONTENT_TYPE_OTHER"]}
NOTHING = {"decision_visibility": []}

#: field that is complained of, values that are taken, values that are refused.
RULES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("puid", {"puid": "a-Z_9"}, {"puid": "a b"}),
    ("puid", {"puid": "x" * 500}, {"puid": "x" * 501}),
    ("puid", {}, {"puid": ""}),
    ("decision_visibility", NOTHING | {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}, NOTHING),
    ("decision_visibility", NOTHING | {"decision_monetary": "DECISION_MONETARY_SUSPENSION"}, NOTHING),
    ("decision_visibility", NOTHING | {"decision_provision": "DECISION_PROVISION_TOTAL_SUSPENSION"},
     {"decision_visibility": ["DECISION_VISIBILITY_GONE"]}),
    ("decision_visibility_other", OTHER_SEEN | {"decision_visibility_other": "x" * 500}, OTHER_SEEN),
    ("decision_visibility_other", OTHER_SEEN | {"decision_visibility_other": "Blurred"},
     OTHER_SEEN | {"decision_visibility_other": "x" * 501}),
    ("decision_monetary_other", OTHER_PAID | {"decision_monetary_other": "Later"}, OTHER_PAID),
    ("content_type_other", OTHER_TYPE | {"content_type_other": "A game"}, OTHER_TYPE),
    ("decision_provision", {"decision_provision": "DECISION_PROVISION_PARTIAL_TERMINATION"},
     {"decision_provision": "DECISION_PROVISION_NONE"}),
    ("decision_account", {"decision_account": "DECISION_ACCOUNT_TERMINATED"},
     {"decision_account": "DECISION_ACCOUNT_WARNED"}),
    ("account_type", {"account_type": "ACCOUNT_TYPE_PRIVATE"}, {"account_type": "PRIVATE"}),
    ("decision_ground", ILLEGAL, {"decision_ground": None}),
    ("decision_ground_reference_url", {"decision_ground_reference_url": "https://a.example/terms"},
     {"decision_ground_reference_url": "terms"}),
    ("decision_ground_reference_url", {}, {"decision_ground_reference_url": "https://a/" + "x" * 500}),
    ("illegal_content_legal_ground", ILLEGAL | {"illegal_content_legal_ground": "x" * 500},
     ILLEGAL | {"illegal_content_legal_ground": None}),
    ("illegal_content_explanation", ILLEGAL | {"illegal_content_explanation": "x" * 2000},
     ILLEGAL | {"illegal_content_explanation": "x" * 2001}),
    ("incompatible_content_ground", {}, {"incompatible_content_ground": None}),
    ("incompatible_content_explanation", {}, {"incompatible_content_explanation": "x" * 2001}),
    ("incompatible_content_illegal", {"incompatible_content_illegal": "No"},
     {"incompatible_content_illegal": "no"}),
    ("content_type", {"content_type": ["CONTENT_TYPE_TEXT", "CONTENT_TYPE_IMAGE"]},
     {"content_type": []}),
    ("content_type", {"content_type": ["CONTENT_TYPE_APP"]}, {"content_type": ["CONTENT_TYPE_AD"]}),
    ("category", {"category": "STATEMENT_CATEGORY_SELF_HARM"}, {"category": None}),
    ("category", {}, {"category": "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"}),
    ("category_addition", {"category_addition": ["STATEMENT_CATEGORY_VIOLENCE"]},
     {"category_addition": ["VIOLENCE"]}),
    ("category_specification", {"category_specification": ["KEYWORD_STALKING"]},
     {"category_specification": ["KEYWORD_RUDE"]}),
    ("category_specification_other", {"category_specification_other": "x" * 500},
     {"category_specification_other": "x" * 501}),
    ("content_language", {"content_language": "EL"}, {"content_language": "el"}),
    ("content_date", {"content_date": "2000-01-01"}, {"content_date": "1999-12-31"}),
    ("content_date", {"content_date": "2038-01-01"}, {"content_date": "2038-01-02"}),
    ("application_date", {"application_date": "2020-01-01"}, {"application_date": "2019-12-31"}),
    ("application_date", {}, {"application_date": "04.05.2026"}),
    ("end_date_visibility_restriction", {"end_date_visibility_restriction": "2026-05-04"},
     {"end_date_visibility_restriction": "2026-05-03"}),
    ("end_date_account_restriction", {"end_date_account_restriction": "2027-01-01"},
     {"end_date_account_restriction": "2026-01-01"}),
    ("decision_facts", {"decision_facts": "x" * 5000}, {"decision_facts": "x" * 5001}),
    ("decision_facts", {}, {"decision_facts": ""}),
    ("source_type", {"source_type": "SOURCE_ARTICLE_16"}, {"source_type": "SOURCE_USER"}),
    ("source_identity", {"source_type": "SOURCE_TRUSTED_FLAGGER", "source_identity": "An office"},
     {"source_type": "SOURCE_TRUSTED_FLAGGER", "source_identity": "x" * 501}),
    ("automated_detection", {"automated_detection": "No"}, {"automated_detection": True}),
    ("automated_decision", {"automated_decision": "AUTOMATED_DECISION_FULLY"},
     {"automated_decision": "FULLY"}),
    ("content_id", {"content_id": {"EAN-13": "4006381333931"}}, {"content_id": {"EAN-13": "123"}}),
    ("content_id", {"content_id": None}, {"content_id": {"ISBN": "4006381333931"}}),
    ("shadow", {}, {"shadow": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "taken", "refused"), RULES, ids=[f"{n}-{r[0]}" for n, r in enumerate(RULES)]
)
def test_each_rule_takes_one_and_refuses_one(
    field: str, taken: dict[str, Any], refused: dict[str, Any]
) -> None:
    assert isinstance(StatementOfReasons.checked(GOOD | taken), StatementOfReasons)
    problems = StatementOfReasons.checked(GOOD | refused)
    assert not isinstance(problems, StatementOfReasons)
    assert field in {each.field for each in problems}
    assert all(each.problem for each in problems)


def test_every_problem_is_named_at_once() -> None:
    problems = StatementOfReasons.checked(
        {"puid": "a", "decision_ground": ILLEGAL["decision_ground"]}
    )
    assert not isinstance(problems, StatementOfReasons)
    named = {each.field for each in problems}
    assert {
        "decision_visibility",
        "illegal_content_explanation",
        "category",
        "source_type",
    } <= named


def test_what_other_answers_make_meaningless_is_dropped() -> None:
    statement = StatementOfReasons.checked(
        GOOD
        | {
            "decision_visibility_other": "x", "content_type_other": "x",
            "illegal_content_legal_ground": "x", "source_identity": "somebody",
            "category_addition": [GOOD["category"], "STATEMENT_CATEGORY_VIOLENCE"],
            "territorial_scope": ["SE", "XX", "AT", "SE"], "end_date_visibility_restriction": "",
        }
    )  # fmt: skip
    assert isinstance(statement, StatementOfReasons)
    values = statement.to_values()
    assert values["category_addition"] == ["STATEMENT_CATEGORY_VIOLENCE"]
    assert values["territorial_scope"] == ["AT", "SE"]
    for name in ("decision_visibility_other", "content_type_other", "source_identity",
                 "illegal_content_legal_ground", "end_date_visibility_restriction"):  # fmt: skip
        assert name not in values
    assert values["content_date"] == "2026-05-01"


def test_the_closed_lists_have_the_size_of_the_schema() -> None:
    assert (len(Category), len(ALL_KEYWORDS), len(TERRITORIES), len(EU)) == (16, 69, 30, 27)
    named = [each for names in KEYWORDS.values() for each in names]
    assert len(named) == len(set(named)) == 67
    assert OTHER not in named

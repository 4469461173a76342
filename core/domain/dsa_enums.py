"""The closed lists of the DSA Transparency Database (schema v2) and the harmonised report.

Facts re-typed from the public API documentation of the Transparency Database and from Annexes I
and II of Implementing Regulation (EU) 2024/2835; see docs/regulatory-exports.md.
"""

from enum import StrEnum


class Visibility(StrEnum):
    """How visibility was restricted (decision_visibility)."""

    REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
    DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
    DEMOTED = "DECISION_VISIBILITY_CONTENT_DEMOTED"
    AGE_RESTRICTED = "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"
    INTERACTION_RESTRICTED = "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"
    LABELLED = "DECISION_VISIBILITY_CONTENT_LABELLED"
    OTHER = "DECISION_VISIBILITY_OTHER"


class Monetary(StrEnum):
    """How payments were restricted (decision_monetary)."""

    SUSPENSION = "DECISION_MONETARY_SUSPENSION"
    TERMINATION = "DECISION_MONETARY_TERMINATION"
    OTHER = "DECISION_MONETARY_OTHER"


class Provision(StrEnum):
    """How the service was restricted (decision_provision)."""

    PARTIAL_SUSPENSION = "DECISION_PROVISION_PARTIAL_SUSPENSION"
    TOTAL_SUSPENSION = "DECISION_PROVISION_TOTAL_SUSPENSION"
    PARTIAL_TERMINATION = "DECISION_PROVISION_PARTIAL_TERMINATION"
    TOTAL_TERMINATION = "DECISION_PROVISION_TOTAL_TERMINATION"


class AccountRestriction(StrEnum):
    """How the account was restricted (decision_account)."""

    SUSPENDED = "DECISION_ACCOUNT_SUSPENDED"
    TERMINATED = "DECISION_ACCOUNT_TERMINATED"


class AccountType(StrEnum):
    """Whose account it is."""

    BUSINESS = "ACCOUNT_TYPE_BUSINESS"
    PRIVATE = "ACCOUNT_TYPE_PRIVATE"


class Ground(StrEnum):
    """What a restriction rests on: the law, or the provider's terms and conditions."""

    ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
    INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"


class StatedContent(StrEnum):
    """What kind of content a statement is about (content_type)."""

    APP = "CONTENT_TYPE_APP"
    AUDIO = "CONTENT_TYPE_AUDIO"
    IMAGE = "CONTENT_TYPE_IMAGE"
    PRODUCT = "CONTENT_TYPE_PRODUCT"
    SYNTHETIC_MEDIA = "CONTENT_TYPE_SYNTHETIC_MEDIA"
    TEXT = "CONTENT_TYPE_TEXT"
    VIDEO = "CONTENT_TYPE_VIDEO"
    OTHER = "CONTENT_TYPE_OTHER"


class SourceType(StrEnum):
    """What made the provider look at the content."""

    ARTICLE_16 = "SOURCE_ARTICLE_16"
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    OTHER_NOTIFICATION = "SOURCE_TYPE_OTHER_NOTIFICATION"
    VOLUNTARY = "SOURCE_VOLUNTARY"

    @property
    def is_own_initiative(self) -> bool:
        """Whether no Article 16 notice came before (Annex II, counting rule 6)."""
        return self not in (SourceType.ARTICLE_16, SourceType.TRUSTED_FLAGGER)


class Automation(StrEnum):
    """How far the decision itself (not the detection) was automated."""

    FULLY = "AUTOMATED_DECISION_FULLY"
    PARTIALLY = "AUTOMATED_DECISION_PARTIALLY"
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED"


class YesNo(StrEnum):
    """The database's words for true and false."""

    YES = "Yes"
    NO = "No"


class Category(StrEnum):
    """Categories of illegal or incompatible content, in the order of the report."""

    ANIMAL_WELFARE = "STATEMENT_CATEGORY_ANIMAL_WELFARE"
    CONSUMER_INFORMATION = "STATEMENT_CATEGORY_CONSUMER_INFORMATION"
    CYBER_VIOLENCE = "STATEMENT_CATEGORY_CYBER_VIOLENCE"
    CYBER_VIOLENCE_AGAINST_WOMEN = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
    DATA_PROTECTION = "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
    SPEECH = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
    INTELLECTUAL_PROPERTY = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    CIVIC_DISCOURSE = "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
    MINORS = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
    PUBLIC_SECURITY = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY"
    SCAMS = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    SELF_HARM = "STATEMENT_CATEGORY_SELF_HARM"
    PRODUCTS = "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
    VIOLENCE = "STATEMENT_CATEGORY_VIOLENCE"
    OTHER_VIOLATION_TC = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    NOT_SPECIFIED_NOTICE = "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"


#: A category of the report's part 3 alone: no statement can carry it.
NOT_SPECIFIED_ORDER = "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"

#: The keyword that every category has besides its own.
OTHER = "KEYWORD_OTHER"

#: A keyword that only statements know; the report has no row for it.
STALKING = "KEYWORD_STALKING"

_KEYWORDS: dict[Category, str] = {
    Category.ANIMAL_WELFARE: "ANIMAL_HARM UNLAWFUL_SALE_ANIMALS",
    Category.CONSUMER_INFORMATION: (
        "HIDDEN_ADVERTISEMENT INSUFFICIENT_INFORMATION_ON_TRADERS MISLEADING_INFO_GOODS_SERVICES "
        "MISLEADING_INFO_CONSUMER_RIGHTS NONCOMPLIANCE_PRICING"
    ),
    Category.CYBER_VIOLENCE: (
        "CYBER_BULLYING_INTIMIDATION CYBER_HARASSMENT CYBER_INCITEMENT CYBER_STALKING "
        "NON_CONSENSUAL_IMAGE_SHARING NON_CONSENSUAL_MATERIAL_DEEPFAKE"
    ),
    Category.CYBER_VIOLENCE_AGAINST_WOMEN: (
        "BULLYING_AGAINST_GIRLS CYBER_HARASSMENT_AGAINST_WOMEN CYBER_STALKING_AGAINST_WOMEN "
        "FEMALE_GENDERED_DISINFORMATION INCITEMENT_AGAINST_WOMEN "
        "NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN"
    ),
    Category.DATA_PROTECTION: (
        "BIOMETRIC_DATA_BREACH DATA_FALSIFICATION MISSING_PROCESSING_GROUND RIGHT_TO_BE_FORGOTTEN"
    ),
    Category.SPEECH: "DEFAMATION DISCRIMINATION HATE_SPEECH",
    Category.INTELLECTUAL_PROPERTY: (
        "COPYRIGHT_INFRINGEMENT DESIGN_INFRINGEMENT GEOGRAPHIC_INDICATIONS_INFRINGEMENT "
        "PATENT_INFRINGEMENT TRADE_SECRET_INFRINGEMENT TRADEMARK_INFRINGEMENT"
    ),
    Category.CIVIC_DISCOURSE: (
        "MISINFORMATION_DISINFORMATION VIOLATION_EU_LAW VIOLATION_NATIONAL_LAW"
    ),
    Category.MINORS: (
        "AGE_SPECIFIC_RESTRICTIONS_MINORS CHILD_SEXUAL_ABUSE_MATERIAL "
        "CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE GROOMING_SEXUAL_ENTICEMENT_MINORS UNSAFE_CHALLENGES"
    ),
    Category.PUBLIC_SECURITY: (
        "ILLEGAL_ORGANIZATIONS RISK_ENVIRONMENTAL_DAMAGE RISK_PUBLIC_HEALTH TERRORIST_CONTENT"
    ),
    Category.SCAMS: (
        "IMPERSONATION_ACCOUNT_HIJACKING INAUTHENTIC_ACCOUNTS INAUTHENTIC_LISTINGS "
        "INAUTHENTIC_USER_REVIEWS PHISHING PYRAMID_SCHEMES"
    ),
    Category.SELF_HARM: "CONTENT_PROMOTING_EATING_DISORDERS SELF_MUTILATION SUICIDE",
    Category.PRODUCTS: "PROHIBITED_PRODUCTS UNSAFE_PRODUCTS",
    Category.VIOLENCE: (
        "COORDINATED_HARM INCITEMENT_VIOLENCE_HATRED HUMAN_EXPLOITATION HUMAN_TRAFFICKING "
        "TRAFFICKING_WOMEN_GIRLS"
    ),
    Category.OTHER_VIOLATION_TC: (
        "ADULT_SEXUAL_MATERIAL AGE_SPECIFIC_RESTRICTIONS GEOGRAPHICAL_REQUIREMENTS "
        "GOODS_SERVICES_NOT_PERMITTED LANGUAGE_REQUIREMENTS NUDITY"
    ),
    Category.NOT_SPECIFIED_NOTICE: "",
}

#: The keywords of each category in the order of the report; KEYWORD_OTHER comes after them.
KEYWORDS: dict[Category, tuple[str, ...]] = {
    category: tuple(f"KEYWORD_{name}" for name in names.split())
    for category, names in _KEYWORDS.items()
}

#: Every keyword that a statement may carry: 69.
ALL_KEYWORDS: frozenset[str] = frozenset(
    {OTHER, STALKING, *(name for names in KEYWORDS.values() for name in names)}
)

#: Where a restriction may apply, as the database writes countries (Greece is GR).
TERRITORIES: tuple[str, ...] = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip

#: The European Union: the territories without Iceland, Liechtenstein and Norway.
EU: tuple[str, ...] = tuple(name for name in TERRITORIES if name not in ("IS", "LI", "NO"))


_PREFIXES = (
    "STATEMENT_CATEGORY_", "KEYWORD_", "DECISION_VISIBILITY_CONTENT_", "DECISION_VISIBILITY_",
    "DECISION_GROUND_", "DECISION_MONETARY_", "DECISION_PROVISION_", "DECISION_ACCOUNT_",
    "ACCOUNT_TYPE_",
)  # fmt: skip


def in_words(code: str) -> str:
    """A code as people read it: STATEMENT_CATEGORY_SELF_HARM is "Self harm"."""
    for start in _PREFIXES:
        if code.startswith(start):
            code = code.removeprefix(start)
            break
    return code.replace("_", " ").capitalize()

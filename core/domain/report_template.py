"""The tables of the harmonised transparency report: columns and rows of the files.

Facts re-typed from Annex I of Implementing Regulation (EU) 2024/2835. Some official headers and
cells end in a space; they are written so, and compared without it.
"""

from functools import cache

from core.domain.dsa_enums import KEYWORDS, NOT_SPECIFIED_ORDER, OTHER, Category

TOTAL = "TOTAL"
ALL = "All"
HOSTING = "Only for providers of hosting services, including online platforms"
PLATFORMS = "Only for providers of online platforms"
VLOPS = "Only for VLOPs"

NAMES: dict[int, str] = {
    1: "report_identification", 2: "categories_names", 3: "member_states_orders", 4: "notices",
    5: "own_initiative_illegal", 6: "own_initiative_TC", 7: "appeals_and_recidivism",
    8: "automated_means", 9: "human_resources", 10: "AMAR", 11: "qualitative",
}  # fmt: skip

PERIOD = "Reporting period"
DESCRIPTION = 'Description of the sub-category "Other"'
ILLEGAL = "Category of illegal content"
INCOMPATIBLE = "Category of incompatibility with the provider's terms and conditions"
MEASURES = "Number of measures taken at the provider's own initiative "
SOLELY = "Number of measures taken after detection with solely automated means "

#: The restriction columns of parts 5 and 6, in order.
RESTRICTIONS: tuple[str, ...] = (
    "Visibility restriction Removal", "Visibility restriction Disable",
    "Visibility restriction Demoted", "Visibility restriction Age restricted",
    "Visibility restriction Interaction restricted", "Visibility restriction Labelled ",
    "Visibility restriction Other", "Monetary restriction Suspension",
    "Monetary restriction Termination", "Monetary restriction Other",
    "Provision of the service Suspension", "Provision of the service Termination",
    "Account restriction Suspension", "Account restriction Termination",
)  # fmt: skip

ORDERS: tuple[str, ...] = (
    "Number of orders to act against illegal content received",
    "Number of specific items of information included in the total number of orders to act "
    "against illegal content",
    "Median time to inform the authority of the receipt of the order to act against illegal "
    "content",
    "Median time to give effect to the order to act against illegal content",
    "Number of orders to provide information",
    "Median time to inform the authority of the receipt of the order to provide information",
    "Median time to give effect to the order to provide information",
)

_ITEMS = "Number of specific items of information included in the total number of notices"
_LAW = "Number of actions taken on the basis of the law"
_TERMS = "Number of actions taken on the basis of the terms and conditions of the service"
_TF = " (Trusted Flagger notices)"
#: The columns of part 4: each number, then the same of trusted flaggers.
NOTICES: tuple[str, ...] = (
    "Number of notices received ", "Number of notices received from Trusted flaggers",
    _ITEMS, f"{_ITEMS} by Trusted Flaggers{_TF}",
    "Median time to take action", f"Median time to take action{_TF}",
    _LAW, _LAW + _TF, _TERMS, _TERMS + _TF,
)  # fmt: skip

_KEYS = ("Applicability", "Service", PERIOD)
_LONG = (*_KEYS, "Section", "Indicator", "Scope", "Value")
_OWN = (MEASURES, SOLELY, *RESTRICTIONS)


def _lower_first(name: str) -> str:
    """The official headers of part 3 write the first words after "on" small, of orders only."""
    small = name[0].lower() + name[1:]
    acts = "act against illegal content"
    return small if name.startswith("Number of") and acts in name else name


COLUMNS: dict[int, tuple[str, ...]] = {
    1: ("Applicability", "Service", "Indicator", "Value"),
    2: (
        "Category label", "Category description",
        "Category of illegal content / incompatible with the terms and conditions",
        "Contextual information",
    ),
    3: (
        *_KEYS, ILLEGAL, DESCRIPTION, "Scope", *ORDERS,
        *(f"Contextual information on {_lower_first(name)}" for name in ORDERS),
    ),
    4: (
        *_KEYS, ILLEGAL, DESCRIPTION, *NOTICES,
        *(f"Contextual information on {name}" for name in NOTICES),
    ),
    5: (*_KEYS, ILLEGAL, DESCRIPTION, *_OWN,
        *(f"Contextual Information on {name}" for name in _OWN)),
    6: (*_KEYS, INCOMPATIBLE, DESCRIPTION, *_OWN,
        *(f"Contextual Information on {name}" for name in _OWN)),
    7: (*_LONG, "Contextual Information"),
    8: (*_LONG, "Contextual Information"),
    9: (*_LONG, "Contextual information"),
}  # fmt: skip


@cache
def category_rows(part: int) -> tuple[tuple[str, str], ...]:
    """(category, code) of each row of parts 2 to 6 in order; TOTAL belongs to no category.

    Category 15 is in part 6 alone, 16 in part 3, 17 in part 4; part 2 names all of them.
    """
    rows = [("", TOTAL)]
    for category, keywords in KEYWORDS.items():
        if category is Category.NOT_SPECIFIED_NOTICE:
            continue
        if category is Category.OTHER_VIOLATION_TC and part not in (2, 6):
            continue
        rows += [(category.value, code) for code in (category.value, *keywords, OTHER)]
    if part in (2, 3):
        rows.append((NOT_SPECIFIED_ORDER, NOT_SPECIFIED_ORDER))
    if part in (2, 4):
        notice = Category.NOT_SPECIFIED_NOTICE.value
        rows.append((notice, notice))
    return tuple(rows)


#: The indicators of part 1.
IDENTIFICATION = (
    "Name of the service provider", "Date of the publication of the report",
    "Date of the publication of the latest previous report",
    "Starting date of reporting period", "Ending date of reporting period",
)  # fmt: skip

_COMPLAINTS = "Internal complaints mechanism"
_DISPUTES = "Out-of-court dispute settlement bodies"
_SUSPENSIONS = "Suspensions imposed on repeated offenders"
SUBMITTED = "Number of complaints submitted to the internal-complaints mechanism"
NEW_RESTRICTIONS = "Number of restrictions newly imposed as a result of an internal complaint"
_ABOUT = "Complaint regarding a decision "
ABOUT_VISIBILITY = f"{_ABOUT}to remove or disable access to or restrict visibility of information"
GROUNDS = (
    ABOUT_VISIBILITY,
    f"{_ABOUT}to suspend or terminate the provision of the service",
    f"{_ABOUT}to suspend or terminate an account ",
    f"{_ABOUT}to restrict the ability to monetise information",
    f"{_ABOUT}not to take action on a notice submitted in accordance with Article 16",
    f"{_ABOUT}not to take action on a notice submitted by a Trusted Flagger in accordance with "
    "Article 16",
)
_DISPUTED = "Number of disputes submitted to out-of-court dispute settlement bodies"
_SUSPENDED = (
    "Number of suspensions enacted for the provision of manifestly illegal content ",
    "Number of suspensions enacted for the provision of manifestly unfounded notices",
    "Number of suspensions enacted for the provision of manifestly unfounded complaints",
)
NUMBER, UPHELD, PARTLY, REVERSED = (
    "Total number", "Decisions upheld", "Decisions partially reversed", "Decisions reversed",
)  # fmt: skip
MEDIAN, OMITTED = "Median time", "Decision omitted"
IMPLEMENTED = "Percentage of outcomes implemented"
_OUTCOMES = (NUMBER, UPHELD, PARTLY, REVERSED, MEDIAN)

AUTOMATED = "Use of automated means for content moderation"
SOLELY_TAKEN = "Number of measures solely taken by automated means "
NOT_TAKEN = "Number of measures not taken by automated means"
SOLELY_PROCESSED = "Number of notices solely processed by automated means "
NOT_PROCESSED = "Number of notices not processed by automated means"
ACCURACY, PRECISION, RECALL = (
    f"Accuracy of the automated means - {name}" for name in ("Accuracy", "Precision", "Recall")
)
OWN_INITIATIVE, NAM, NAM_FLAGGER = "Own-initiative ", "NAM Total", "NAM Trusted Flagger"
_STAFF = "Human resources dedicated to content moderation "


def _long_rows() -> dict[int, tuple[tuple[str, str, str, str], ...]]:
    appeals = [(_COMPLAINTS, SUBMITTED, scope) for scope in (*_OUTCOMES, OMITTED)]
    appeals.append((_COMPLAINTS, NEW_RESTRICTIONS, NUMBER))
    appeals += [(_COMPLAINTS, ground, scope) for ground in GROUNDS for scope in _OUTCOMES]
    appeals += [(_DISPUTES, _DISPUTED, scope) for scope in (*_OUTCOMES, OMITTED, IMPLEMENTED)]
    appeals += [(_SUSPENSIONS, indicator, NUMBER) for indicator in _SUSPENDED]
    quality = (ACCURACY, PRECISION, RECALL)
    means = [
        (applies, AUTOMATED, indicator, scope)
        for applies, scope, counts in (
            (ALL, NUMBER, (SOLELY_TAKEN, NOT_TAKEN)),
            (ALL, OWN_INITIATIVE, (SOLELY_TAKEN, NOT_TAKEN)),
            (HOSTING, NAM, (SOLELY_PROCESSED, NOT_PROCESSED)),
            (PLATFORMS, NAM_FLAGGER, (SOLELY_PROCESSED, NOT_PROCESSED)),
        )
        for indicator in (*counts, *quality)
    ]
    staff = (
        "Number of internal moderators employed by the provider",
        "Number of external moderators contracted by the provider",
        "Number of total moderators with sufficient linguistic expertise ",
    )
    return {
        # Only the first row, the total of complaints, is asked of everybody.
        7: tuple((PLATFORMS if at else ALL, *row) for at, row in enumerate(appeals)),
        8: tuple(means),
        9: tuple((VLOPS, _STAFF, indicator, NUMBER) for indicator in staff),
    }


#: (applicability, section, indicator, scope) of the rows of parts 7 to 9, in order. The rows of
#: single languages, which only very large platforms fill in, are not among them.
LONG_ROWS = _long_rows()

"""How Annex I names the categories and keywords (part 2 of the report)."""

from core.domain.dsa_enums import KEYWORDS, NOT_SPECIFIED_ORDER, OTHER, Category
from core.domain.report_template import TOTAL

_NOT_CAPTURED = "Not captured by any other sub-category"

#: One line a category: its description, then those of its keywords in the order of KEYWORDS.
_WORDS: dict[Category, tuple[str, ...]] = {
    Category.ANIMAL_WELFARE: ("Animal welfare", "Animal harm", "Unlawful sale of animals"),
    Category.CONSUMER_INFORMATION: (
        "Consumer information infringements",
        "Hidden advertisement or commercial communication, including by influencers",
        "Insufficient information on traders",
        "Misleading information about the characteristics of the goods and services",
        "Misleading information about the consumer’s rights",
        "Non-compliance with pricing regulations",
    ),
    Category.CYBER_VIOLENCE: (
        "Cyber violence", "Cyber bullying and intimidation", "Cyber harassment",
        "Cyber incitement to hatred or violence", "Cyber stalking",
        "Non-consensual (intimate) material sharing, including (image-based) sexual abuse "
        "(excluding content depicting minors)",
        "Non-consensual sharing of material containing deepfake or similar technology using a "
        "third party's features (excluding content depicting minors)",
    ),
    Category.CYBER_VIOLENCE_AGAINST_WOMEN: (
        "Cyber violence against women", "Cyber bullying and intimidation against girls",
        "Cyber harassment against women", "Cyber stalking against women",
        "Gendered disinformation", "Illegal incitement to violence and hatred against women",
        "Non-consensual (intimate) material sharing against women, including (image-based) sexual "
        "abuse against women (excluding content depicting minors)",
        "Non-consensual sharing of material containing deepfake or similar technology using a "
        "third party's features against women (excluding content depicting minors)",
    ),
    Category.DATA_PROTECTION: (
        "Data protection and privacy violations", "Biometric data breach", "Data falsification",
        "Missing processing ground for data", "Right to be forgotten",
    ),
    Category.SPEECH: (
        "Illegal or harmful speech", "Defamation", "Discrimination",
        "Illegal incitement to violence and hatred based on protected characteristics "
        "(hate speech)",
    ),
    Category.INTELLECTUAL_PROPERTY: (
        "Intellectual property infringements", "Copyright infringements", "Design infringements",
        "Geographical indications infringements", "Patent infringements",
        "Trade secret infringements", "Trademark infringements",
    ),
    Category.CIVIC_DISCOURSE: (
        "Negative effects on civic discourse or elections",
        "Misinformation, disinformation, foreign information manipulation and interference",
        "Violation of EU law relevant to civic discourse or elections",
        "Violation of national law relevant to civic discourse or elections",
    ),
    Category.MINORS: (
        "Protection of minors", "Age-specific restrictions concerning minors",
        "Child sexual abuse material",
        "Child sexual abuse material containing deepfake or similar technology",
        "Grooming/sexual enticement of minors", "Unsafe challenges",
    ),
    Category.PUBLIC_SECURITY: (
        "Risk for public security", "Illegal organizations", "Risk for environmental damage",
        "Risk for public health", "Terrorist content",
    ),
    Category.SCAMS: (
        "Scams and/or fraud", "Impersonation or account hijacking", "Inauthentic accounts",
        "Inauthentic listings", "Inauthentic user reviews", "Phishing", "Pyramid schemes",
    ),
    Category.SELF_HARM: (
        "Self-harm", "Content promoting eating disorders", "Self-mutilation", "Suicide",
    ),
    Category.PRODUCTS: (
        "Unsafe, non-compliant or prohibited products", "Prohibited or restricted products",
        "Unsafe or non-compliant products",
    ),
    Category.VIOLENCE: (
        "Violence", "Coordinated harm", "General calls or incitement to violence and/or hatred",
        "Human exploitation", "Human trafficking", "Trafficking in women and girls",
    ),
    Category.OTHER_VIOLATION_TC: (
        "Other violation of provider’s terms and conditions", "Adult sexual material",
        "Age-specific restrictions", "Geographical requirements",
        "Goods/services not permitted to be offered on the platform", "Language requirements",
        "Nudity",
    ),
}  # fmt: skip

_UNSPECIFIED = (
    ("Category 16", "Type of illegal content not specified by the public authority",
     NOT_SPECIFIED_ORDER),
    ("Category 17", "Type of alleged illegal content not specified by the notifier",
     Category.NOT_SPECIFIED_NOTICE.value),
)  # fmt: skip


def category_names() -> tuple[tuple[str, str, str], ...]:
    """(label, description, code) of the 100 rows of part 2, such as Category 1a."""
    rows = [(TOTAL, "All the entries", TOTAL)]
    for number, (category, words) in enumerate(_WORDS.items(), start=1):
        codes = (*KEYWORDS[category], OTHER)
        rows.append((f"Category {number}", words[0], category.value))
        rows += [
            (f"Category {number}{letter}", description, code)
            for letter, description, code in zip(
                "abcdefghi", (*words[1:], _NOT_CAPTURED), codes, strict=False
            )
        ]
    return (*rows, *_UNSPECIFIED)


def words_of(code: str) -> str:
    """A category's or keyword's official description; the code itself where there is none."""
    return _BY_CODE.get(code, code)


_BY_CODE = {code: description for _, description, code in category_names()}

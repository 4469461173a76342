"""The kinds of harm that models score and people cite."""

from enum import StrEnum


class Label(StrEnum):
    """One kind of harm; `sentiment` is the probability that the tone is negative."""

    TOXICITY = "toxicity"
    HATE_SPEECH = "hate_speech"
    SPAM = "spam"
    SENTIMENT = "sentiment"
    VIOLENCE = "violence"
    ADULT_CONTENT = "adult_content"
    MISINFORMATION = "misinformation"

    @property
    def words(self) -> str:
        """The label as words for a screen, such as "Hate speech"."""
        return self.value.replace("_", " ").capitalize()


#: Labels that models score, in the order of every table and chart.
SCORED_LABELS: tuple[Label, ...] = (
    Label.TOXICITY,
    Label.HATE_SPEECH,
    Label.SPAM,
    Label.SENTIMENT,
    Label.VIOLENCE,
    Label.ADULT_CONTENT,
)

#: Labels a person can cite as the reason of a rejection, in the order of the digit keys.
CITABLE_LABELS: tuple[Label, ...] = (
    Label.SPAM,
    Label.TOXICITY,
    Label.HATE_SPEECH,
    Label.VIOLENCE,
    Label.ADULT_CONTENT,
    Label.MISINFORMATION,
)

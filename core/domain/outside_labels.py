"""The labels of well-known outside models, and which of ours each is closest to."""

import re
from collections.abc import Collection
from enum import StrEnum

from core.domain.label import SCORED_LABELS, Label


class Fate(StrEnum):
    """What becomes of an outside label that is none of ours."""

    KEPT = "extra"
    """Kept beside our labels under its own name."""

    LEFT_OUT = "none"

    @property
    def words(self) -> str:
        """The fate as words for a screen."""
        return "Keep under its own name" if self is Fate.KEPT else "Leave out"


#: What an outside label becomes.
Target = Label | Fate

#: By folded name; of several that mean the same label of ours, the first in a file's favour.
_COUNTERPARTS: dict[str, Label] = {
    **{label.value: label for label in SCORED_LABELS},
    # Perspective's attributes; SEVERE_TOXICITY, INSULT and PROFANITY are kinds of TOXICITY.
    "identity_attack": Label.HATE_SPEECH,
    "threat": Label.VIOLENCE,
    "sexually_explicit": Label.ADULT_CONTENT,
    # OpenAI's moderation categories.
    "harassment": Label.TOXICITY,
    "hate": Label.HATE_SPEECH,
    "sexual": Label.ADULT_CONTENT,
    # Names that Jigsaw's data and others use.
    "toxic": Label.TOXICITY,
    "identity_hate": Label.HATE_SPEECH,
    "hateful": Label.HATE_SPEECH,
    "sexual_explicit": Label.ADULT_CONTENT,
    "nsfw": Label.ADULT_CONTENT,
    "adult": Label.ADULT_CONTENT,
    "negative": Label.SENTIMENT,
}
#: Known labels without a counterpart of ours.
_WITHOUT = {
    "severe_toxicity", "insult", "profanity", "flirtation", "attack_on_author",
    "attack_on_commenter", "incoherent", "inflammatory", "likely_to_reject", "obscene",
    "unsubstantial", "affinity", "compassion", "curiosity", "nuance", "personal_story",
    "reasoning", "respect", "severe_toxic", "harassment_threatening", "hate_threatening",
    "illicit", "illicit_violent", "self_harm", "self_harm_instructions", "self_harm_intent",
    "sexual_minors", "violence_graphic",
}  # fmt: skip
#: How flattened answers and spreadsheets dress a label's name.
_DRESS = re.compile(
    r"^(?:attribute_?scores_|category_scores_|perspective_|openai_)"
    r"|(?:_summary_?score_value|_summary_?score|_experimental|_score|_prob|_probability)$"
)
_PLACES = {name: place for place, name in enumerate(_COUNTERPARTS)}
NAME_MAX = 100


def folded(name: str) -> str:
    """The name in lower case, without dress: attributeScores.THREAT.summaryScore.value, threat."""
    plain = re.sub(r"[^\w]+", "_", name.strip().lower()).strip("_")
    while (bare := _DRESS.sub("", plain)) != plain and bare:
        plain = bare
    return plain


def is_known(name: str) -> bool:
    """Whether a well-known model has a label of this name."""
    return folded(name) in _COUNTERPARTS or folded(name) in _WITHOUT


def is_usable(name: str) -> bool:
    """Whether a label may have this name: 1 to 100 characters, none of them a control character."""
    return 0 < len(name) <= NAME_MAX and name.isprintable()


def suggested(names: list[str]) -> dict[str, Target]:
    """What each label becomes unless somebody says otherwise; none of ours is meant twice."""
    meant: dict[Label, str] = {}
    for name in sorted(names, key=lambda each: _PLACES.get(folded(each), len(_PLACES))):
        ours = _COUNTERPARTS.get(folded(name))
        if ours is not None:
            meant.setdefault(ours, name)
    chosen: dict[str, Target] = {name: ours for ours, name in meant.items()}
    return {name: chosen.get(name, Fate.KEPT) for name in names}


def likely_source(names: Collection[str]) -> str:
    """What a model with these labels is probably called; empty where the names do not tell."""
    plain = {folded(name) for name in names}
    if plain & {"severe_toxicity", "identity_attack", "sexually_explicit", "flirtation"}:
        return "perspective"
    if plain & {"harassment", "self_harm", "sexual_minors", "illicit"}:
        return "openai-moderation"
    return ""

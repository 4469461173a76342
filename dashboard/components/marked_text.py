"""A text with its highlights, as Markdown in which nothing of the text is active."""

import re
from collections.abc import Sequence

from core.domain.label import Label
from core.engine.highlight import Highlight, segments
from dashboard.components.md_escape import md_escape

#: The colours of the review card.
COLOURS = {
    Label.TOXICITY: "red",
    Label.HATE_SPEECH: "violet",
    Label.SPAM: "yellow",
    Label.VIOLENCE: "orange",
    Label.ADULT_CONTENT: "blue",
}

_WWW = re.compile("www", re.IGNORECASE)


def marked_text(text: str, highlights: Sequence[Highlight]) -> str:
    """The text on one line, every piece escaped, marked words on their label's colour."""
    pieces = []
    for piece, label in segments(text, highlights):
        shown = _inert(md_escape(" ".join(piece.split(" "))).replace("\n", " "))
        colour = COLOURS.get(label) if label else None
        pieces.append(f":{colour}-background[{shown}]" if colour and shown.strip() else shown)
    return "".join(pieces)


def _inert(escaped: str) -> str:
    """Without the addresses and icons that are found in escaped text too.

    Markdown makes links of bare addresses and Streamlit icons of `:material/x:`; a word joiner,
    which nobody sees, keeps what they look for apart.
    """
    parted = escaped.replace("\\:", "\\:\u2060").replace("@", "@\u2060")
    return _WWW.sub("\\g<0>\u2060", parted)


def legend(highlights: Sequence[Highlight]) -> str:
    """The labels that occur, each on its colour."""
    present = {highlight.label for highlight in highlights}
    return "  ".join(
        f":{colour}-background[{label.words}]"
        for label, colour in COLOURS.items()
        if label in present
    )

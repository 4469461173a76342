"""Text in places that Streamlit reads as Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~><:$&])")


def md_escape(text: str) -> str:
    """The text with every Markdown character escaped; for short names in labels, not for bodies."""
    return _SPECIAL.sub(r"\\\1", text)

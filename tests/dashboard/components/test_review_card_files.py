"""The card's scripts keep what reading them cannot enforce."""

from pathlib import Path

import pytest

from dashboard.components.review_card import review_card

FOLDER = Path(review_card.__file__).parent
SCRIPTS = sorted(FOLDER.glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "sink", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch("]
)
def test_no_script_can_turn_text_into_markup_or_call_out(script: Path, sink: str) -> None:
    assert sink not in script.read_text(encoding="utf-8")


def test_every_script_is_part_of_the_card() -> None:
    joined = review_card.CARD_SCRIPT
    assert SCRIPTS
    for script in SCRIPTS:
        assert script.read_text(encoding="utf-8") in joined


def test_colours_come_from_the_theme_only() -> None:
    style = (FOLDER / "card.css").read_text(encoding="utf-8")
    assert "var(--st-" in style
    for notation in ("rgb(", "rgba(", "hsl(", "oklch("):
        assert notation not in style
    assert not [word for word in style.split() if word.startswith("#")]

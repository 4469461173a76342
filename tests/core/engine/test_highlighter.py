import threading

from core.domain.label import Label
from core.engine.highlight import Highlight, segments
from core.engine.highlighter import Highlighter
from tests.builders import WordClassifier


class Slow(WordClassifier):
    """Explains when it is let; glances at nothing."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.explained: list[str] = []

    def explain(self, text: str, limit: int):  # type: ignore[no-untyped-def]
        assert self.go.wait(10)
        self.explained.append(text)
        return super().explain(text, limit)


def test_what_was_prepared_is_shown_in_full_and_the_rest_at_a_glance() -> None:
    model = Slow()
    highlighter = Highlighter(model)
    plain = (("you idiot", None),)
    assert highlighter.segments("you idiot") == plain
    highlighter.prepare(["you idiot", ""])
    assert highlighter.segments("you idiot") == plain
    model.go.set()
    highlighter.wait()
    assert [piece for piece, _ in highlighter.segments("you idiot")] == ["you ", "idiot"]
    assert model.explained == ["you idiot"]
    highlighter.close()


def test_the_first_card_is_explained_at_once_and_remembered() -> None:
    model = Slow()
    model.go.set()
    highlighter = Highlighter(model)
    first = highlighter.full_segments("cheap pills")
    assert first == highlighter.segments("cheap pills") == highlighter.full_segments("cheap pills")
    assert model.explained == ["cheap pills"]
    assert highlighter.segments("") == highlighter.full_segments("") == ()


def test_the_newest_wish_comes_first_and_closing_stops() -> None:
    model = Slow()
    highlighter = Highlighter(model)
    highlighter.prepare(["a idiot", "b idiot", "c idiot"])
    highlighter.prepare(["d idiot", "e idiot"])
    model.go.set()
    highlighter.wait()
    rest = [text[0] for text in model.explained if text[0] != "a"]
    assert rest == ["d", "e", "b", "c"]
    highlighter.close()
    highlighter.prepare(["f idiot"])
    assert "f idiot" not in model.explained


def test_a_blank_or_a_full_stop_alone_is_never_coloured() -> None:
    text = "you all. 🐍!"
    marks = [
        Highlight(start=0, end=7, label=Label.HATE_SPEECH, weight=1),
        Highlight(start=0, end=3, label=Label.TOXICITY, weight=2),
        Highlight(start=4, end=7, label=Label.TOXICITY, weight=2),
        Highlight(start=7, end=8, label=Label.TOXICITY, weight=2),
        Highlight(start=9, end=10, label=Label.HATE_SPEECH, weight=1),
        Highlight(start=10, end=11, label=Label.SPAM, weight=1),
    ]
    pieces = segments(text, marks)
    assert "".join(piece for piece, _ in pieces) == text
    assert [(piece, label) for piece, label in pieces if label] == [
        ("you", Label.TOXICITY), ("all.", Label.TOXICITY), ("🐍", Label.HATE_SPEECH),
    ]  # fmt: skip

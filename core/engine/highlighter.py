"""Highlights that are ready when a card is drawn, though a full explanation takes long.

Integrated gradients cost about nine forward passes a label. What was explained ahead of time is
shown in full; for anything else the classifier's glance is, and the full answer is worked out for
the next time.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from core.domain.label import Label
from core.engine.classifier import Classifier
from core.engine.highlight import segments

Segments = tuple[tuple[str, Label | None], ...]
_LIMIT = 4
_KEPT = 4096


class Highlighter:
    """One classifier's highlights, with a memory and a thread that fills it."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._known: OrderedDict[str, Segments] = OrderedDict()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def segments(self, text: str) -> Segments:
        """The text in pieces, from the full explanation if it is known, else from a glance."""
        if not text:
            return ()
        with self._changed:
            if (known := self._known.get(text)) is not None:
                return known
        return tuple(segments(text, self._classifier.glance(text, limit=_LIMIT)))

    def full_segments(self, text: str) -> Segments:
        """The text in pieces from the full explanation, worked out now if need be."""
        if not text:
            return ()
        with self._changed:
            if (known := self._known.get(text)) is not None:
                return known
        found = tuple(segments(text, self._classifier.explain(text, limit=_LIMIT)))
        self._remember(text, found)
        return found

    def prepare(self, texts: Iterable[str]) -> None:
        """Has texts explained in the background, these before what was asked for earlier."""
        with self._changed:
            for text in reversed(list(texts)):
                if text and text not in self._known:
                    self._wanted[text] = None
                    self._wanted.move_to_end(text, last=False)
            while len(self._wanted) > _KEPT:
                self._wanted.popitem()
            if self._wanted and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="highlights", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self) -> None:
        """Blocks until everything that was asked for is known."""
        with self._changed:
            self._changed.wait_for(lambda: not self._wanted or self._closed)

    def close(self) -> None:
        """Stops the thread after the text it is at."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _remember(self, text: str, found: Segments) -> None:
        with self._changed:
            self._known[text] = found
            self._wanted.pop(text, None)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closed)
                if self._closed:
                    return
                text = next(iter(self._wanted))
            found = tuple(segments(text, self._classifier.explain(text, limit=_LIMIT)))
            self._remember(text, found)

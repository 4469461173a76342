"""Detecting the language of texts that do not say."""

import threading
from functools import cache
from typing import Any

import polars as pl

_SHORTEST = 20
_LEAST_PROBABILITY = 0.6
_lock = threading.Lock()


def detect_languages(bodies: pl.Series) -> pl.Series:
    """Two-letter languages; null for short texts and where the detector is unsure."""
    return _languages(_identifier(), bodies)


def languages_at_once(bodies: pl.Series) -> pl.Series:
    """As `detect_languages`, with the detector kept: loading it takes half a second."""
    return _languages(_kept_identifier(), bodies)


@cache
def _kept_identifier() -> Any:
    return _identifier()


def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # loads a model

    with _lock:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _languages(identifier: Any, bodies: pl.Series) -> pl.Series:
    found: list[str | None] = []
    for body in bodies:
        if len(body) < _SHORTEST:
            found.append(None)
            continue
        language, probability = identifier.classify(body[:1_000])
        found.append(language if probability >= _LEAST_PROBABILITY else None)
    return pl.Series(found, dtype=pl.String)

"""Detecting the language of texts that do not say."""

import threading

import polars as pl

_SHORTEST = 20
_LEAST_PROBABILITY = 0.6
_lock = threading.Lock()


def detect_languages(bodies: pl.Series) -> pl.Series:
    """Two-letter languages; null for short texts and where the detector is unsure."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # loads a model

    with _lock:
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found: list[str | None] = []
    for body in bodies:
        if len(body) < _SHORTEST:
            found.append(None)
            continue
        language, probability = identifier.classify(body[:1_000])
        found.append(language if probability >= _LEAST_PROBABILITY else None)
    return pl.Series(found, dtype=pl.String)

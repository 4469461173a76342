"""Cutting work into batches in which no text is padded, so that no score depends on another."""

from collections.abc import Sequence

#: Tokens of one forward pass: the activations of about so many stay in a core's cache.
TOKENS_PER_BATCH = 512


def exact_buckets(
    lengths: Sequence[int], tokens_per_batch: int = TOKENS_PER_BATCH
) -> list[list[int]]:
    """The places of `lengths` in batches of equal length, each of at most so many tokens.

    A text longer than the budget is a batch of its own. Long batches come first, so that threads
    that share the list finish together.
    """
    by_length: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        by_length.setdefault(length, []).append(place)
    batches = []
    for length in sorted(by_length, reverse=True):
        places = by_length[length]
        size = max(1, tokens_per_batch // max(1, length))
        batches += [places[start : start + size] for start in range(0, len(places), size)]
    return batches

"""Threads that share the cores: one request is split over them, many requests take turns."""

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import torch

Batch = TypeVar("Batch")
_BACKGROUND_NICENESS = 10


class Lanes:
    """As many forward passes at once as there are cores, each on one thread.

    Many texts run on threads of lower priority, so that a page or a single text never waits for
    a job. Batches are never merged across requests: on a CPU that is slower, and scores would
    have to depend on who else asks.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        # One intra-op thread: two lanes of one thread beat one lane of two by far.
        torch.set_num_threads(1)
        self._permits = threading.BoundedSemaphore(self.count)
        self._pool = ThreadPoolExecutor(
            self.count, thread_name_prefix="lane", initializer=_lower_priority
        )

    def each(self, work: Callable[[Batch], None], batches: Sequence[Batch]) -> None:
        """Runs `work` on every batch and waits; the first error is raised."""
        if len(batches) <= self.count:
            for batch in batches:
                with self._permits:
                    work(batch)
            return
        # The list is long only for bulk work; its threads hold no permit, or a single text would
        # wait for them.
        for _ in self._pool.map(work, batches):
            pass


def _lower_priority() -> None:
    # Linux gives each thread its own priority; elsewhere the call may not exist or be refused,
    # and then bulk work merely competes on equal terms.
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACKGROUND_NICENESS)


@lru_cache
def shared_lanes() -> Lanes:
    """The lanes of this process: all classifiers share the cores."""
    return Lanes()

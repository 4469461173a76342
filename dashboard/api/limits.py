"""Back-pressure: how much is scored, waits and is sent at a time."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from pyrate_limiter import Decision, Duration, InMemoryBucket, Rate, RateItem
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core.domain.api_key import ApiKey
from dashboard.api.problems import ApiProblem
from dashboard.identity.asgi import AsgiApp, Message, Receive, Send

_T = TypeVar("_T")

#: The largest body: 1,000 items of 10,000 characters of two bytes are 20 MB.
MAX_BODY_BYTES = 24 << 20
BODY_TOO_LARGE = f"The body has more than {MAX_BODY_BYTES >> 20} MB. Send it in parts."
#: Requests that may wait for each scoring thread before others are sent away.
WAITING_PER_THREAD = 64


class BoundedThreads:
    """Threads for one kind of work: as many as given, and a waiting line that ends somewhere."""

    def __init__(self, threads: int, waiting: int | None = None) -> None:
        self._limiter = anyio.CapacityLimiter(threads)
        self._most_waiting = threads * WAITING_PER_THREAD if waiting is None else waiting

    async def run(self, work: Callable[[], _T]) -> _T:
        """The work's answer, in turn; a problem with Retry-After when the line is full."""
        if self._limiter.statistics().tasks_waiting >= self._most_waiting:
            raise ApiProblem(
                429, "Every thread is busy and the line is full. Try again in a second.",
                retry_after=1,
            )  # fmt: skip
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)


class KeyRates:
    """How often each key asked within the last sixty seconds, in this process."""

    def __init__(self) -> None:
        self._buckets: dict[int, InMemoryBucket] = {}

    def count(self, key: ApiKey) -> None:
        """Counts a request; a problem with Retry-After when it is one too many."""
        bucket = self._buckets.get(key.key_id)
        if bucket is None:
            bucket = InMemoryBucket([Rate(key.per_minute, Duration.MINUTE)])
            self._buckets[key.key_id] = bucket
        now = time.monotonic_ns() // 1_000_000
        bucket.leak(now)
        decision = bucket.put_decision(RateItem(key.name, now))
        # Of a bucket in memory it is never something to await.
        assert isinstance(decision, Decision)  # noqa: S101
        if decision.allowed:
            return
        wait_ms = decision.retry_after_ms or 0
        raise ApiProblem(
            429, f"The key {key.name} may send {key.per_minute:,} requests a minute.",
            retry_after=max(1, math.ceil(wait_ms / 1000)),
        )  # fmt: skip


class BodyLimit:
    """Refuses large bodies: by their declared length, or as soon as too much has come."""

    def __init__(self, app: AsgiApp, answer: Callable[[str, ApiProblem], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one request."""
        declared = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
            response = self._answer(scope["path"], ApiProblem(413, BODY_TOO_LARGE))
            await response(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                # Whatever reads the body lets it through to the handlers of problems.
                raise HTTPException(413, BODY_TOO_LARGE)
            return message

        await self._app(scope, counted, send)

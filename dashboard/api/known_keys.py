"""Keys that were used before, so that not every request looks its own up in the store."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

import anyio
import anyio.to_thread

from core.domain.api_key import USE_NOTED_EVERY, ApiKey
from core.usecases.manage_api_keys import digest_of, key_of_secret
from core.usecases.workspace import Workspace

#: Secrets that are remembered; beyond it the longest unused one is forgotten.
_MOST = 1_000


@dataclass
class _Known:
    """A key, and the count of the store's changes when it was looked up."""

    key: ApiKey
    changes: int

    def holds(self, changes: int, now: datetime) -> bool:
        """Whether nothing can have happened to the key since, and its use need not be noted yet."""
        used_at = self.key.used_at
        is_noted = used_at is not None and now - used_at < USE_NOTED_EVERY
        return changes == self.changes and is_noted and self.key.state(now) == "active"


@dataclass
class _Place:
    """Where one secret's key is kept; the lock has many requests wait for one lookup."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    known: _Known | None = None


class KnownKeys:
    """Keys by their secrets' digests, looked up anew when the store has changed.

    A lookup costs a fifth of what scoring a short text does. Revoking a key counts as a change of
    the store, so that it opens nothing from the next request on.
    """

    def __init__(self) -> None:
        self._places: OrderedDict[str, _Place] = OrderedDict()

    async def of(self, space: Workspace, secret: str) -> ApiKey:
        """The key that the secret opens; raises ApiKeyError."""
        digest = digest_of(secret)
        place = self._places.setdefault(digest, _Place())
        self._places.move_to_end(digest)
        if len(self._places) > _MOST:
            self._places.popitem(last=False)
        async with place.lock:
            # Before the lookup: what changes during it is looked at again.
            changes, now = space.store.changes, space.clock.now()
            if place.known is None or not place.known.holds(changes, now):
                place.known = None
                key = await anyio.to_thread.run_sync(key_of_secret, space, secret)
                place.known = _Known(key, changes)
            return place.known.key

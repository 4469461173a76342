"""Time-ordered 64-bit identifiers: 41 bits of milliseconds, 10 of node, 12 of sequence."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt

from core.clock import Clock

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_NODE_BITS = 10
_SEQUENCE_BITS = 12
#: How many processes can make ids for one store at once.
NODE_COUNT = 1 << _NODE_BITS
_SEQUENCE_SIZE = 1 << _SEQUENCE_BITS


class IdSequence:
    """Hands out ids that never repeat or decrease in one process; blocks of any size at once."""

    def __init__(self, clock: Clock, node: int | Callable[[], int] | None = None) -> None:
        self._clock = clock
        drawn = secrets.randbelow(NODE_COUNT) if node is None else node
        self._node = drawn if callable(drawn) else lambda: drawn
        self._lock = threading.Lock()
        self._next_slot = 0

    def next(self) -> int:
        """One new id."""
        return int(self.block(1)[0])

    def uuid(self) -> UUID:
        """One new random id for the ledger."""
        return uuid4()

    def uuid_block(self, count: int) -> list[str]:
        """`count` random version-4 ids as text."""
        raw = np.frombuffer(secrets.token_bytes(16 * count), dtype=np.uint8).reshape(-1, 16).copy()
        raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
        raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
        text = raw.tobytes().hex()
        return [str(UUID(text[start : start + 32])) for start in range(0, 32 * count, 32)]

    def block(self, count: int) -> npt.NDArray[np.int64]:
        """`count` new ids in increasing order, int64, shape (count,)."""
        now = self._clock.now() - EPOCH
        slot = int(now.total_seconds() * 1000) * _SEQUENCE_SIZE
        with self._lock:
            start = max(self._next_slot, slot)
            self._next_slot = start + count
        slots = np.arange(start, start + count, dtype=np.int64)
        ticks, sequence = slots >> _SEQUENCE_BITS, slots & (_SEQUENCE_SIZE - 1)
        return (
            (ticks << (_NODE_BITS + _SEQUENCE_BITS)) | (self._node() << _SEQUENCE_BITS) | sequence
        )

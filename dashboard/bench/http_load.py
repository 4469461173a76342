"""Many clients at once on loopback, each with one connection: sends, waits, sends again."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

_PATIENCE = 60.0
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Target:
    """What is asked: a path, and the body of the n-th request."""

    path: str
    body: Callable[[int], bytes]


@dataclass
class Seen:
    """What the clients noticed."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds of each request that was answered well."""
    errors: Counter[str] = field(default_factory=Counter)
    """Other answers and lost connections."""

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return len(self.waits) / self.seconds if self.seconds else 0.0

    def plus(self, other: "Seen") -> "Seen":
        """Both together."""
        return Seen(
            self.seconds + other.seconds, self.waits + other.waits, self.errors + other.errors
        )


class Load:
    """Clients of one server with one key; written by hand to cost the machine little."""

    def __init__(self, port: int, secret: str) -> None:
        self._port = port
        self._secret = secret
        self._sent = 0

    async def run(self, target: Target, *, clients: int, seconds: float) -> Seen:
        """Lets so many clients ask for so long; requests under way at the end are waited for."""
        seen = Seen()
        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(self._client(target, start + seconds, seen))
        seen.seconds = time.perf_counter() - start
        return seen

    async def _client(self, target: Target, until: float, seen: Seen) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while (began := time.perf_counter()) < until:
                async with asyncio.timeout(_PATIENCE):
                    status = await self._ask(reader, writer, target)
                if status < 300:
                    seen.waits.append(time.perf_counter() - began)
                else:
                    seen.errors[str(status)] += 1
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            seen.errors[type(error).__name__] += 1
        finally:
            writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target
    ) -> int:
        self._sent += 1
        body = target.body(self._sent)
        writer.write(
            f"POST {target.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {self._secret}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(line for line in lines if line.startswith(_LENGTH))
        await reader.readexactly(int(length.removeprefix(_LENGTH)))
        return int(lines[0].split()[1])

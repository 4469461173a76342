"""The thread that sends what is due, while the workbench is open."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import structlog

from core.errors import WorkbenchError
from core.store.webhook_sender import WebhookSender
from core.usecases.deliver_webhooks import WORKER_COUNT, deliver_round, due_webhooks
from core.usecases.workspace import Workspace

#: Seconds between two looks at the clock.
TICK = 1.0
#: Seconds until the next look after the store did not answer.
PAUSE = 10.0
#: Seconds after which a webhook with much to tell goes to the end of the line.
_TURN = 30.0

_log = structlog.get_logger()


class Courier:
    """Looks when something changed or falls due, at most once a tick; endpoints side by side."""

    def __init__(
        self,
        space: Workspace,
        sender: WebhookSender,
        *,
        tick: float = TICK,
        pause: float = PAUSE,
    ) -> None:
        self._space = space
        self._sender = sender
        self._tick = tick
        self._pause = pause
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._workers = ThreadPoolExecutor(WORKER_COUNT, thread_name_prefix="webhook")
        self._sending: dict[int, Future[None]] = {}
        self._seen: int | None = None
        self._next_at: datetime | None = None
        self._not_before = 0.0

    def start(self) -> "Courier":
        """Begins to look."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends after what is being sent just now; the rest waits for the next start."""
        self._closing.set()
        self._thread.join()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._closing.wait(self._tick):
            if time.monotonic() >= self._not_before and self._has_reason():
                self._look()

    def _has_reason(self) -> bool:
        """Whether something changed, fell due or was sent since the last look."""
        over = [each for each, future in self._sending.items() if future.done()]
        for each in over:
            self._sending.pop(each)
        is_due = self._next_at is not None and self._space.clock.now() >= self._next_at
        return bool(over) or is_due or self._space.store.changes != self._seen

    def _look(self) -> None:
        seen = self._space.store.changes
        try:
            due = due_webhooks(self._space)
        except WorkbenchError as error:
            # The database restarts, say: what is due waits there.
            _log.warning("courier.failed", problem=str(error))
            self._not_before = time.monotonic() + self._pause
            return
        except Exception:
            # Whatever it is, the thread stays: nobody would notice that it is gone.
            _log.exception("courier.broke")
            self._not_before = time.monotonic() + self._pause
            return
        self._seen, self._next_at = seen, due.next_at
        for webhook_id in due.webhook_ids:
            if webhook_id not in self._sending:
                self._sending[webhook_id] = self._workers.submit(self._send, webhook_id)

    def _send(self, webhook_id: int) -> None:
        """Sends round after round, until none is due or its turn is over."""
        until, is_closing = time.monotonic() + _TURN, self._closing.is_set
        try:
            while not is_closing() and time.monotonic() < until:
                if deliver_round(self._space, self._sender, webhook_id, is_closing) is None:
                    break
        except WorkbenchError as error:
            # What was sent and not recorded is sent again when its lease is over.
            _log.warning("courier.failed", webhook_id=webhook_id, problem=str(error))
        except Exception:
            _log.exception("courier.broke", webhook_id=webhook_id)

"""A reviewer without a browser: speaks Streamlit's web-socket protocol as the Review page does."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from core.errors import WorkbenchError

_PATIENCE = 60.0
_MOST_BYTES = 2**26


class ReviewClient:
    """One signed-in reviewer with the card open."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._cookie = cookie
        self._socket: ClientConnection | None = None
        self._component = ""
        self._fragment = ""
        self._page_hash = ""
        self._seq = int(time.time() * 1000)
        self._repeats: dict[str, float] = {}
        self._choices: dict[str, list[str]] = {}
        self.items: list[dict[str, Any]] = []

    async def open(self) -> None:
        """Connects and waits for the first items."""
        self._socket = await connect(
            f"ws://127.0.0.1:{self._port}/_stcore/stream", subprotocols=["streamlit"],  # type: ignore[list-item]  # a plain name
            additional_headers={"Cookie": self._cookie},
            origin=f"http://127.0.0.1:{self._port}",  # type: ignore[arg-type]  # a plain address
            max_size=_MOST_BYTES,
        )  # fmt: skip
        first = BackMsg()
        first.rerun_script.page_name = "review"
        await self._socket.send(first.SerializeToString())
        await self._until_finished()
        if not self._component:
            raise WorkbenchError("The Review page showed no card.")

    async def decide(self) -> float:
        """Approves the item on screen; the milliseconds until the server confirmed it."""
        if not self.items:
            raise WorkbenchError("The reviewer ran out of items.")
        item, uid = self.items.pop(0), str(uuid4())
        decision = {
            "uid": uid, "kind": "decide", "task_id": item["task_id"], "item_id": item["item_id"],
            "fence": item["fence"], "outcome": "approve", "reasons": [], "note": None,
            "reason": None, "handling_seconds": 2.0, "shown_at": datetime.now(UTC).isoformat(),
            "highlight_shown": True, "score_shown": True, "undoes": None,
        }  # fmt: skip
        start = time.perf_counter()
        answer = await self._send_batch([decision], is_heartbeat=False)
        taken = (time.perf_counter() - start) * 1000
        if uid not in answer["acked"]:
            said = [each["message"] for each in answer["returned"]]
            raise WorkbenchError(f"The decision was not confirmed: {said}")
        return taken

    async def _send_batch(self, decisions: list[Any], *, is_heartbeat: bool) -> dict[str, Any]:
        self._seq += 1
        value = {
            "seq": self._seq, "have": [item["task_id"] for item in self.items],
            "decisions": decisions, "heartbeat": is_heartbeat,
        }  # fmt: skip
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.fragment_id = self._fragment
        self._add_choices(message)
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = f"$$STREAMLIT_INTERNAL_KEY_{self._component}__events"
        widget.json_trigger_value = json.dumps([{"event": "batch", "value": value}])
        assert self._socket is not None  # noqa: S101  # opened before
        await self._socket.send(message.SerializeToString())
        return await self._until_finished()

    def _add_choices(self, message: BackMsg) -> None:
        """What is chosen above the card: a browser sends it with everything."""
        for name, chosen in self._choices.items():
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id = name
            widget.string_array_value.data.extend(chosen)

    async def repeat_fragments(self) -> None:
        """Reruns what the page reruns by itself, without end."""
        due = {fragment: time.monotonic() + every for fragment, every in self._repeats.items()}
        while due:
            fragment = min(due, key=due.__getitem__)
            await asyncio.sleep(max(0.0, due[fragment] - time.monotonic()))
            due[fragment] = time.monotonic() + self._repeats[fragment]
            message = BackMsg()
            message.rerun_script.page_script_hash = self._page_hash
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
            self._add_choices(message)
            assert self._socket is not None  # noqa: S101  # opened before
            await self._socket.send(message.SerializeToString())

    async def _until_finished(self) -> dict[str, Any]:
        """Reads until the card was drawn and its run is over; what the server told the card."""
        async with asyncio.timeout(_PATIENCE):
            return await self._read_until_finished()

    async def _read_until_finished(self) -> dict[str, Any]:
        told: dict[str, Any] | None = None
        while True:
            message = ForwardMsg()
            assert self._socket is not None  # noqa: S101  # opened before
            raw = await self._socket.recv()
            message.ParseFromString(raw if isinstance(raw, bytes) else raw.encode("latin-1"))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._page_hash = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                self._repeats[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "delta":
                element = message.delta.new_element
                if element.WhichOneof("type") == "button_group":
                    group = element.button_group
                    self._choices[group.id] = [group.options[n].content for n in group.default]
                elif element.WhichOneof("type") == "bidi_component":
                    self._component = element.bidi_component.id
                    self._fragment = message.delta.fragment_id
                    told = json.loads(element.bidi_component.json)
                    self.items += told["items"]
            elif kind == "script_finished" and told is not None:
                return told

    async def close(self) -> None:
        """Closes the tab."""
        if self._socket is not None:
            await self._socket.close()

"""the board's address → here → one session of it, open for as long as the soak: what a browser asks of the server.

It speaks Streamlit's own protocol: one run of the page, then its fragment each time the server asks for it again, once a
second. Nothing is drawn and the map's ground is not fetched: that is a browser's load, not the server's.
"""

import asyncio
import threading
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

STREAM = "/_stcore/stream"
AGAIN_SECONDS, MOST_BYTES = 2.0, 64 * 2**20


class Session(threading.Thread):
    """Looks at the newest city; `runs` counts what the server has finished, `lost` how often the link broke."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url.replace("http", "ws", 1) + STREAM
        self.runs = self.lost = self.received_bytes = 0
        self._ended = threading.Event()

    def run(self) -> None:
        asyncio.run(self._until_ended())

    def stop(self) -> None:
        self._ended.set()
        self.join()

    async def _until_ended(self) -> None:
        looking = asyncio.create_task(self._keep_looking())
        await asyncio.to_thread(self._ended.wait)
        looking.cancel()

    async def _keep_looking(self) -> None:
        while True:
            try:
                async with connect(self.url, subprotocols=["streamlit"], max_size=MOST_BYTES) as link:  # type: ignore[list-item]
                    await self._look(link)
            except (OSError, WebSocketException):
                self.lost += 1
            await asyncio.sleep(AGAIN_SECONDS)

    async def _look(self, link: Any) -> None:
        """The fragment of a page that was run again is another one: the last that was named is asked for."""
        fragments: dict[str, asyncio.Task[None]] = {}
        await link.send(_asked())
        try:
            async for raw in link:
                told = ForwardMsg.FromString(raw)
                self.received_bytes += len(raw)
                if told.WhichOneof("type") == "auto_rerun" and told.auto_rerun.fragment_id not in fragments:
                    again = self._again(link, told.auto_rerun.fragment_id, told.auto_rerun.interval)
                    fragments[told.auto_rerun.fragment_id] = asyncio.create_task(again)
                self.runs += told.WhichOneof("type") == "script_finished"
        finally:
            for task in fragments.values():
                task.cancel()

    async def _again(self, link: Any, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await link.send(_asked(fragment))


def _asked(fragment: str | None = None) -> bytes:
    """A run of the page, or of one fragment of it."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    if fragment is not None:
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
    return bytes(message.SerializeToString())

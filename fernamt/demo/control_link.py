"""The control socket of a baresip process: JSON in netstrings, commands out, answers and events in.

baresip's `ctrl_tcp` takes one connection. Its answers carry the command's token; events come in between.
"""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
_LONGEST = 1 << 20


class ControlLinkClosed(ConnectionError):
    """The phone's process has closed its control socket: it has ended or was killed."""


class ControlLink:
    """One open control socket; `on_event` is called with every event in the order of the phone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_event: Callable[[Message], None]) -> None:
        """Use `open` instead."""
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._tokens = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, port: int, on_event: Callable[[Message], None]) -> "ControlLink":
        """The socket is open and its events are being read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return cls(reader, writer, on_event)

    async def command(self, name: str, parameters: str | None = None, *, limit_s: float = 20.0) -> Message:
        """The phone has carried out the command; returns its answer with `ok` and `data`.

        Raises TimeoutError when it gives none, ControlLinkClosed when it has ended.
        """
        token = str(next(self._tokens))
        message: Message = {"command": name, "token": token}
        if parameters is not None:
            message["params"] = parameters
        body = json.dumps(message).encode()
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[token] = answer
        try:
            self._writer.write(b"%d:%b," % (len(body), body))
            await self._writer.drain()
            return await asyncio.wait_for(answer, limit_s)
        finally:
            self._waiting.pop(token, None)

    async def close(self) -> None:
        """The socket is closed and nobody waits any more."""
        self._writer.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while True:
                size = int((await self._reader.readuntil(b":"))[:-1])
                if size > _LONGEST:
                    raise ControlLinkClosed(f"a message of {size} bytes")
                body = await self._reader.readexactly(size + 1)
                self._take(json.loads(body[:-1].decode("utf-8", "replace")))
        except (asyncio.IncompleteReadError, ConnectionError) as closed:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ControlLinkClosed(str(closed)))

    def _take(self, message: Message) -> None:
        if not message.get("response"):
            self._on_event(message)
            return
        answer = self._waiting.get(str(message.get("token")))
        if answer is not None and not answer.done():
            answer.set_result(message)

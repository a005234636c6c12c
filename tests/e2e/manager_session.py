"""A bare AMI session, to see what the node allows a user to do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.e2e.patience import soon

Message = dict[str, str]


class ManagerSession:
    """Logged in; `action` sends one action and returns its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0

    async def action(self, name: str, **fields: str) -> Message:
        """The answer to the action; events in between are passed over."""
        self._number += 1
        mark = str(self._number)
        lines = {"Action": name, "ActionID": mark, **fields}
        self._writer.write(("".join(f"{key}: {value}\r\n" for key, value in lines.items()) + "\r\n").encode())
        while True:
            message = await self.message()
            if message.get("ActionID") == mark and "Response" in message:
                return message

    async def message(self) -> Message:
        """The next message of the node."""
        block = await soon(self._reader.readuntil(b"\r\n\r\n"))
        pairs = (line.split(": ", 1) for line in block.decode().split("\r\n") if ": " in line)
        return {pair[0]: pair[1] for pair in pairs}


@asynccontextmanager
async def manager_session(port: int, user: str, secret: str) -> AsyncIterator[ManagerSession]:
    """A session of that user, closed after the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    session = ManagerSession(reader, writer)
    try:
        answer = await session.action("Login", Username=user, Secret=secret)
        assert answer["Response"] == "Success", answer
        yield session
    finally:
        writer.close()
        await writer.wait_closed()

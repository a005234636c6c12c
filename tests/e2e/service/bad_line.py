"""A line between Asterisk and us that a test can spoil: cut, slow, lossy in order, talking nonsense. Plain TCP, on loopback."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Mangle = Callable[[bytes], Iterable[bytes]]
"""What becomes of one frame of a WebSocket, or of one read of plain bytes."""

TEXT = 0x81


@dataclass(slots=True)
class BadLine:
    """One listening port and where it leads. `mangle` works on what the dialling side says."""

    port: int
    target: int
    reads_frames: bool
    mangle: Mangle | None = None
    delay_s: float = 0.0
    is_open: bool = True
    swallows: bool = False
    """Connections stay, and nothing comes through in either direction."""
    cuts: int = 0
    _live: set[asyncio.StreamWriter] = field(default_factory=set)
    _answers: set[asyncio.StreamWriter] = field(default_factory=set)

    def heal(self) -> None:
        """From here on the line is as good as any."""
        self.mangle, self.delay_s, self.is_open, self.swallows = None, 0.0, True, False

    def cut(self, *, stays_cut: bool = False) -> None:
        """Every connection breaks now; with `stays_cut` none is made until `heal`."""
        self.is_open = not stays_cut
        self.cuts += 1
        for writer in tuple(self._live):
            writer.transport.abort()

    def say_to_dialler(self, data: bytes) -> None:
        """Bytes that the other side never said."""
        for writer in self._answers:
            writer.write(data)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries one connection until either end closes it."""
        if not self.is_open:
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._live |= {writer, there[1]}
        self._answers.add(writer)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forth(reader, there[1]))
                group.create_task(self._back(there[0], writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._live -= {writer, there[1]}
            self._answers.discard(writer)
            for one in (writer, there[1]):
                one.close()
                with suppress(OSError):
                    await one.wait_closed()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.reads_frames:
            writer.write(await reader.readuntil(b"\r\n\r\n"))
        while data := await (read_frame(reader) if self.reads_frames else reader.read(65_536)):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if self.swallows:
                continue
            for piece in [data] if self.mangle is None else self.mangle(data):
                writer.write(piece)
            await writer.drain()
        raise ConnectionResetError

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if not self.swallows:
                writer.write(data)
                await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def bad_line(port: int, target: int, *, reads_frames: bool) -> AsyncIterator[BadLine]:
    """The line stands inside the block."""
    line = BadLine(port, target, reads_frames)
    server = await asyncio.start_server(line.serve, "127.0.0.1", port)
    try:
        yield line
    finally:
        server.close()
        line.cut(stays_cut=True)
        await asyncio.sleep(0)


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """One whole frame as it was on the wire (RFC 6455, 5.2). Raises IncompleteReadError at the end."""
    head = await reader.readexactly(2)
    length, size = head[1] & 0x7F, b""
    if length >= 126:
        size = await reader.readexactly(2 if length == 126 else 8)
        length = int.from_bytes(size)
    mask = await reader.readexactly(4) if head[1] & 0x80 else b""
    return head + size + mask + await reader.readexactly(length)


def content_of(frame: bytes) -> str:
    """The text of a frame of text; empty for any other."""
    if frame[0] != TEXT:
        return ""
    length, at = frame[1] & 0x7F, 2
    at += {126: 2, 127: 8}.get(length, 0)
    mask = frame[at : at + 4] if frame[1] & 0x80 else b""
    body = frame[at + len(mask) :]
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(body)).decode(errors="replace") if mask else body.decode()


def text_frame(text: bytes) -> bytes:
    """A frame as a client sends it, under a mask of zeros."""
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
    return bytes([TEXT]) + size + bytes(4) + text


def is_event(frame: bytes) -> bool:
    """An event of a call, not an answer to a request of ours."""
    content = content_of(frame)
    return '"type"' in content and "RESTResponse" not in content and "ApplicationRegistered" not in content

"""Exports from the side of somebody who wants to keep others from theirs: by not reading, by reading a little, by going away."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.integration.web.edge import World, a_world
from web import minutes_process
from web.minutes_process import ProcessMinutes

PATH = "/api/v1/minutes?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&format=csv"
WITHOUT_END = "import sys\nwhile True: sys.stdout.write('a line of minutes\\n' * 1000)"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """The processes of exports, which write the text of `program` instead of minutes."""
    started: list[asyncio.subprocess.Process] = []

    async def start(_job: object) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", WITHOUT_END, stdout=asyncio.subprocess.PIPE)
        started.append(process)
        return process

    monkeypatch.setattr(minutes_process, "_started", start)
    return started


@asynccontextmanager
async def a_small_world(**settings: float) -> AsyncIterator[World]:
    minutes = ProcessMinutes(database="sqlite:///nothing", zone="Europe/Berlin")
    async with a_world(stored={"minutes": minutes}, **settings) as world:
        yield world


class Reader:
    """Asks by hand, through a socket that takes little, and reads when told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._socket.setblocking(False)

    async def asks(self) -> bytes:
        """The beginning of the answer."""
        host, port = self._world.url.removeprefix("http://").split(":")
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._socket, (host, int(port)))
        token = self._world.token("kurt")
        request = f"GET {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
        await loop.sock_sendall(self._socket, request.encode())
        return await loop.sock_recv(self._socket, 1_024)

    async def reads_a_little_now_and_then(self) -> None:
        """A kilobyte ten times a second."""
        while True:
            await asyncio.get_running_loop().sock_recv(self._socket, 1_024)
            await asyncio.sleep(0.1)

    async def reads_to_the_end(self) -> bytes:
        """All that came until the line was cut; a reset counts as cut."""
        loop, got = asyncio.get_running_loop(), b""
        try:
            while piece := await loop.sock_recv(self._socket, 65_536):
                got += piece
        except ConnectionResetError:
            pass
        self.goes_away()
        return got

    def goes_away(self) -> None:
        self._socket.close()


async def test_who_does_not_read_is_cut_off_and_the_place_is_free_again(processes: list[asyncio.subprocess.Process]) -> None:
    async with a_small_world(export_idle_s=0.5) as world:
        idle = [Reader(world), Reader(world)]
        for reader in idle:
            assert (await reader.asks()).startswith(b"HTTP/1.1 200")
        status, problem = await world.ask("GET", PATH, by="root")
        assert (status, problem["code"]) == (503, "busy")
        async with asyncio.timeout(20):
            await asyncio.gather(*(process.wait() for process in processes))
        for reader in idle:
            assert not (await reader.reads_to_the_end()).endswith(b"0\r\n\r\n")  # no end of a whole file
        third = Reader(world)
        assert (await third.asks()).startswith(b"HTTP/1.1 200")
        third.goes_away()


async def test_who_reads_a_little_now_and_then_does_not_keep_a_place_for_ever(
    processes: list[asyncio.subprocess.Process],
) -> None:
    async with a_small_world(export_idle_s=10, export_limit_s=1) as world:
        reader = Reader(world)
        assert (await reader.asks()).startswith(b"HTTP/1.1 200")
        little = asyncio.create_task(reader.reads_a_little_now_and_then())
        async with asyncio.timeout(20):
            await processes[0].wait()
        little.cancel()
        assert not (await reader.reads_to_the_end()).endswith(b"0\r\n\r\n")


async def test_who_is_too_many_is_told_when_to_come_again(processes: list[asyncio.subprocess.Process]) -> None:
    async with a_small_world() as world:
        readers = [Reader(world), Reader(world)]
        for reader in readers:
            await reader.asks()
        headers = {"Authorization": f"Bearer {world.token('root')}"}
        async with world.client.get(world.url + PATH, headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        readers[0].goes_away()
        async with asyncio.timeout(20):
            await processes[0].wait()
        again = Reader(world)
        assert (await again.asks()).startswith(b"HTTP/1.1 200")
        for reader in (again, readers[1]):
            reader.goes_away()

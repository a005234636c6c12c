"""Spreadsheets read in a process of their own: it has one file's key, waits for its asker, and never outlives it."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from fernamt.leads.files import FileRefused
from fernamt.leads.frames import Order
from fernamt.leads.memory import MOST_MEMORY
from fernamt.leads.parts import opened_parts, read_beside
from fernamt.leads.sealed import Sealer, key_of
from store.parties import PartyKeys
from tests.spreadsheets import write_xlsx

KEYS = PartyKeys(bytes(range(32)))
LIMIT_S = 120
MANY = 8_000
TURNS = 20
MOST_AHEAD = 3_000
"""Rows of the long file that fit into what may be on the way: somewhat less than a megabyte."""


def stored(folder: Path, rows: Iterable[Sequence[str]]) -> Path:
    clear, path = write_xlsx(folder / "clear.xlsx", rows).read_bytes(), folder / "waiting.xlsx"
    sealer = Sealer(KEYS, path.name)
    path.write_bytes(sealer.feed(clear) + sealer.end())
    return path


def long_list(folder: Path) -> Path:
    people = ([f"030 {4_000_000 + place}", f"Person {place}", "a street " * 60] for place in range(MANY))
    return stored(folder, [["Telefon", "Name", "Anschrift"], *people])


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text("ascii").split()}


def said_of(pid: int, what: str) -> bytes:
    """By the system."""
    return Path(f"/proc/{pid}/{what}").read_bytes()


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_sealed_spreadsheet_is_read_by_who_has_its_key_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERNAMT_SECRET_OF_THE_SERVICE", "not for readers")
    path = stored(tmp_path, [["Telefon", "Name"], ["030 23125 100", "Groß & <Klein>"], [], ["", "Max"]])
    key, before = key_of(path, KEYS), children()
    assert key is not None
    async with asyncio.timeout(LIMIT_S), opened_parts(path, KEYS, file_name="x.xlsx", sheet="First") as parts:
        [pid] = children() - before
        told, limits = said_of(pid, "cmdline") + said_of(pid, "environ"), said_of(pid, "limits")
        assert (parts.form.kind, parts.form.sheets, list(parts.heading)) == ("xlsx", ("First",), ["Telefon", "Name"])
        rows = [row async for part in parts for row in part]
    assert rows == [(2, ["030 23125 100", "Groß & <Klein>"]), (4, ["", "Max"])]
    for secret in (key, key.hex().encode(), path.name.encode(), b"not for readers"):
        assert secret not in told
    assert str(MOST_MEMORY).encode() in limits
    assert not is_there(pid)


async def test_a_file_that_is_refused_is_refused_with_its_row(tmp_path: Path) -> None:
    path = stored(tmp_path, [[], ["030 23125 100"]])
    with pytest.raises(FileRefused) as refused:
        async with asyncio.timeout(LIMIT_S), opened_parts(path, KEYS, file_name="x.xlsx", sheet=None):
            raise AssertionError
    assert (refused.value.why, refused.value.row) == ("no_heading", 1)
    with pytest.raises(FileRefused) as refused:
        async with opened_parts(path, PartyKeys(bytes(32)), file_name="x.xlsx", sheet=None):
            raise AssertionError
    assert refused.value.why == "damaged"


async def blocked(pid: int) -> None:
    """That process waits to write, though this one takes what it wants: for some turns of ours it has written nothing."""
    written, turns = b"", 0
    while turns < TURNS:
        before, written = written, said_of(pid, "io")
        turns = turns + 1 if b") S " in said_of(pid, "stat") and written == before else 0
        await asyncio.sleep(0)  # every look is a read of a file: what is awaited is a state


async def test_a_reader_waits_for_who_takes_its_rows_and_its_death_is_a_refusal(tmp_path: Path) -> None:
    path, before, rows = long_list(tmp_path), children(), 0
    async with asyncio.timeout(LIMIT_S), opened_parts(path, KEYS, file_name="x.xlsx", sheet=None) as parts:
        [pid] = children() - before
        await blocked(pid)
        os.kill(pid, signal.SIGKILL)
        why = ""
        try:
            async for part in parts:
                rows += len(part)
        except FileRefused as refused:
            why = refused.why
    assert why == "reading_broke_off"
    assert 0 < rows < MOST_AHEAD
    assert 0 < parts.read_permille < 1_000


async def test_who_leaves_in_mid_read_leaves_no_reader(tmp_path: Path) -> None:
    path, before = long_list(tmp_path), children()
    async with asyncio.timeout(LIMIT_S), opened_parts(path, KEYS, file_name="x.xlsx", sheet=None) as parts:
        [pid] = children() - before
        async for part in parts:
            assert part
            break
        os.kill(pid, signal.SIGTERM)  # as a service that stops sends to all of its own: who asked decides
        assert is_there(pid)
    assert not is_there(pid)


async def test_a_cancelled_task_leaves_no_reader_though_that_says_nothing_yet(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "silent.xlsx")
    before, order = children(), Order(path=os.fsencode(tmp_path / "silent.xlsx"), key=None, file_name="x.xlsx", sheet=None)

    async def read() -> None:
        async with read_beside(order):
            raise AssertionError

    task = asyncio.create_task(read())
    async with asyncio.timeout(LIMIT_S):
        while not (reader := children() - before):  # noqa: ASYNC110 - the system says nothing when it starts one
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not any(map(is_there, reader))


ASKER = """
    import asyncio, os, sys
    from fernamt.leads.frames import Order
    from fernamt.leads.parts import read_beside
    from tests.integration.test_lead_reading import children

    async def ask():
        order = Order(path=os.fsencode(sys.argv[1]), key=None, file_name="x.xlsx", sheet=None)
        task = asyncio.create_task(read(order))
        while not children():
            await asyncio.sleep(0)
        print(*children(), flush=True)
        await task

    async def read(order):
        async with read_beside(order):
            await asyncio.Event().wait()

    asyncio.run(ask())
"""


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_reader_never_outlives_its_killed_asker(tmp_path: Path, *, is_silent: bool) -> None:
    path = tmp_path / "silent.xlsx"
    if is_silent:
        os.mkfifo(path)  # it would be read for ever, and nothing be said
    else:
        write_xlsx(path, ([f"030 {place}", "a street " * 60] for place in range(MANY)))
    command = [sys.executable, "-c", textwrap.dedent(ASKER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout is not None
        reader = os.pidfd_open(int(asker.stdout.readline()))
        asker.kill()
    try:
        ended, _, _ = select.select([reader], [], [], LIMIT_S)
        assert ended
    finally:
        os.close(reader)

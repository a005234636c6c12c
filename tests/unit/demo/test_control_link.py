"""The control socket of a phone: answers find their command, events keep their order, a dead phone is noticed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.control_link import ControlLink, ControlLinkClosed
from fernamt.demo.phones import PhoneAccount
from fernamt.node.errors import NodeError

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Opened = tuple[ControlLink, list[dict[str, Any]]]


def netstring(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"%d:%b," % (len(body), body)


async def command_from(reader: asyncio.StreamReader) -> dict[str, Any]:
    size = int((await reader.readuntil(b":"))[:-1])
    return json.loads((await reader.readexactly(size + 1))[:-1])  # type: ignore[no-any-return]


@pytest_asyncio.fixture
async def link_to() -> AsyncIterator[Callable[[Serve], Awaitable[Opened]]]:
    servers: list[asyncio.Server] = []
    links: list[ControlLink] = []

    async def open_link(serve: Serve) -> Opened:
        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(served, "127.0.0.1", 0)
        servers.append(server)
        events: list[dict[str, Any]] = []
        link = await ControlLink.open(server.sockets[0].getsockname()[1], events.append)
        links.append(link)
        return link, events

    yield open_link
    for link in links:
        await link.close()
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_an_answer_finds_its_command_past_events_and_in_pieces(
    link_to: Callable[[Serve], Awaitable[Opened]],
) -> None:
    async def phone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await command_from(reader)
        said = netstring({"event": True, "type": "A"}) + netstring({"event": True, "type": "B"})
        said += netstring({"response": True, "ok": True, "data": "ü", "token": command["token"]})
        for byte in range(len(said)):
            writer.write(said[byte : byte + 1])
            await writer.drain()
        await reader.read()

    link, events = await link_to(phone)
    answer = await link.command("dial", "sip:1@127.0.0.1")
    assert answer["data"] == "ü"
    assert [event["type"] for event in events] == ["A", "B"]


async def test_a_phone_that_ends_ends_the_wait(link_to: Callable[[Serve], Awaitable[Opened]]) -> None:
    async def phone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await command_from(reader)

    link, _ = await link_to(phone)
    with pytest.raises(ControlLinkClosed):
        await link.command("hangup")


@pytest.mark.parametrize("mark", ["\n", ";", "<", ">", '"', "@"])
def test_an_account_cannot_carry_parameters_of_its_own(mark: str) -> None:
    with pytest.raises(NodeError, match="character"):
        PhoneAccount(user=f"a{mark}b", server="127.0.0.1:5060").line()


def test_a_caller_does_not_register_and_an_agent_does() -> None:
    caller = PhoneAccount(user="+49301", server="127.0.0.1:5060")
    agent = PhoneAccount(user="agent-anna", server="127.0.0.1:5060", password="geheim")
    assert ";regint=0;" in caller.line()
    assert ";auth_pass=geheim;" in agent.line()
    assert "geheim" not in repr(agent)

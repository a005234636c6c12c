"""The manager interface under a peer that cuts, hangs, splits letters and injects."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from telephony.errors import SwitchError
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import channels_with, contacts, mixmonitor_list
from telephony.switch.asterisk.settings import AmiSettings

Answer = Callable[[dict[str, str]], bytes | None]


class FakeManager:
    """A manager interface whose answers a test decides; None stays silent."""

    def __init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.answer: Answer = lambda action: None
        self.logins = 0
        self.may_log_in = True
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in block.strip().split("\r\n"))
                self.actions.append(action)
                if action["Action"] == "Login":
                    self.logins += 1
                    said = (
                        b"Response: Success\r\n" if self.may_log_in else b"Response: Error\r\nMessage: Authentication failed\r\n"
                    )
                    writer.write(said + f"ActionID: {action['ActionID']}\r\n\r\n".encode())
                else:
                    given = self.answer(action)
                    if given is not None:
                        writer.write(given)
        writer.close()


@pytest_asyncio.fixture
async def manager() -> AsyncIterator[FakeManager]:
    fake = FakeManager()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    yield fake
    server.close()
    for writer in fake.writers:
        writer.close()
    await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def line_to(manager: FakeManager, **changes: float) -> AsyncIterator[AmiLine]:
    settings = AmiSettings(
        host="127.0.0.1",
        port=manager.port,
        user="fernamt",
        password="s3cret",
        action_timeout_s=changes.get("timeout_s", 1.0),
        ping_interval_s=changes.get("ping_s", 10.0),
        queue_limit=int(changes.get("queue", 100)),
    )
    line = AmiLine(settings)
    running = asyncio.create_task(line.run())
    try:
        if changes.get("waits", 1):
            async with asyncio.timeout(5):
                await line.wait_up()
        yield line
    finally:
        running.cancel()
        await asyncio.wait([running])
        await asyncio.sleep(0)


def success(action: dict[str, str], **fields: str) -> bytes:
    head = {"Response": "Success", "ActionID": action["ActionID"], **fields}
    return ("".join(f"{key}: {value}\r\n" for key, value in head.items()) + "\r\n").encode()


@pytest.mark.parametrize("value", ["x\r\nAction: Originate", "x\ny", "x\ry", "x\x00"])
async def test_a_line_break_in_a_value_never_reaches_the_wire(manager: FakeManager, value: str) -> None:
    async with line_to(manager) as line:
        with pytest.raises(SwitchError, match="line break") as refused:
            await line.act({"Action": "Redirect", "Channel": value})
        assert value not in str(refused.value)
        assert [action["Action"] for action in manager.actions] == ["Login"]


@pytest.mark.parametrize("channel", ["PJSIP/a-1", "Local/Snoop/1", ""])
async def test_a_channel_that_anybody_talks_on_is_never_ended_by_this_way(manager: FakeManager, channel: str) -> None:
    async with line_to(manager) as line:
        with pytest.raises(SwitchError, match="not ours to end"):
            await line.act({"Action": "Hangup", "Channel": channel})
        assert [action["Action"] for action in manager.actions] == ["Login"]


@pytest.mark.parametrize("name", ["Originate", "originate", "QueueAdd", "hangup", "Setvar", ""])
async def test_an_action_that_is_none_of_ours_is_refused(manager: FakeManager, name: str) -> None:
    async with line_to(manager) as line:
        with pytest.raises(SwitchError, match="none of ours"):
            await line.act({"Action": name})


@pytest.mark.parametrize(
    "command", ["core stop now", "mixmonitor list", "mixmonitor list a; core stop now", "!ls", "mixmonitor list a b"]
)
async def test_a_console_command_that_is_none_of_ours_is_refused(manager: FakeManager, command: str) -> None:
    async with line_to(manager) as line:
        with pytest.raises(SwitchError):
            await line.act({"Action": "Command", "Command": command})


@pytest.mark.parametrize("action", [("Getvar", "Variable"), ("Status", "Variables")])
@pytest.mark.parametrize("variable", ["MIXMONITOR(0x1,filename)", "A,MIXMONITOR(0x1,filename)", "SHELL(ls)", "${A}", "A B"])
async def test_no_function_is_read_by_the_manager(manager: FakeManager, action: tuple[str, str], variable: str) -> None:
    """One of them ends Asterisk."""
    name, header = action
    async with line_to(manager) as line:
        with pytest.raises(SwitchError, match="only plain variables"):
            await line.act({"Action": name, header: variable})
        assert [each["Action"] for each in manager.actions] == ["Login"]


async def test_an_unanswered_action_ends_in_time_and_is_never_sent_again(manager: FakeManager) -> None:
    async with line_to(manager, timeout_s=0.2) as line:
        with pytest.raises(SwitchError, match="no answer in time"):
            await line.act({"Action": "Redirect", "Channel": "PJSIP/a-1"})
        manager.writers[-1].close()
        async with asyncio.timeout(5):
            while manager.logins < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await line.wait_up()
        manager.answer = success
        await line.act({"Action": "Ping"})
    assert [action["Action"] for action in manager.actions].count("Redirect") == 1


async def test_a_cut_in_mid_action_is_told_at_once(manager: FakeManager) -> None:
    async with line_to(manager, timeout_s=5.0) as line:
        acting = asyncio.create_task(line.act({"Action": "Redirect", "Channel": "PJSIP/a-1"}))
        async with asyncio.timeout(2):
            while len(manager.actions) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            manager.writers[-1].close()
            with pytest.raises(SwitchError, match="lost"):
                await acting


async def test_a_peer_that_answers_no_ping_is_dropped_and_dialled_again(manager: FakeManager) -> None:
    async with line_to(manager, timeout_s=0.1, ping_s=0.1):
        async with asyncio.timeout(5):
            while manager.logins < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_refused_log_in_is_never_taken_for_a_session(manager: FakeManager) -> None:
    manager.may_log_in = False
    async with line_to(manager, waits=0) as line:
        async with asyncio.timeout(5):
            while manager.logins < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not line.is_up
        with pytest.raises(SwitchError, match="not connected"):
            await line.act({"Action": "Ping"})


async def test_letters_split_over_two_segments_stay_whole(manager: FakeManager) -> None:
    async with line_to(manager) as line:
        event = "Event: ContactStatus\r\nName: Jürgen\r\n\r\n".encode()
        cut = event.index(b"\xc3") + 1
        manager.writers[-1].write(event[:cut])
        await manager.writers[-1].drain()
        await asyncio.sleep(0.05)
        manager.writers[-1].write(event[cut:])
        async with asyncio.timeout(2):
            assert (await line.event())["Name"] == "Jürgen"


async def test_more_events_than_the_queue_holds_drop_the_oldest_and_are_counted(manager: FakeManager) -> None:
    async with line_to(manager, queue=10) as line:
        manager.writers[-1].write(b"".join(b"Event: X\r\nN: %d\r\n\r\n" % n for n in range(30)))
        async with asyncio.timeout(2):
            while line.dropped < 20:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert (await line.event())["N"] == "20"


async def test_endless_nonsense_does_not_fill_the_memory(manager: FakeManager) -> None:
    async with line_to(manager):
        with contextlib.suppress(ConnectionError):
            for _ in range(40):
                manager.writers[0].write(b"x" * 100_000)
                await manager.writers[0].drain()
        async with asyncio.timeout(5):
            while manager.logins < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_contacts_are_read_and_none_is_none(manager: FakeManager) -> None:
    def listed(action: dict[str, str]) -> bytes:
        tag = f"ActionID: {action['ActionID']}\r\n"
        return (
            f"Response: Success\r\n{tag}EventList: start\r\nMessage: A listing\r\n\r\n"
            f"Event: ContactList\r\n{tag}Endpoint: anna\r\nUri: sip:anna@1\r\nStatus: Reachable\r\nRoundtripUsec: 578\r\n\r\n"
            f"Event: ContactListComplete\r\n{tag}EventList: Complete\r\nListItems: 1\r\n\r\n"
        ).encode()

    async with line_to(manager) as line:
        manager.answer = listed
        (contact,) = await contacts(line)
        assert (contact.endpoint, contact.uri, contact.status, contact.round_trip_us) == ("anna", "sip:anna@1", "Reachable", 578)
        manager.answer = lambda a: f"Response: Error\r\nActionID: {a['ActionID']}\r\nMessage: No Contacts found\r\n\r\n".encode()
        assert await contacts(line) == ()


async def test_a_list_that_is_refused_is_an_error_and_not_a_wait(manager: FakeManager) -> None:
    async with line_to(manager) as line:
        manager.answer = lambda a: f"Response: Error\r\nActionID: {a['ActionID']}\r\nMessage: Permission denied\r\n\r\n".encode()
        with pytest.raises(SwitchError, match="Permission denied"):
            await channels_with(line, "X")
        assert await mixmonitor_list(line, "PJSIP/a-1") is None


async def test_the_secret_is_in_no_error_and_no_repr(manager: FakeManager) -> None:
    manager.may_log_in = False
    async with line_to(manager, waits=0) as line:
        with pytest.raises(SwitchError) as refused:
            await line.act({"Action": "Ping"})
        assert "s3cret" not in str(refused.value)
        assert "s3cret" not in repr(line)

"""What a node is and does by itself, seen on a real Asterisk."""

import asyncio
import ipaddress
import os
import re
import select
import socket
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fernamt.demo.phones import PATIENCE_S, PhoneAccount
from fernamt.node.errors import NodeError
from fernamt.node.local import EMERGENCY_LINE, LINE, local_settings
from fernamt.node.packages import OLDEST_ASTERISK
from fernamt.node.process import AsteriskNode
from fernamt.node.settings import NodeSettings
from tests.e2e.accounts import provision
from tests.e2e.conftest import StartPhone, forget
from tests.e2e.manager_session import ManagerSession, Message, manager_session
from tests.e2e.patience import soon

# What Asterisk 22 says of itself at every start, whatever the configuration.
EXPECTED_IN_THE_LOG = (
    re.compile(r"^\[[^]]+\] Asterisk \S+ built by "),
    # The SIP stack remarks on the order in which Asterisk's own modules join it.
    re.compile(r'sip_endpoint.c Warning: Module "[^"]+" registered during operation'),
    # No controller is there: some builds say so at each attempt (seen with 22.11.0-rc2).
    re.compile(r"res_http_websocket.c:  ws://127\.0\.0\.1:\d+/ari: Unable to connect$"),
)
CORE = {
    *("acl", "ccss", "cdr", "cel", "dnsmgr", "dsp", "enum", "extconfig", "features", "http"),
    *("indications", "logger", "manager", "plc", "sounds", "udptl"),
}


def surprises(node: AsteriskNode) -> list[str]:
    lines = node.log_file.read_text("utf-8").splitlines()
    return [line for line in lines if line and not any(known.search(line) for known in EXPECTED_IN_THE_LOG)]


async def test_a_node_starts_without_a_warning_in_its_log(node: AsteriskNode) -> None:
    assert node.program.version >= OLDEST_ASTERISK
    assert str(node.program.version) in await node.rx("core show version")
    assert surprises(node) == []


async def test_a_node_runs_the_modules_it_is_told_and_no_others(node: AsteriskNode) -> None:
    conf = (node.settings.directory / "conf" / "modules.conf").read_text("utf-8")
    wanted = set(re.findall(r"^require = (\S+)$", conf, re.MULTILINE))

    shown = await node.rx("module show")

    running = set(re.findall(r"^(\S+) .* Running ", shown, re.MULTILINE))
    assert running - CORE == wanted
    assert not re.search(r"Not Running", shown)


async def test_a_node_listens_on_loopback_alone(node: AsteriskNode) -> None:
    settings = node.settings
    listening = listeners(node.pid)

    assert {(protocol, port) for protocol, address, port in listening if address == "127.0.0.1"} == {
        ("udp", settings.sip_port),
        ("tcp", settings.sip_port),
        ("tcp", settings.http_port),
        ("tcp", settings.ami_port),
    }
    # pj_dns_resolver_create takes one socket a family to ask name servers from, on any address and a port
    # of the kernel's choice; it takes answers of these servers alone and cannot be switched off.
    elsewhere = sorted(protocol for protocol, address, _ in listening if address != "127.0.0.1")
    assert elsewhere in (["udp", "udp6"], ["udp"], [])


async def test_only_the_owner_can_read_a_nodes_files(node: AsteriskNode) -> None:
    directory = node.settings.directory
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = [*(directory / "conf").iterdir(), directory / "credentials.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert node.credentials.ari_password not in repr(node)


@pytest.mark.parametrize("user", ["ami", "watchdog"])
@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Originate", {"Channel": "PJSIP/112@emergency", "Application": "Wait", "Data": "1"}),
        ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
        ("AGI", {"Channel": "x", "Command": "EXEC Answer"}),
        ("MessageSend", {"To": "pjsip:x", "Body": "x"}),
    ],
)
async def test_no_manager_user_may_do_what_its_program_does_not_do(
    node: AsteriskNode, user: str, action: str, fields: dict[str, str]
) -> None:
    name, secret = manager_user(node, user)
    async with manager_session(node.settings.ami_port, name, secret) as session:
        answer = await session.action(action, **fields)
    assert answer == answer | {"Response": "Error", "Message": "Permission denied"}


@pytest.mark.parametrize(
    ("user", "action", "fields", "is_allowed"),
    [
        ("ami", "PJSIPShowContacts", {}, True),
        ("ami", "MixMonitor", {"Channel": "PJSIP/none"}, True),
        ("ami", "MixMonitorMute", {"Channel": "PJSIP/none"}, True),
        ("ami", "Command", {"Command": "mixmonitor list PJSIP/none"}, True),
        ("ami", "Redirect", {"Channel": "x", "Context": "c", "Exten": "e", "Priority": "1"}, False),
        ("watchdog", "Redirect", {"Channel": "x", "Context": "c", "Exten": "e", "Priority": "1"}, True),
        ("watchdog", "Status", {"Variables": "FERNAMT_WAITING"}, True),
        ("watchdog", "Getvar", {"Variable": "CONTROLLER_BEAT"}, True),
        ("watchdog", "Hangup", {"Channel": "Snoop/none"}, True),
        ("watchdog", "Command", {"Command": "core stop now"}, False),
        ("watchdog", "GetConfig", {"Filename": "manager.conf"}, False),
        ("watchdog", "DialplanExtensionAdd", {"Context": "x"}, False),
        ("watchdog", "PJSIPShowContacts", {}, False),
        ("watchdog", "MixMonitor", {"Channel": "PJSIP/none"}, False),
    ],
)
async def test_a_manager_user_may_do_what_its_program_does(
    node: AsteriskNode, user: str, action: str, fields: dict[str, str], is_allowed: bool
) -> None:
    name, secret = manager_user(node, user)
    async with manager_session(node.settings.ami_port, name, secret) as session:
        answer = await session.action(action, **fields)
    assert ("Permission denied" not in answer.get("Message", "")) is is_allowed


def manager_user(node: AsteriskNode, user: str) -> tuple[str, str]:
    credentials = node.credentials
    return getattr(credentials, f"{user}_user"), getattr(credentials, f"{user}_password")


@pytest.mark.parametrize("number", ["110", "112"])
async def test_an_emergency_call_of_an_agent_goes_out_with_no_controller_at_all(
    node: AsteriskNode, start_phone: StartPhone, number: str
) -> None:
    line = next(trunk for trunk in node.settings.trunks if trunk.name == EMERGENCY_LINE)
    control_room = await start_phone(PhoneAccount(user=number, server=f"127.0.0.1:{node.settings.sip_port}"), sip_port=line.port)
    agent = await start_phone(await provision(node, f"agent-{number}"))
    await agent.expect("REGISTER_OK")

    await agent.dial(number)

    await control_room.expect("CALL_INCOMING")
    await control_room.answer()
    await agent.expect("CALL_ESTABLISHED")
    await agent.hang_up()
    await control_room.expect("CALL_CLOSED")
    assert "FERNAMT_EMERGENCY" in node.settings.cel_file.read_text("utf-8")


async def test_an_emergency_call_shows_the_number_that_stands_for_the_agents_place(
    node: AsteriskNode, start_phone: StartPhone
) -> None:
    line = next(trunk for trunk in node.settings.trunks if trunk.name == EMERGENCY_LINE)
    server = f"127.0.0.1:{node.settings.sip_port}"
    control_room = await start_phone(PhoneAccount(user="112", server=server), sip_port=line.port)
    account = await provision(node, "agent-at-home", set_var="FERNAMT_EMERGENCY_NUMBER=+4989112233")
    agent = await start_phone(account)
    await agent.expect("REGISTER_OK")

    await agent.dial("112")

    assert "+4989112233" in (await control_room.expect("CALL_INCOMING")).peer
    await agent.hang_up()


async def test_the_controller_sees_contacts_and_their_changes_and_no_calls_by_the_manager(
    own_node: AsteriskNode, start_phone: StartPhone
) -> None:
    name, secret = manager_user(own_node, "ami")
    async with manager_session(own_node.settings.ami_port, name, secret) as session:
        agent = await start_phone(await provision(own_node, "agent-anna"))
        await agent.expect("REGISTER_OK")
        changes = await events_until(session, "ContactStatus", ContactStatus="Reachable")
        await agent.dial("*11")
        await agent.expect("CALL_CLOSED")

        await session.action("PJSIPShowContacts")
        listed = await events_until(session, "ContactListComplete")

    assert {event["Event"] for event in changes + listed} <= {
        *("ContactStatus", "ContactList", "ContactListComplete", "FullyBooted"),
    }
    contact = next(event for event in listed if event.get("Endpoint") == "agent-anna")
    assert int(contact["RoundtripUsec"]) > 0


async def events_until(session: ManagerSession, last: str, **wanted: str) -> list[Message]:
    events = [await session.message()]
    while events[-1].get("Event") != last or not wanted.items() <= events[-1].items():
        events.append(await session.message())
    return events


async def test_a_browsers_account_is_taken(node: AsteriskNode) -> None:
    await provision(node, "agent-browser", webrtc="yes")
    shown = await node.rx("pjsip show endpoint agent-browser")
    for setting, value in (("media_encryption", "dtls"), ("ice_support", "true"), ("rtcp_mux", "true")):
        assert re.search(rf"{setting} +: {value}", shown)
    assert surprises(node) == []


async def test_a_call_from_outside_hears_the_announcement_at_once_when_no_controller_is_there(
    own_node: AsteriskNode, start_phone: StartPhone
) -> None:
    caller = await start_phone(caller_at(own_node), keeps_what_it_hears=True)

    await caller.dial("4930123456")

    await caller.expect("CALL_ESTABLISHED")
    # It ends by itself after the announcement: there is no answering machine here.
    await caller.expect("CALL_CLOSED")
    events = own_node.settings.cel_file.read_text("utf-8")
    assert stat.S_IMODE(own_node.settings.cel_file.stat().st_mode) == 0o600
    assert '"FERNAMT_FALLBACK"' in events
    assert '"4930123456","from-trunk"' in events
    assert max(caller.heard()[0].read_bytes()[44:]) > 0
    assert surprises(own_node) == []


async def test_a_waiting_call_reaches_the_announcement_by_the_watchdogs_redirect(
    own_node: AsteriskNode, start_phone: StartPhone
) -> None:
    await own_node.rx("dialplan set global CONTROLLER_BEAT 9999999999")
    caller = await start_phone(caller_at(own_node))
    await caller.dial("4930123456")
    name, secret = manager_user(own_node, "watchdog")
    async with manager_session(own_node.settings.ami_port, name, secret) as session:
        channel = await waiting_channel(own_node)

        answer = await session.action("Redirect", Channel=channel, Context="fernamt-fallback", Exten="machine", Priority="1")

        assert answer["Response"] == "Success"
        await caller.expect("CALL_ESTABLISHED")
        waiting = await session.action("Getvar", Channel=channel, Variable="FERNAMT_WAITING")
        assert waiting["Value"] == "0"
    await caller.hang_up()


async def waiting_channel(node: AsteriskNode) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for line in (await node.rx("core show channels concise")).splitlines():
                fields = line.split("!")
                if len(fields) > 5 and fields[5] == "Stasis":
                    return fields[0]


@pytest.mark.parametrize("number", ["empfang", "h", "s", "fernamt-fallback"])
async def test_what_is_no_number_gets_404(node: AsteriskNode, start_phone: StartPhone, number: str) -> None:
    caller = await start_phone(caller_at(node))
    await caller.dial(number)
    assert (await caller.expect("CALL_CLOSED")).parameter.startswith("404")


async def test_a_caller_cannot_become_an_agent_by_name(node: AsteriskNode, start_phone: StartPhone) -> None:
    await provision(node, "agent-anna")
    impostor = await start_phone(PhoneAccount(user="agent-anna", server=caller_at(node).server))
    await impostor.dial("112")
    assert (await impostor.expect("CALL_CLOSED")).parameter.startswith("401")


@pytest.mark.parametrize("name", [LINE, EMERGENCY_LINE, "agent-anna", "nobody"])
def test_a_stranger_cannot_become_a_line_by_its_name(node: AsteriskNode, name: str) -> None:
    # The lines' own address is 127.0.0.1.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(PATIENCE_S)
        stranger.bind(("127.0.0.2", 0))
        here = f"127.0.0.2:{stranger.getsockname()[1]}"
        invite = (
            "INVITE sip:112@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-{name}",
            f"From: <sip:{name}@{here}>;tag=1",
            "To: <sip:112@127.0.0.1>",
            f"Call-ID: {name}@{here}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{name}@{here}>",
            "Content-Length: 0",
        )
        stranger.sendto(("\r\n".join(invite) + "\r\n\r\n").encode(), ("127.0.0.1", node.settings.sip_port))
        answer = stranger.recv(4096).decode()
    assert answer.startswith("SIP/2.0 401 ")


async def test_an_agent_hears_that_the_service_is_away_and_is_not_charged_for_it(
    node: AsteriskNode, start_phone: StartPhone
) -> None:
    agent = await start_phone(await provision(node, "agent-berta"))
    await agent.expect("REGISTER_OK")
    await agent.dial("*11")
    closed = await agent.expect("CALL_CLOSED", "CALL_ESTABLISHED")
    assert closed.type == "CALL_CLOSED"


async def test_two_nodes_run_side_by_side(node: AsteriskNode, own_node: AsteriskNode) -> None:
    assert node.pid != own_node.pid
    assert node.credentials.ami_password != own_node.credentials.ami_password
    for each in (node, own_node):
        assert each.settings.name in await each.rx("core show settings")


async def test_a_nodes_folder_belongs_to_one_asterisk_at_a_time(node: AsteriskNode) -> None:
    with pytest.raises(NodeError, match="already running"):
        await AsteriskNode.start(node.settings)
    assert node.is_running


async def test_a_killed_node_starts_again_with_the_same_passwords(settings: NodeSettings) -> None:
    first = await AsteriskNode.start(settings)
    await first.kill()
    async with AsteriskNode.running(settings) as second:
        assert second.credentials == first.credentials


async def test_stop_leaves_no_process_and_no_socket(settings: NodeSettings) -> None:
    node = await AsteriskNode.start(settings)
    pid = node.pid
    await node.stop()
    assert processes_of_group(pid) == []
    assert not node.is_running
    await node.stop()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_a_node_dies_with_the_program_that_started_it(state_dir: Path, loop: str) -> None:
    program = (
        f"import asyncio, sys, {loop} as loop\nfrom pathlib import Path\n"
        "from fernamt.node.local import local_settings\nfrom fernamt.node.process import AsteriskNode\n"
        "async def main():\n"
        "    node = await AsteriskNode.start(local_settings(Path(sys.argv[1]), sys.argv[2]))\n"
        "    print(node.pid, flush=True)\n    await node.wait()\n"
        "loop.run(main())\n"
    )
    name = f"test-{loop}-{os.getpid()}"
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(state_dir), name, stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    pid = int(await soon(starter.stdout.readline()))
    ended = os.pidfd_open(pid)
    starter.kill()
    await starter.wait()
    await soon(asyncio.to_thread(wait_for_end, ended))
    async with AsteriskNode.running(local_settings(state_dir, name)) as again:
        assert again.is_running
    forget(again.settings)


async def test_a_setting_asterisk_refuses_is_told_with_its_words(settings: NodeSettings) -> None:
    with pytest.raises(NodeError, match="no_such_module"):
        await AsteriskNode.start(replace(settings, extra_modules=("no_such_module.so",)))


def caller_at(node: AsteriskNode) -> PhoneAccount:
    return PhoneAccount(user="+49301234567", server=f"127.0.0.1:{node.settings.sip_port}")


def wait_for_end(pidfd: int) -> None:
    select.select([pidfd], [], [])
    os.close(pidfd)


def processes_of_group(group: int) -> list[int]:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return []
    return [group]


def listeners(pid: int) -> set[tuple[str, str, int]]:
    """Protocol, address and port of what a process listens on, from /proc."""
    sockets = {
        os.readlink(path).removeprefix("socket:[").removesuffix("]")
        for path in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(path).startswith("socket:[")
    }
    found = set()
    for protocol, listening in (("tcp", "0A"), ("udp", "07"), ("tcp6", "0A"), ("udp6", "07")):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in sockets and fields[3] == listening:
                address, port = fields[1].split(":")
                # Words of four bytes in the machine's order, one or four of them.
                words = (bytes.fromhex(address[place : place + 8])[::-1] for place in range(0, len(address), 8))
                found.add((protocol, str(ipaddress.ip_address(b"".join(words))), int(port, 16)))
    return found

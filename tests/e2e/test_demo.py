"""`fernamt demo` as a person starts it: a floor that works, and nothing of it left afterwards, however it ended."""

import asyncio
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from fernamt.demo.house import CHECKOUT
from fernamt.demo.phones import PATIENCE_S, Phone, PhoneAccount
from fernamt.node.ports import free_ports
from tests.e2e.conftest import StartPhone
from tests.e2e.patience import soon

READY = "ready after"
TALKING = "the first call is talking"
ENDED = "everything that was started has ended"


@dataclass(slots=True)
class Demo:
    """The running program and what it has said so far."""

    process: asyncio.subprocess.Process
    state: Path
    port: int
    said: str = ""

    async def says(self, words: str) -> None:
        """It has said the words."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while words not in self.said:
                    line = await self.process.stdout.readline()
                    assert line, f"the demo has ended and never said {words!r}:\n{self.said}"
                    self.said += line.decode()
        except TimeoutError:
            pytest.fail(f"the demo did not say {words!r} within {PATIENCE_S:g} s:\n{self.said}")

    async def command(self, *arguments: str) -> str:
        """What the command line tells about the demo."""
        argv = (sys.executable, "-m", "fernamt", "--config", str(self.state / "fernamt.toml"), *arguments)
        process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE, cwd=CHECKOUT)
        output, _ = await process.communicate()
        assert process.returncode == 0
        return output.decode()

    async def leaves_nothing(self) -> None:
        """No process of it is there any more."""
        async with asyncio.timeout(PATIENCE_S):
            await self.process.wait()
            while left := self.processes():  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.1)
        assert not left

    def processes(self) -> list[str]:
        """All programs that were started with a path of its state folder, among them Asterisk, phones, service, worker."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.state) in command:
                found.append(command)
        return found


OpenDemo = Callable[..., AbstractAsyncContextManager[Demo]]


@pytest.fixture
def open_demo(tmp_path: Path, state_dir: Path) -> OpenDemo:
    """`async with open_demo("--rate", "60") as demo`: always the same folder, ports of the test's own."""

    @asynccontextmanager
    async def opened(*options: str) -> AsyncIterator[Demo]:
        web, sip, http, ami, controller, sips = free_ports(6)
        own = {"SIP_PORT": sip, "HTTP_PORT": http, "AMI_PORT": ami, "CONTROLLER_PORT": controller, "SIPS_PORT": sips}
        ports = {f"FERNAMT_SWITCH__NODE1__{key}": str(port) for key, port in own.items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fernamt", "demo", "--state", str(tmp_path / "demo"), "--programs", str(state_dir), *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=CHECKOUT,
            env=os.environ | ports | {"FERNAMT_SERVICE__PORT": str(web)},
        )
        demo = Demo(process, tmp_path / "demo", web)
        try:
            yield demo
        finally:
            if process.returncode is None:
                process.kill()
            await demo.leaves_nothing()

    return opened


async def test_calls_talk_until_ctrl_c_and_nothing_is_left(open_demo: OpenDemo) -> None:
    async with open_demo("--rate", "60") as demo:
        await demo.says(TALKING)
        # Asterisk, service, worker, watchdog and six phones at least.
        assert len(demo.processes()) >= 10
        kinds = [
            json.loads(line)["event"]["kind"]
            for line in (await demo.command("journal", "tail", "--lines", "100000", "--json")).splitlines()
        ]
        assert "agent_connected" in kinds
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{demo.port}/readyz") as answer:
            assert answer.status == 200

        demo.process.send_signal(signal.SIGINT)
        await demo.says(ENDED)
        assert await demo.process.wait() == 0
        await demo.leaves_nothing()


async def test_a_killed_demo_takes_everything_along_and_starts_again(open_demo: OpenDemo) -> None:
    async with open_demo("--rate", "60") as demo:
        await demo.says(TALKING)
        demo.process.kill()
        await demo.leaves_nothing()
    async with open_demo("--rate", "60") as demo:
        await demo.says(READY)
        await demo.says(TALKING)


async def test_a_closed_terminal_ends_the_demo_while_it_still_starts(open_demo: OpenDemo) -> None:
    async with open_demo("--no-callers") as demo:
        await demo.says("Asterisk is up")
        demo.process.send_signal(signal.SIGHUP)
        await demo.says(ENDED)
        assert await demo.process.wait() == 0


async def test_an_agent_is_left_to_a_person_who_learns_the_account(open_demo: OpenDemo) -> None:
    async with open_demo("--no-callers", "--me", "clara") as demo:
        await demo.says(READY)
        account = json.loads(await demo.command("agents", "phone", "clara", "--json"))
        assert f"user {account['user']}, password {account['password']}" in demo.said
        assert not [command for command in demo.processes() if "phones/clara" in command]
        assert [command for command in demo.processes() if "phones/anna" in command]


async def test_from_another_device_a_phone_comes_in_by_tls_and_srtp_alone(open_demo: OpenDemo, start_phone: StartPhone) -> None:
    async with open_demo("--no-callers", "--me", "clara", "--listen", "127.0.0.2") as demo:
        await demo.says(READY)
        account = json.loads(await demo.command("agents", "phone", "clara", "--json"))
        secure = account["node1 by TLS"].split()[0]
        phone = await start_phone(own_phone(account, secure, transport="tls", media_encryption="srtp-mand"))
        await phone.expect("REGISTER_OK")
        await log_in(phone)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"http://127.0.0.2:{demo.port}/healthz")
            async with session.get(f"https://127.0.0.2:{demo.port}/healthz", ssl=False) as answer:
                assert answer.status == 200

        plain = await start_phone(own_phone(account, account["node1"].split()[0]))
        await plain.expect("REGISTER_OK")
        await plain.dial("*21")
        await plain.expect("CALL_CLOSED")
        assert "CALL_ESTABLISHED" not in [event.type for event in plain.events], "a call without SRTP"


async def test_an_address_of_ipv6_is_one_to_listen_at_too(open_demo: OpenDemo) -> None:
    async with open_demo("--no-callers", "--me", "clara", "--listen", "::1") as demo:
        await demo.says(READY)
        async with aiohttp.ClientSession() as session, session.get(f"https://[::1]:{demo.port}/healthz", ssl=False) as answer:
            assert answer.status == 200
        account = json.loads(await demo.command("agents", "phone", "clara", "--json"))
        host, _, port = account["node1 by TLS"].split()[0].rpartition(":")
        assert host == "[::1]"
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("::1", int(port), ssl=unchecked)
        writer.write(OPTIONS.format(port=port).encode())
        assert (await soon(reader.readline())).startswith(b"SIP/2.0 ")
        writer.close()


OPTIONS = (
    "OPTIONS sip:[::1]:{port} SIP/2.0\r\nVia: SIP/2.0/TLS [::1]:5999;branch=z9hG4bKdemo\r\nMax-Forwards: 70\r\n"
    "From: <sip:clara@[::1]>;tag=1\r\nTo: <sip:clara@[::1]>\r\nCall-ID: of-ipv6\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def own_phone(
    account: dict[str, str], server: str, *, transport: str = "udp", media_encryption: str | None = None
) -> PhoneAccount:
    """The account as `fernamt agents phone` tells it."""
    return PhoneAccount(
        user=account["user"],
        password=account["password"],
        server=server,
        transport=transport,
        media_encryption=media_encryption,
    )


async def log_in(phone: Phone) -> None:
    """The feature code was taken: the call stood, with keys for its sound, and was ended by the other side."""
    await phone.dial("*11")
    await phone.expect("CALL_ESTABLISHED")
    await phone.expect("CALL_CLOSED")

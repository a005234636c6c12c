"""Real SIP phones with sound, one baresip process each, so that one can die and take nobody along.

    phone = await Phone.start(baresip, PhoneAccount(user="a1", password="…", server="127.0.0.1:5060"), directory)
    await phone.expect("REGISTER_OK")
    call = await phone.expect("CALL_INCOMING")
    await phone.answer()
    await phone.expect("CALL_ESTABLISHED")
    await phone.hang_up()
    await phone.stop()

Each phone speaks with a tone of its own, or what a WAV file holds, and can keep what it hears (`heard()`).
"""

import asyncio
import re
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from fernamt.demo.control_link import ControlLink, ControlLinkClosed, Message
from fernamt.node.child import end, signal_group, spawn
from fernamt.node.errors import NodeError
from fernamt.node.ports import brief_ports, may_bind
from fernamt.node.program import Program
from fernamt.node.settings import bracketed

_MODULES = "lib/baresip/modules"
PATIENCE_S = 60.0
"""How long a phone is given for what is to happen next, which takes milliseconds unless the machine does other things."""
_STARTS = 5
_READY, _NO_PORT = "baresip is ready", "ctrl_tcp: failed to listen"
# What is heard is kept by a short name: baresip has 128 bytes for that path, and keeps nothing beyond.
_CONFIG = """\
poll_method epoll
sip_listen {host}:{sip_port}
call_local_timeout 3600
call_max_calls 4
audio_path /nonexistent
audio_source {source}
audio_player aubridge,ear
audio_alert aubridge,bell
ausrc_srate {source_rate}
auplay_srate 8000
ausrc_channels {source_channels}
auplay_channels 1
audio_level no
rtp_ports {rtp_first}-{rtp_last}
rtp_timeout 0
net_interface {address}
module_path {modules}
module g711.so
module ausine.so
module aufile.so
module aubridge.so
{recorder}module srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
snd_path .
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAccount:
    """Who the phone is. Without a password it does not register and calls as whoever `user` names (a caller).

    `transport` is udp, tcp or tls; `media_encryption` is None or `srtp-mand`.
    """

    user: str
    server: str
    password: str | None = field(default=None, repr=False)
    display_name: str = ""
    transport: str = "udp"
    media_encryption: str | None = None
    registration_s: int = 60

    @property
    def address(self) -> str:
        """The loopback address of the family in which the server is reached."""
        return "::1" if self.server.startswith("[") else "127.0.0.1"

    def line(self) -> str:
        """The account as baresip takes it."""
        for value in (
            self.user,
            self.server,
            self.password or "",
            self.display_name,
            self.transport,
            self.media_encryption or "",
        ):
            if re.search(r"[\x00-\x1f<>;\"@]", value):
                raise NodeError(f"phone account {self.user!r}: a character that an account cannot have")
        name = f'"{self.display_name}" ' if self.display_name else ""
        credentials = f";auth_user={self.user};auth_pass={self.password}" if self.password else ""
        encryption = f";mediaenc={self.media_encryption}" if self.media_encryption else ""
        registration = self.registration_s if self.password else 0
        return (
            f"{name}<sip:{self.user}@{self.server};transport={self.transport}>{credentials}{encryption}"
            f";regint={registration};answermode=manual;audio_codecs=PCMA/8000/1;ptime=20"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneEvent:
    """What the phone has noticed: a type such as CALL_INCOMING, the call's id, the other end, a reason."""

    type: str
    call_id: str | None
    peer: str
    parameter: str


@dataclass(slots=True)
class Phone:
    """A running phone. Its events are kept; `expect` takes them in order, each one once."""

    account: PhoneAccount
    directory: Path
    _process: asyncio.subprocess.Process
    _link: ControlLink | None = None
    events: list[PhoneEvent] = field(default_factory=list)
    _taken: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def start(
        cls,
        baresip: Program,
        account: PhoneAccount,
        directory: Path,
        *,
        tone_hz: int = 440,
        speech: Path | None = None,
        keeps_what_it_hears: bool = False,
        rtp_ports: tuple[int, int] = (40000, 49999),
        sip_port: int | None = None,
    ) -> Self:
        """The phone is up and obeys; a registering one has sent its REGISTER. `directory` is its own.

        It speaks with the tone, or what the WAV file `speech` (8 kHz, mono) holds; at the file's end it hangs up.

        With `sip_port` it can be called there without being registered, as a line's other end.
        """
        for attempt in range(_STARTS):
            listen_port, control_port = brief_ports(2)
            if not may_bind("127.0.0.1", control_port):  # baresip 1.1 would share it with another phone, and be taken for that
                continue
            listen_port = sip_port or listen_port
            config = _CONFIG.format(
                host=bracketed(account.address),
                address=account.address,
                sip_port=listen_port,
                control_port=control_port,
                source=f"ausine,{tone_hz}" if speech is None else f"aufile,{speech}",
                # ausine makes nothing but 48 kHz in stereo.
                source_rate=48000 if speech is None else 8000,
                source_channels=2 if speech is None else 1,
                rtp_first=rtp_ports[0],
                rtp_last=rtp_ports[1],
                modules=baresip.prefix / _MODULES,
                recorder="module sndfile.so\n" if keeps_what_it_hears else "",
            )
            await asyncio.to_thread(_write, directory, config)
            log = directory / "phone.log"
            with log.open("wb") as output:
                process = await spawn((*baresip.argv, "-f", str(directory)), directory=directory, output=output)
            phone = cls(account, directory, process)
            try:
                phone._link = await phone._open_link(control_port)
            except NodeError:
                # Somebody else took one of the ports in between: others are tried.
                await end(process, limit_s=0)
                if attempt == _STARTS - 1:
                    raise
                continue
            # Only now, so that no event of its registration is missed and no password lies in a file.
            await phone._command("uanew", account.line())
            return phone
        raise NodeError("no ports for a phone")

    async def expect(self, *types: str, within_s: float = PATIENCE_S) -> PhoneEvent:
        """The next event of one of these types, past or to come; those before it are passed over.

        Raises TimeoutError naming what came instead.
        """
        try:
            async with asyncio.timeout(within_s):
                while True:
                    while self._taken < len(self.events):
                        event = self.events[self._taken]
                        self._taken += 1
                        if event.type in types:
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            seen = ", ".join(event.type for event in self.events) or "nothing"
            raise TimeoutError(f"{self.account.user}: no {' or '.join(types)}; saw {seen}") from None

    def forget_events(self) -> None:
        """Events that were taken are gone, so that a phone of many calls does not grow."""
        del self.events[: self._taken]
        self._taken = 0

    @property
    def pid(self) -> int:
        """The process id of the phone."""
        return self._process.pid

    async def dial(self, number: str) -> None:
        """The phone calls the number (or feature code) at its server."""
        await self._command("dial", f"sip:{number.replace('#', '%23')}@{self.account.server}")

    async def answer(self) -> None:
        """The ringing call is answered."""
        await self._command("accept")

    async def hang_up(self) -> None:
        """The current call is ended; a ringing one is refused."""
        # baresip 1.1 knows no current call before it has heard ringing.
        if await self._command("hangup", tolerates="no active call") == "no active call":
            await self._command("hangupall", "dir=out")

    async def hold(self) -> None:
        """The current call is on hold (re-INVITE, sendonly)."""
        await self._command("hold")

    async def resume(self) -> None:
        """The held call goes on (re-INVITE, sendrecv)."""
        # baresip 1.1 answers "Invalid argument" when there is no second call to put on hold, and does it.
        await self._command("resume", tolerates="Invalid argument")

    async def transfer(self, to: str) -> None:
        """The phone asks its server to put the other end through to this address (REFER, without a look at who is there)."""
        await self._command("transfer", to)

    async def mute(self) -> None:
        """The microphone is off, or on again when it was off."""
        await self._command("mute")

    async def press(self, digits: str) -> None:
        """The digits are sent as telephone events, one after the other."""
        for digit in digits:
            await self._command("sndcode", digit)

    async def speak_tone(self, tone_hz: int) -> None:
        """From now on the phone speaks with this tone."""
        await self._command("ausrc", f"ausine,{tone_hz}")

    def heard(self) -> list[Path]:
        """The WAV files of what the phone has heard, one a call, oldest first (closed at the call's end)."""
        return sorted(self.directory.glob("dump-*-dec.wav"))

    def freeze(self) -> None:
        """The phone stands still: no RTP, no answer, as one that has lost its network."""
        signal_group(self._process, signal.SIGSTOP)

    def thaw(self) -> None:
        """A frozen phone goes on."""
        signal_group(self._process, signal.SIGCONT)

    async def kill(self) -> None:
        """The phone is gone without a goodbye: SIGTERM would let it hang up, or refuse what rings, first."""
        signal_group(self._process, signal.SIGKILL)
        await self._close_link()
        await end(self._process, limit_s=0)

    async def stop(self) -> None:
        """The phone has hung up, unregistered and ended."""
        self.thaw()
        await self._close_link()
        await end(self._process, limit_s=3.0)

    async def _close_link(self) -> None:
        if self._link is not None:
            await self._link.close()

    async def _command(self, name: str, parameters: str | None = None, *, tolerates: str = "\0") -> str:
        if self._link is None:
            raise NodeError(f"{self.account.user}: the phone is not up")
        answer = await self._link.command(name, parameters)
        said = str(answer.get("data")).strip()
        if not answer.get("ok") and said != tolerates:
            raise NodeError(f"{self.account.user}: {name} refused: {said}")
        return said

    def _take(self, message: Message) -> None:
        event = PhoneEvent(
            type=str(message.get("type", "")),
            call_id=message.get("id"),
            peer=str(message.get("peeruri", "")),
            parameter=str(message.get("param", "")),
        )
        self.events.append(event)
        self._news.set()

    async def _open_link(self, port: int) -> ControlLink:
        """Once it says that it is up: before, and where it did not get its port, another's phone may be listening there."""
        said = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S / _STARTS):
                while self._process.returncode is None and _NO_PORT not in said:
                    if _READY in said:
                        return await ControlLink.open(port, self._take)
                    await asyncio.sleep(0.02)
                    said = await asyncio.to_thread((self.directory / "phone.log").read_text, "utf-8", "replace")
        raise NodeError(f"the phone {self.account.user} did not start:\n{said[-1500:]}")


def _write(directory: Path, config: str) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in (("config", config), ("accounts", ""), ("contacts", "")):
        path = directory / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")


__all__ = ["PATIENCE_S", "ControlLinkClosed", "Phone", "PhoneAccount", "PhoneEvent"]

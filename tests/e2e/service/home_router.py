"""A home router between an agent's phone and the switch: it hides the phone's ports, changes its own, loses and delays packets.

    async with home_router(house) as router:
        phone = await router.phone("a01")
        …
        router.rebind()                     # as after its restart: everything comes from new ports, and the old ones are nobody's
        router.loses, router.late_s = 0.3, 0.2

What the phone says of its own media is as useless outside as a private address is: the switch can only learn it from the packets
themselves. Media goes through here because the router writes its own port where the switch tells the phone one.
"""

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from fernamt.demo.house import House
from fernamt.demo.phones import Phone, PhoneAccount

HERE = "127.0.0.1"
Address = tuple[str, int]
_AUDIO = re.compile(rb"^m=audio (\d+) ", re.MULTILINE)
_LENGTH = re.compile(rb"^Content-Length: *\d+", re.MULTILINE | re.IGNORECASE)
_CONTACT = re.compile(rb"^(Contact: *<sip:[^>]*?127\.0\.0\.1):\d+", re.MULTILINE | re.IGNORECASE)


class Way:
    """One socket of the router; `takes` gets what comes in, and from where."""

    def __init__(self, takes: Callable[[bytes, Address], None], port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HERE, port))
        self._socket.setblocking(False)
        self._takes = takes
        self.port: int = self._socket.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def send(self, data: bytes, to: Address) -> None:
        """Sent, if the socket is still there."""
        with suppress(OSError):
            self._socket.sendto(data, to)

    def close(self) -> None:
        """The port is nobody's."""
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        with suppress(BlockingIOError, ConnectionError):
            while True:
                data, sender = self._socket.recvfrom(4_096)
                self._takes(data, sender)


class Path:
    """One stream through the router: the switch's port there, a port for the phone here."""

    def __init__(self, router: "HomeRouter", switch_port: int, inside_port: int) -> None:
        self._router = router
        self._switch = (HERE, switch_port)
        self._phone: Address | None = None
        self.inside = Way(self._from_phone, inside_port)
        self.outside = Way(self._from_switch)

    def rebind(self) -> None:
        """From now on it comes from another port."""
        self.outside.close()
        self.outside = Way(self._from_switch)

    def close(self) -> None:
        """Both sockets are gone."""
        self.inside.close()
        self.outside.close()

    def _from_phone(self, data: bytes, sender: Address) -> None:
        self._phone = sender
        self._router.spoil(lambda: self.outside.send(data, self._switch))

    def _from_switch(self, data: bytes, _sender: Address) -> None:
        phone = self._phone
        if phone is not None:
            self._router.spoil(lambda: self.inside.send(data, phone))


@dataclass(slots=True)
class HomeRouter:
    """The router. `loses` of a hundred hundredths, each packet of voice up to `late_s` late."""

    house: House
    switch: Address
    loses: float = 0.0
    late_s: float = 0.0
    lot: random.Random = field(default_factory=lambda: random.Random(1))
    _paths: dict[int, tuple[Path, Path]] = field(default_factory=dict)
    _phone: Address | None = None
    _free_at: float = 0.0
    _nowhere: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    _inside: Way = field(init=False)
    _outside: Way = field(init=False)

    def __post_init__(self) -> None:
        self._nowhere.bind((HERE, 0))
        self._inside = Way(self._from_phone)
        self._outside = Way(self._from_switch)

    async def phone(self, name: str, *, registration_s: int = 60, tone_hz: int = 440, hears: bool = False) -> Phone:
        """The agent's phone behind the router is registered. It registers anew when nine tenths of the time are over."""
        account = PhoneAccount(
            user=name,
            server=f"{HERE}:{self._inside.port}",
            password=self.house.accounts[name].password,
            registration_s=registration_s,
        )
        directory = self.house.directory / "phones" / f"{name}-at-home"
        phone = await Phone.start(self.house.baresip, account, directory, tone_hz=tone_hz, keeps_what_it_hears=hears)
        self.house.phones[name] = phone
        await phone.expect("REGISTER_OK")
        return phone

    def rebind(self, *, signalling: bool = True, media: bool = True) -> None:
        """What goes out comes from other ports from now on; what the switch sends to the old ones reaches nobody."""
        if signalling:
            self._outside.close()
            self._outside = Way(self._from_switch)
        if media:
            for pair in self._paths.values():
                for path in pair:
                    path.rebind()

    def spoil(self, send: Callable[[], None]) -> None:
        """The packet of voice is sent as this line does it: at once, late but in its order, or never."""
        if self.loses and self.lot.random() < self.loses:
            return
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time() + self.lot.uniform(0, self.late_s))
        if self.late_s:
            loop.call_at(self._free_at, send)
        else:
            send()

    def close(self) -> None:
        """All ports are nobody's."""
        for way in (self._inside, self._outside, *(path for pair in self._paths.values() for path in pair)):
            way.close()
        self._nowhere.close()

    def _from_phone(self, data: bytes, sender: Address) -> None:
        self._phone = sender
        hidden = self._nowhere.getsockname()[1]
        self._outside.send(_with_audio(data, lambda _port: hidden), self.switch)

    def _from_switch(self, data: bytes, _sender: Address) -> None:
        if self._phone is not None:
            own = b"\\1:%d" % self._inside.port
            self._inside.send(_CONTACT.sub(own, _with_audio(data, self._way_to)), self._phone)

    def _way_to(self, switch_port: int) -> int:
        """The port here that leads to that one of the switch; its RTCP goes by the next."""
        if switch_port not in self._paths:
            self._paths[switch_port] = self._opened(switch_port)
        return self._paths[switch_port][0].inside.port

    def _opened(self, switch_port: int) -> tuple[Path, Path]:
        for _ in range(50):
            voice = Path(self, switch_port, 0)
            with ExitStack() as undo:
                undo.callback(voice.close)
                try:
                    reports = Path(self, switch_port + 1, voice.inside.port + 1)
                except (OSError, OverflowError):
                    continue
                undo.pop_all()
                return voice, reports
        raise OSError("no two free ports in a row")


def _with_audio(data: bytes, port_of: Callable[[int], int]) -> bytes:
    """The message with another port for its media, if it has any."""
    head, cut, body = data.partition(b"\r\n\r\n")
    changed = _AUDIO.sub(lambda found: b"m=audio %d " % port_of(int(found[1])), body)
    if not cut or changed == body:
        return data
    return _LENGTH.sub(b"Content-Length: %d" % len(changed), head) + cut + changed


@asynccontextmanager
async def home_router(house: House) -> AsyncIterator[HomeRouter]:
    """A router of the agent's own."""
    host, port = house.sip.split(":")
    router = HomeRouter(house, (host, int(port)))
    try:
        yield router
    finally:
        router.close()

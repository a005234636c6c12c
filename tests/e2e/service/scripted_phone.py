"""An agent's phone whose every answer is in the test's hand: registered like a real one, it refuses as told, or plays dead."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from fernamt.demo.house import House
from fernamt.demo.phones import PATIENCE_S
from tests.e2e.patience import soon

REASONS = {
    180: "Ringing",
    200: "OK",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
}
T1_S = 0.5
"""After so long without an answer a request counts as lost (RFC 3261)."""


class ScriptedPhone(asyncio.DatagramProtocol):
    """Answers OPTIONS with 200 and an INVITE with `refusal`; None: rings for ever, until it is cancelled.

    With `takes_calls` it answers, without sound; `refer` then asks for a transfer within that call.
    """

    def __init__(self, user: str, password: str) -> None:
        self.refusal: int | None = None
        self.rings = True
        self.takes_calls = False
        self.talks = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.invites = asyncio.Queue[str]()
        self.cancels = asyncio.Queue[str]()
        self.registered = asyncio.Event()
        self.told = asyncio.Queue[str]()
        """What the switch says about a transfer that was asked for: the last line of the NOTIFY that is final (RFC 3515)."""
        self._user, self._password = user, password
        self._call_id = secrets.token_hex(8)
        self._sequence = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._is_deaf = False
        self._dialog = ""
        self._answers = asyncio.Queue[str]()

    def play_dead(self) -> None:
        """From now on nothing is answered, as by a phone whose power was cut."""
        self._is_deaf = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._register("")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._is_deaf:
            return
        text = data.decode(errors="replace")
        method = text.partition(" ")[0]
        if method == "SIP/2.0" and " REGISTER" not in _header(text, "CSeq"):
            self._answers.put_nowait(text)
        elif method == "SIP/2.0":
            self._registered(text)
        elif method == "ACK":
            self.talks.set()
        elif method == "BYE":
            self._reply(text, 200, addr)
            self.hung_up.set()
        elif method == "NOTIFY":
            self._reply(text, 200, addr)
            said = text.strip().rpartition("\n")[2]
            if not said.startswith("SIP/2.0 1"):
                self.told.put_nowait(said)
        elif method == "OPTIONS":
            self._reply(text, 200, addr)
        elif method == "INVITE":
            self._invited(text, addr)
        elif method == "CANCEL":
            self._reply(text, 200, addr)
            self._reply(text.replace("CANCEL", "INVITE"), 487, addr)
            self.cancels.put_nowait(text)

    def _invited(self, text: str, addr: tuple[str, int]) -> None:
        self.invites.put_nowait(text)
        if self.rings:
            self._reply(text, 180, addr)
        if self.refusal is not None:
            self._reply(text, self.refusal, addr)
        elif self.takes_calls:
            self._dialog = text
            self._reply(text, 200, addr, body=self._sound())

    async def refer(self, to: str, *headers: str) -> int:
        """What the switch finally says to a REFER within the call that was answered; more header lines as given."""
        self._send_refer(to, *headers)
        text = await self._final()
        if text.startswith("SIP/2.0 401"):
            challenge = re.search(r"^WWW-Authenticate: Digest (.*)$", text, re.MULTILINE | re.IGNORECASE)
            assert challenge is not None
            asked = dict(re.findall(r'(\w+)="?([^",\r]+)', challenge[1]))
            self._send_refer(to, self._answer_to(asked, "REFER"), *headers)
            text = await self._final()
        return int(text.split(" ", 2)[1])

    async def refer_at_once(self, to: str, times: int, *, ahead: int = 4) -> list[int]:
        """What the switch finally says to so many REFERs, of which always some are under way; nothing of one that is lost."""
        said: list[int] = []
        async with asyncio.timeout(PATIENCE_S):
            for sent in range(times):
                self._send_refer(to)
                if sent >= ahead:
                    with suppress(TimeoutError):
                        said.append(int((await asyncio.wait_for(self._final(), T1_S)).split(" ", 2)[1]))
        return said

    async def _final(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            while (text := await self._answers.get()).startswith("SIP/2.0 1"):
                pass
        return text

    def _send_refer(self, to: str, *headers: str) -> None:
        """Within the dialog of the call answered last: its From is our To."""
        theirs, ours = (_header(self._dialog, name).partition(":")[2].strip() for name in ("From", "To"))
        contact = re.search(r"^Contact: *<?([^>;\r]+)", self._dialog, re.MULTILINE | re.IGNORECASE)
        assert contact is not None
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        self._sequence += 1
        self._transport.sendto(
            (
                f"REFER {contact[1]} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(6)}\r\nMax-Forwards: 70\r\n"
                f"From: {ours};tag={self._call_id}\r\nTo: {theirs}\r\n{_header(self._dialog, 'Call-ID')}"
                f"CSeq: {self._sequence} REFER\r\nContact: <sip:{self._user}@{host}:{port}>\r\n"
                f"Refer-To: <{to}>\r\nReferred-By: {ours}\r\n{''.join(headers)}Content-Length: 0\r\n\r\n"
            ).encode()
        )

    def _sound(self) -> str:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        return (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port - 1 | 1} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
        )

    def _registered(self, text: str) -> None:
        challenge = re.search(r"^WWW-Authenticate: Digest (.*)$", text, re.MULTILINE | re.IGNORECASE)
        if text.startswith("SIP/2.0 200"):
            self.registered.set()
        elif challenge is not None:
            self._register(self._answer_to(dict(re.findall(r'(\w+)="?([^",\r]+)', challenge[1]))))

    def _answer_to(self, asked: dict[str, str], method: str = "REGISTER") -> str:
        def digest(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

        host, port = self._peer()
        own, uri, nonce = secrets.token_hex(4), f"sip:{host}:{port}", asked["nonce"]
        secret = digest(self._user, asked["realm"], self._password)
        response = digest(secret, nonce, "00000001", own, "auth", digest(method, uri))
        fields = {
            "username": self._user,
            "realm": asked["realm"],
            "nonce": nonce,
            "uri": uri,
            "response": response,
            "cnonce": own,
        }
        quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
        opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return f"Authorization: Digest {quoted}, qop=auth, nc=00000001, algorithm=MD5{opaque}\r\n"

    def _register(self, authorization: str) -> None:
        self._sequence += 1
        assert self._transport is not None
        own_host, own_port = self._transport.get_extra_info("sockname")
        host, port = self._peer()
        self._transport.sendto(
            (
                f"REGISTER sip:{host}:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {own_host}:{own_port};branch=z9hG4bK{secrets.token_hex(6)}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:{self._user}@{host}>;tag={self._call_id}\r\nTo: <sip:{self._user}@{host}>\r\n"
                f"Call-ID: {self._call_id}\r\nCSeq: {self._sequence} REGISTER\r\nExpires: 300\r\n"
                f"Contact: <sip:{self._user}@{own_host}:{own_port}>\r\n{authorization}Content-Length: 0\r\n\r\n"
            ).encode()
        )

    def _peer(self) -> tuple[str, int]:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("peername")[:2]
        return str(host), int(port)

    def _reply(self, request: str, code: int, addr: tuple[str, int], *, body: str = "") -> None:
        to = _header(request, "To").rstrip("\r\n")
        tag = "" if ";tag=" in to else f";tag={self._call_id}"
        assert self._transport is not None
        own_host, own_port = self._transport.get_extra_info("sockname")
        self._transport.sendto(
            (
                f"SIP/2.0 {code} {REASONS.get(code, 'No')}\r\n{_header(request, 'Via')}{_header(request, 'From')}{to}{tag}\r\n"
                f"{_header(request, 'Record-Route')}{_header(request, 'Call-ID')}{_header(request, 'CSeq')}"
                f"Contact: <sip:{self._user}@{own_host}:{own_port}>\r\n"
                f"{'Content-Type: application/sdp' + chr(13) + chr(10) if body else ''}Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )


def _header(text: str, name: str) -> str:
    return "".join(re.findall(rf"^{name}:.*\r\n", text, re.MULTILINE | re.IGNORECASE))


@asynccontextmanager
async def scripted_phone(house: House, name: str) -> AsyncIterator[ScriptedPhone]:
    """The agent's phone is registered; gone without a word at the end."""
    host, port = house.sip.split(":")
    password = house.accounts[name].password
    loop = asyncio.get_running_loop()
    transport, phone = await loop.create_datagram_endpoint(
        lambda: ScriptedPhone(name, password), local_addr=("127.0.0.1", 0), remote_addr=(host, int(port))
    )
    try:
        await soon(phone.registered.wait())
        yield phone
    finally:
        transport.close()

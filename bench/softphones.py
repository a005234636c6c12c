"""Hundreds of agents' phones in one program: each registers with its password, answers what it is asked and says goodbye.

    phones = await Softphones.open(("127.0.0.1", 5060), {"a001": "password"}); await phones.register()
    await phones.dial("a001", "*11")
    phones.manner = lambda user, invite: Manner(answer_after_s=0.0)

They share one socket for SIP and one for RTP (Asterisk tells them apart by the user in the request line). Each has one line:
a second INVITE is answered 486 and counted. RTP is silence at a low rate, enough to be alive, unless `sound` and `rtp_every_s`
say otherwise; what is received is dropped.
"""

import asyncio
import hashlib
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bench.sip_message import Address, Message

_BUFFER = 8 << 20
_SILENCE = b"\xd5" * 160
_RTP_EVERY_S = 0.1
_LATEST_S = 0.5
"""What is later is never sent: the machine stood still."""
_SAMPLES_A_SECOND = 8_000
_BACK_AFTER_S = 20.0
_CHALLENGE = re.compile(r'(\w+)="?([^",]+)"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a phone treats a call. None of a time: it does not happen."""

    answer_after_s: float | None = 0.0
    bye_after_s: float | None = None
    """After the ACK."""
    vanish_after_s: float | None = None
    """After the ACK: no RTP and no answer to anything, as a phone without a network; it is back 20 s later."""
    refuse_with: str | None = None
    """A status line's code and reason, in place of the answer."""
    refuse_after_s: float | None = None
    """So long it rings before it refuses; None: it does not ring."""


@dataclass(slots=True)
class Dialog:
    """One call of one phone."""

    user: str
    call_id: str
    own_tag: str
    own: str
    other: str
    target: str
    route: Address
    media: Address | None = None
    state: str = "ringing"
    cseq: int = 1
    last_reply: bytes = b""
    invite: Message | None = None
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    spoken: int = 0
    """RTP packets so far: whoever counts them must not find any missing."""


class Softphones(asyncio.DatagramProtocol):
    """The phones. `manner` decides each call; `refused` counts what came to a busy phone."""

    def __init__(self, server: Address, passwords: Mapping[str, str]) -> None:
        self.server = server
        self.manner: Callable[[str, Message], Manner] = lambda _user, _invite: Manner()
        self.sound: Callable[[str], bytes] = lambda _user: _SILENCE
        """What each packet of that phone holds, and how often it sends one:"""
        self.rtp_every_s = _RTP_EVERY_S
        self.refused = 0
        self.port = self.rtp_port = 0
        self.dialogs: dict[str, Dialog] = {}
        self.silent: set[str] = set()
        """Phones that have lost their network."""
        self.vanished: dict[str, Address] = {}
        """Calls in which that happened, and where their voice had gone."""
        self.vanished_at_us: dict[str, int] = {}
        self._passwords = passwords
        self._busy: dict[str, str] = {}
        self._manners: dict[str, Manner] = {}
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._loop = asyncio.get_running_loop()
        self._rtp: asyncio.DatagramTransport | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._clock = 0

    @classmethod
    async def open(cls, server: Address, passwords: Mapping[str, str], *, speaks: bool = True, port: int = 0) -> "Softphones":
        """The phones have their sockets, on free ports of 127.0.0.1 (`port`: SIP on that one), and are not registered yet. Mute
        ones send no RTP at all."""
        phones = cls(server, passwords)
        sip, rtp = _bound(port), _bound()
        phones.port, phones.rtp_port = sip.getsockname()[1], rtp.getsockname()[1]
        await phones._loop.create_datagram_endpoint(lambda: phones, sock=sip)
        phones._rtp, _ = await phones._loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=rtp)
        if speaks:
            phones._tasks.append(asyncio.create_task(phones._speak()))
        return phones

    async def close(self) -> None:
        """The sockets are closed; nobody is told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for dialog in self.dialogs.values():
            _stop(dialog)
        self._transport.close()
        if self._rtp is not None:
            self._rtp.close()

    # -- what they begin ---------------------------------------------------------------------------------------

    async def register(self, users: Iterable[str] | None = None) -> None:
        """All (or these) are registered, and stay so."""
        chosen = list(self._passwords if users is None else users)
        for start in range(0, len(chosen), 20):
            await asyncio.gather(*(self._register(user) for user in chosen[start : start + 20]))
        self._tasks.append(asyncio.create_task(self._stay_registered(chosen)))

    async def dial(self, user: str, number: str) -> None:
        """The phone has rung the number, was answered, and the other end has hung up (as feature codes do)."""
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        target = f"sip:{number}@{self.server[0]}:{self.server[1]}"
        own, other = f"<sip:{user}@{self.server[0]}>;tag={tag}", f"<{target}>"
        dialog = Dialog(user, call_id, tag, own, other, target, self.server)
        self.dialogs[call_id] = dialog
        answer = await self._ask("INVITE", user, dialog, self._sdp())
        if answer.status != 200:
            raise RuntimeError(f"{user} dialled {number}: {answer.first}")
        dialog.other, dialog.media, dialog.state = answer["to"], answer.media(), "talking"
        self._send(self._request("ACK", dialog, cseq=dialog.cseq), self.server)
        async with asyncio.timeout(10):
            await dialog.ended.wait()

    async def _register(self, user: str) -> None:
        own = f"<sip:{user}@{self.server[0]}>"
        target = f"sip:{self.server[0]}:{self.server[1]}"
        dialog = Dialog(user, secrets.token_hex(8), "", f"{own};tag={secrets.token_hex(4)}", own, target, self.server)
        answer = await self._ask("REGISTER", user, dialog, "")
        if answer.status != 200:
            raise RuntimeError(f"{user} is not registered: {answer.first}")
        self.silent.discard(user)

    async def _stay_registered(self, users: list[str]) -> None:
        while True:
            for user in users:
                await asyncio.sleep(100 / len(users))
                if user not in self.silent:
                    await self._register(user)

    async def _ask(self, method: str, user: str, dialog: Dialog, body: str) -> Message:
        """The final answer, the challenge met."""
        authorization = ""
        for _attempt in range(2):
            answered = self._replies[dialog.call_id] = self._loop.create_future()
            request = self._request(method, dialog, cseq=dialog.cseq, body=body, more=authorization)
            async with asyncio.timeout(10):
                while True:
                    self._send(request, self.server)
                    done, _ = await asyncio.wait([answered], timeout=1.0)
                    if done:
                        break
            answer: Message = answered.result()
            if answer.status not in {401, 407}:
                return answer
            if method == "INVITE":
                dialog.other = answer["to"]
                self._send(self._request("ACK", dialog, cseq=dialog.cseq), self.server)
                dialog.other = f"<{dialog.target}>"
            authorization = self._authorization(method, dialog.target, user, answer["www-authenticate"])
            dialog.cseq += 1
        return answer

    def _authorization(self, method: str, uri: str, user: str, challenge: str) -> str:
        asked = dict(_CHALLENGE.findall(challenge))
        nonce, realm, cnonce = asked["nonce"], asked["realm"], secrets.token_hex(4)
        secret = _md5(f"{user}:{realm}:{self._passwords[user]}")
        response = _md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{_md5(f'{method}:{uri}')}")
        return (
            f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
            f'algorithm=MD5, qop=auth, nc=00000001, cnonce="{cnonce}"'
            + (f', opaque="{asked["opaque"]}"' if "opaque" in asked else "")
            + "\r\n"
        )

    async def rests(self, user: str) -> None:
        """The phone is in no call."""
        while (dialog := self.dialogs.get(self._busy.get(user, ""))) is not None:
            await dialog.ended.wait()

    # -- what comes --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """The SIP socket is there."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """One SIP message."""
        if len(data) < 16:
            return
        message = Message(data)
        user = _user_of(message.first)
        if message.status:
            self._response(message)
        elif user not in self.silent:
            self._request_came(message, user, addr)

    def _request_came(self, message: Message, user: str, addr: Address) -> None:
        dialog = self.dialogs.get(message["call-id"])
        match message.method:
            case "INVITE" if dialog is not None:
                if message["cseq"] == (dialog.invite["cseq"] if dialog.invite else ""):
                    self._send(dialog.last_reply, addr)
                else:
                    self._send(self._reply(message, "200 OK", user, tag="", body=self._sdp()), addr)
            case "INVITE":
                self._rung(message, user, addr)
            case "ACK" if dialog is not None:
                self._acknowledged(dialog)
            case "CANCEL":
                self._send(self._reply(message, "200 OK", user), addr)
                if dialog is not None and dialog.state == "ringing":
                    self._answer(dialog, "487 Request Terminated")
            case "BYE":
                self._send(self._reply(message, "200 OK", user, tag=""), addr)
                if dialog is not None:
                    self._ended(dialog)
            case "ACK":
                pass
            case _:  # OPTIONS, and whatever else
                self._send(self._reply(message, "200 OK", user, tag=""), addr)

    def _rung(self, invite: Message, user: str, addr: Address) -> None:
        if user in self._busy:
            self.refused += 1
            self._send(self._reply(invite, "486 Busy Here", user, tag=secrets.token_hex(4)), addr)
            return
        manner = self.manner(user, invite)
        tag = secrets.token_hex(4)
        target = invite["contact"].partition("<")[2].partition(">")[0]
        own = f"{invite['to']};tag={tag}"
        dialog = Dialog(user, invite["call-id"], tag, own, invite["from"], target, addr, invite.media(), invite=invite)
        self.dialogs[dialog.call_id] = dialog
        if manner.refuse_with is not None and manner.refuse_after_s is None:
            dialog.state = "refused"
            self._answer(dialog, manner.refuse_with)
            return
        self._busy[user] = dialog.call_id
        self._manners[dialog.call_id] = manner
        dialog.last_reply = self._reply(invite, "180 Ringing", user, tag=tag)
        self._send(dialog.last_reply, addr)
        if manner.refuse_with is not None and manner.refuse_after_s is not None:
            refuse = self._loop.call_later(manner.refuse_after_s, self._answer, dialog, manner.refuse_with)
            dialog.timers.append(refuse)
        elif manner.answer_after_s == 0:
            self._answer(dialog, "200 OK")
        elif manner.answer_after_s is not None:
            dialog.timers.append(self._loop.call_later(manner.answer_after_s, self._answer, dialog, "200 OK"))

    def _answer(self, dialog: Dialog, status: str) -> None:
        if dialog.invite is None or dialog.user in self.silent:
            return
        body = self._sdp() if status.startswith("200") else ""
        dialog.state = "answered" if body else "refused"
        dialog.last_reply = self._reply(dialog.invite, status, dialog.user, tag=dialog.own_tag, body=body)
        self._send(dialog.last_reply, dialog.route)

    def _acknowledged(self, dialog: Dialog) -> None:
        if dialog.state == "refused":
            self._ended(dialog)
        elif dialog.state == "answered":
            dialog.state = "talking"
            manner = self._manners.get(dialog.call_id, Manner())
            if manner.bye_after_s is not None:
                dialog.timers.append(self._loop.call_later(manner.bye_after_s, self.hang_up, dialog))
            if manner.vanish_after_s is not None:
                dialog.timers.append(self._loop.call_later(manner.vanish_after_s, self._vanish, dialog))

    def hang_up(self, dialog: Dialog) -> None:
        """The phone says BYE."""
        if dialog.state == "talking" and dialog.user not in self.silent:
            dialog.state = "leaving"
            dialog.cseq += 1
            self._send(self._request("BYE", dialog, cseq=dialog.cseq), dialog.route)

    def _vanish(self, dialog: Dialog) -> None:
        self.silent.add(dialog.user)
        if dialog.media is not None:
            self.vanished[dialog.call_id] = dialog.media
            self.vanished_at_us[dialog.call_id] = time.time_ns() // 1_000
        self._loop.call_later(_BACK_AFTER_S, self._come_back, dialog.user)
        self._ended(dialog)

    def _come_back(self, user: str) -> None:
        self._tasks.append(asyncio.create_task(self._register(user)))

    def _response(self, message: Message) -> None:
        call_id = message["call-id"]
        waiting = self._replies.get(call_id)
        if waiting is not None and message.status >= 200 and not waiting.done():
            waiting.set_result(message)
            del self._replies[call_id]
        elif message.method == "BYE" and call_id in self.dialogs:
            self._ended(self.dialogs[call_id])

    def _ended(self, dialog: Dialog) -> None:
        _stop(dialog)
        dialog.ended.set()
        self.dialogs.pop(dialog.call_id, None)
        self._manners.pop(dialog.call_id, None)
        if self._busy.get(dialog.user) == dialog.call_id:
            del self._busy[dialog.user]

    # -- what they say -----------------------------------------------------------------------------------------

    async def _speak(self) -> None:
        """Everybody who talks sends a packet every so often, spread over that time; what is late is sent at once."""
        slots = 5
        slot = 0
        due_at = self._loop.time()
        while True:
            due_at = max(due_at + self.rtp_every_s / slots, self._loop.time() - _LATEST_S)
            await asyncio.sleep(due_at - self._loop.time())
            slot = (slot + 1) % slots
            self._clock += round(self.rtp_every_s / slots * _SAMPLES_A_SECOND)
            for number, dialog in enumerate(tuple(self.dialogs.values())):
                if number % slots == slot and dialog.state == "talking" and dialog.media is not None and self._rtp is not None:
                    dialog.spoken += 1
                    head = b"\x80\x08" + (dialog.spoken & 0xFFFF).to_bytes(2) + (self._clock & 0xFFFFFFFF).to_bytes(4)
                    source = hashlib.md5(dialog.call_id.encode(), usedforsecurity=False).digest()[:4]
                    self._rtp.sendto(head + source + self.sound(dialog.user), dialog.media)

    def _send(self, data: bytes, addr: Address) -> None:
        self._transport.sendto(data, addr)

    def _sdp(self) -> str:
        return (
            f"v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n"
        )

    def _request(self, method: str, dialog: Dialog, *, cseq: int, body: str = "", more: str = "") -> bytes:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        expires = "Expires: 300\r\n" if method == "REGISTER" else ""
        return (
            f"{method} {dialog.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {dialog.own}\r\nTo: {dialog.other}\r\nCall-ID: {dialog.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{dialog.user}@127.0.0.1:{self.port}>\r\n"
            f"{more}{expires}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _reply(self, request: Message, status: str, user: str, *, tag: str = "", body: str = "") -> bytes:
        lines = [f"SIP/2.0 {status}"]
        lines += [f"Via: {value}" for name, value in request.headers if name == "via"]
        lines += [f"Record-Route: {value}" for name, value in request.headers if name == "record-route"]
        to = request["to"] + (f";tag={tag}" if tag and "tag=" not in request["to"] else "")
        lines += [f"From: {request['from']}", f"To: {to}", f"Call-ID: {request['call-id']}", f"CSeq: {request['cseq']}"]
        lines.append(f"Contact: <sip:{user}@127.0.0.1:{self.port}>")
        lines += ["Content-Type: application/sdp"] if body else []
        return ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def _user_of(first: str) -> str:
    return first.partition("sip:")[2].partition("@")[0]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _stop(dialog: Dialog) -> None:
    for timer in dialog.timers:
        timer.cancel()


def _bound(port: int = 0) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    bound.bind(("127.0.0.1", port))
    bound.setblocking(False)
    return bound

"""The manager interface, through panoramisk and around its traps: contacts, MixMonitor, and the watchdog's redirect.

Each connection is a panoramisk manager of its own, so no action is ever sent again after a reconnect (its own reconnecting
repeats what was unanswered). Only the actions named here go out, none of them dials; a line break in a value is refused.
"""

import asyncio
import codecs
import logging
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from panoramisk import actions
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from telephony.errors import SwitchError
from telephony.switch.asterisk.ear_ids import ear_of
from telephony.switch.asterisk.settings import AmiSettings

ALLOWED_ACTIONS = frozenset(
    {
        *("Login", "Logoff", "Ping", "PJSIPShowContacts", "Redirect", "Status", "Getvar", "Command"),
        *("MixMonitor", "MixMonitorMute", "Hangup"),
    }
)
ALLOWED_COMMANDS = (re.compile(r"mixmonitor list [A-Za-z0-9/_.@:;-]{1,80}"),)
PLAIN_VARIABLES = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)?(,[A-Za-z_][A-Za-z0-9_]*)*")
"""No function is read: some do things, and MIXMONITOR(id,filename) of a recording without a mixed file ends Asterisk 22.10.1."""
ENDED_CHANNELS = "Snoop/"
"""Of channels that anybody talks on, none is ended here; nobody does on the phone of who listens."""
_BUFFER_LIMIT = 1 << 20
_RECONNECT_S = 1.0
_LINE_BREAKS = re.compile(r"[\r\n\x00]")

_silent = logging.getLogger(f"{__name__}.panoramisk")
_silent.disabled = True  # it writes whole actions, secret and all, when a connection breaks


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """panoramisk's protocol, but letters split over two segments stay whole, and endless nonsense is cut off."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def data_received(self, data: bytes) -> None:
        super().data_received(self._decode(data).encode())
        if sum(map(len, self.queue)) > _BUFFER_LIMIT:
            self.transport.abort()


class _Session(Manager):  # type: ignore[misc]
    """One connection: no log-in, ping or reconnect of its own."""

    def __init__(self, on_event: Callable[[Message], None], **config: Any) -> None:
        super().__init__(protocol_factory=_Protocol, log=_silent, **config)
        self.lost = asyncio.Event()
        self.register_event("*", lambda _manager, event: on_event(event))

    def connection_made(self, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and task.exception() is None:
            super().connection_made(task)

    def connection_lost(self, _why: object) -> None:
        self.lost.set()

    def ping(self) -> None:
        """Nothing: panoramisk never looks for the answer."""


class _ListAction(actions.Action):  # type: ignore[misc]
    """An action answered by a list, that ends at an error as well."""

    def add_message(self, message: Message) -> bool:
        self.responses.append(message)
        is_end = message.event.endswith("Complete") or message.response == "Error"
        if is_end and not self.future.done():
            self.future.set_result(list(self.responses))
        return bool(is_end)


class AmiLine:
    """A session with the manager interface that is always made anew; nothing waits over a cut."""

    def __init__(self, settings: AmiSettings) -> None:
        self._settings = settings
        self._session: _Session | None = None
        self._events: deque[Message] = deque(maxlen=settings.queue_limit)
        self._has_event = asyncio.Event()
        self.dropped = 0
        """Events that found the queue full, since the start."""
        self._up = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Logged in."""
        return self._session is not None

    async def wait_up(self) -> None:
        """Returns once logged in."""
        await self._up.wait()

    async def run(self) -> None:
        """Connected and logged in, and again for ever, until cancelled."""
        while True:
            # Not there, not yet, or the password is another: tried again.
            with suppress(OSError, SwitchError, TimeoutError):
                await self._hold_session()
            await asyncio.sleep(_RECONNECT_S)

    async def event(self) -> Message:
        """The next event, in order."""
        while not self._events:
            self._has_event.clear()
            await self._has_event.wait()
        return self._events.popleft()

    async def act(self, headers: Mapping[str, str | Sequence[str]]) -> Message:
        """The one answer to this action. Raises `SwitchError` for a cut line, a time-out or a refused action."""
        return await self._send(self._established(), _checked(headers, actions.Action))

    async def act_for_list(self, headers: Mapping[str, str | Sequence[str]]) -> list[Message]:
        """All messages of an action that is answered by a list, the answer first. Raises as `act`."""
        found: list[Message] = await self._send(self._established(), _checked(headers, _ListAction))
        if found[0].response == "Error":
            raise SwitchError(f"AMI {headers['Action']}: {found[0].message}")
        return found

    def _established(self) -> _Session:
        if self._session is None:
            raise SwitchError("the manager interface of Asterisk is not connected")
        return self._session

    async def _send(self, session: _Session, action: Any) -> Any:
        future = session.protocol.send(action, as_list=isinstance(action, _ListAction))
        lost = asyncio.ensure_future(session.lost.wait())
        try:
            await asyncio.wait([future, lost], timeout=self._settings.action_timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
            for key in (action.id, action.action_id):
                session.protocol.responses.pop(key, None)
        if not future.done():
            future.cancel()
            why = "the connection was lost" if session.lost.is_set() else "no answer in time"
            raise SwitchError(f"AMI {action['Action']}: {why}")
        return future.result()

    async def _hold_session(self) -> None:
        session = _Session(self._on_event, host=self._settings.host, port=self._settings.port)
        try:
            async with asyncio.timeout(self._settings.action_timeout_s):
                await session.connect()
            await asyncio.sleep(0)  # panoramisk sets the session up in the task's callback
            await self._log_in(session)
            self._session = session
            self._up.set()
            while not session.lost.is_set():
                try:
                    async with asyncio.timeout(self._settings.ping_interval_s):
                        await session.lost.wait()
                except TimeoutError:
                    await self._send(session, _checked({"Action": "Ping"}, actions.Action))
        finally:
            self._session = None
            self._up.clear()
            session.lost.set()
            session.close()

    async def _log_in(self, session: _Session) -> None:
        headers = {"Action": "Login", "Username": self._settings.user, "Secret": self._settings.password, "Events": "on"}
        answer = await self._send(session, _checked(headers, actions.Action))
        if not answer.success:
            raise SwitchError(f"AMI: {self._settings.user} may not log in")

    def _on_event(self, event: Message) -> None:
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)
        self._has_event.set()


def _checked(headers: Mapping[str, str | Sequence[str]], kind: type[Any]) -> Any:
    name = headers["Action"]
    if name not in ALLOWED_ACTIONS:
        raise SwitchError(f"AMI action {name!r} is none of ours")
    for key, value in headers.items():
        for text in (key, *([value] if isinstance(value, str) else value)):
            if _LINE_BREAKS.search(text):
                raise SwitchError(f"AMI {name}: the value of {key!r} holds a line break, which would be an action of its own")
    command = headers.get("Command")
    if command is not None and not any(allowed.fullmatch(str(command)) for allowed in ALLOWED_COMMANDS):
        raise SwitchError("AMI: this console command is none of ours")
    if not all(PLAIN_VARIABLES.fullmatch(str(headers.get(key, ""))) for key in ("Variable", "Variables")):
        raise SwitchError(f"AMI {name}: only plain variables are read")
    if name == "Hangup" and not _may_end(str(headers.get("Channel", ""))):
        raise SwitchError("AMI: this channel is not ours to end")
    return kind(dict(headers))


def _may_end(channel: str) -> bool:
    return channel.startswith(ENDED_CHANNELS) or ear_of(channel) is not None

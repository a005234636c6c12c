"""Who listens to a call at Asterisk: a phone of theirs, and a snoop on the agent's channel, in a bridge of their own.

The legs of the call are untouched, and the phone is no leg of it: nothing of it is told but that it hears, and that it does not
any more. A snoop without a whisper lets nothing through to the call; with `out` only the agent hears it (asterisk-calls.md). The
end is told when a look finds neither; where the line is cut, it is asked for until somebody knows.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.errors import SwitchError
from telephony.events import Event
from telephony.identifiers import LegId
from telephony.overhearing import EarEnded, EarHears, EndListening, LetListen, ListenMode
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Frame
from telephony.switch.asterisk.ear_ids import EAR_MARK, spy_of
from telephony.switch.asterisk.translate import CODEC, caller_id, path

_IN_APP_S = 1.0
_STEP_S = 0.005
_AGAIN_S = 0.2
_ENDS = frozenset({"StasisEnd", "ChannelDestroyed"})
_WHISPERS = {ListenMode.LISTEN: (), ListenMode.WHISPER: (("whisper", "out"),)}


@dataclass(slots=True)
class _Ear:
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


class Listeners:
    """Every phone that listens, or is about to; what comes of it goes to `tell`."""

    def __init__(self, http: AriHttp, *, call_app: str, tell: Callable[[Event], None]) -> None:
        self._http = http
        self._app = call_app
        self._tell = tell
        self._ears: dict[LegId, _Ear] = {}

    def carry_out(self, command: LetListen | EndListening) -> tuple[AriRequest, ...]:
        """It is under way; what is to leave at once, in the order of all commands, is given back."""
        known = self._ears.get(command.ear_id)
        if isinstance(command, LetListen):
            if known is None:
                self._begin(command.ear_id, command)
            return ()
        if known is None:
            self._begin(command.ear_id, None)  # of an earlier life of ours, or over: looked for all the same
        else:
            known.over.set()
        return (AriRequest("DELETE", f"channels/{path(spy_of(command.ear_id))}"),)

    def takes(self, frame: Frame) -> bool:
        """Whether the frame is of such a phone, or its snoop, and no word of a call's leg."""
        channel = frame.channel if frame.channel is not None else frame.peer
        if channel is None or EAR_MARK not in channel.id:
            return False
        ear = self._ears.get(LegId(channel.id))
        if ear is not None and frame.type == "StasisStart":
            ear.answered.set()
        elif ear is not None and frame.type in _ENDS:
            ear.over.set()
        return True

    async def close(self) -> None:
        """Nothing is looked after any more."""
        tasks = [ear.task for ear in self._ears.values() if ear.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, ear_id: LegId, command: LetListen | None) -> None:
        ear = self._ears[ear_id] = _Ear()
        ear.task = asyncio.get_running_loop().create_task(self._live(ear_id, ear, command))

    async def _live(self, ear_id: LegId, ear: _Ear, command: LetListen | None) -> None:
        try:
            if command is not None and await self._come_in(command, ear):
                self._tell(EarHears(leg_id=ear_id))
                await ear.over.wait()
        except SwitchError:
            pass  # the line is cut: what was begun is ended below, as soon as there is a line
        await self._cease(ear_id)
        del self._ears[ear_id]
        self._tell(EarEnded(leg_id=ear_id))

    async def _come_in(self, command: LetListen, ear: _Ear) -> bool:
        """The phone was answered and hears; False where it is over before."""
        rung = await self._ask("POST", f"channels/{path(command.ear_id)}", *self._ring(command))
        if not rung.is_ok or not await _comes_first(ear.answered, ear.over):
            return False
        bridge = f"bridges/{path(command.ear_id)}"
        made = await self._ask("POST", bridge, ("type", "mixing"))
        spy = f"channels/{path(command.leg_id)}/snoop/{path(spy_of(command.ear_id))}"
        query = (("spy", "both"), ("app", self._app), *_WHISPERS[command.mode])
        if ear.over.is_set() or not made.is_ok or not (await self._ask("POST", spy, *query)).is_ok:
            return False
        return await self._put_together(command.ear_id, bridge, ear)

    async def _put_together(self, ear_id: LegId, bridge: str, ear: _Ear) -> bool:
        """Asterisk refuses until the snoop has come into the app, which it tells by an event that may be lost."""
        loop = asyncio.get_running_loop()
        until, both = loop.time() + _IN_APP_S, ("channel", f"{spy_of(ear_id)},{ear_id}")
        while not ear.over.is_set() and loop.time() < until:
            if (await self._ask("POST", f"{bridge}/addChannel", both)).is_ok:
                return True
            await asyncio.sleep(_STEP_S)
        return False

    async def _cease(self, ear_id: LegId) -> None:
        """Neither snoop nor phone is there any more: looked for until both are not found."""
        there = [f"channels/{path(spy_of(ear_id))}", f"channels/{path(ear_id)}"]
        while there:
            try:
                for each in there:
                    await self._ask("DELETE", each)
                there = [each for each in there if (await self._ask("GET", each)).status != 404]
                if not there:
                    await self._ask("DELETE", f"bridges/{path(ear_id)}")
                    return
                await asyncio.sleep(_STEP_S)
            except SwitchError:
                await asyncio.sleep(_AGAIN_S)

    def _ring(self, command: LetListen) -> tuple[tuple[str, str], ...]:
        return (
            ("endpoint", f"PJSIP/{command.endpoint_id}"),
            ("app", self._app),
            ("formats", CODEC),
            ("callerId", caller_id(command.display_name, "")),
            ("timeout", str(max(1, command.timeout_ms // 1000))),
        )

    async def _ask(self, method: str, uri: str, *query: tuple[str, str]) -> AriAnswer:
        answer = await self._http.ask(AriRequest(method, uri, query))
        if answer.status <= 0:
            raise SwitchError(f"ARI {method} {uri}: no answer")
        return answer


async def _comes_first(wanted: asyncio.Event, other: asyncio.Event) -> bool:
    """Whether the wanted one came, and the other has not."""
    waits = [asyncio.ensure_future(each.wait()) for each in (wanted, other)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
    return not other.is_set()

"""A segment at Asterisk: two snoop channels on its leg, one a direction, and on each a recorder.

A snoop is read every 20 ms and yields silence where no packet came, so a file keeps the time of the talk whatever is lost on the
way. A recorder on the leg itself has no such clock: it would move a voice by each packet that is lost (main/audiohook.c).

Snoops are made when the segment starts, never before: a snoop holds what was said from its own first moment on. Their ids follow
from the segment's, so whoever knows that finds and ends them: a later life of ours, whichever recorder was set then, and the
watchdog. Asterisk itself ends them with the leg, and when their time is up.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Protocol, TypeVar

from telephony.errors import SwitchError
from telephony.identifiers import LegId, SegmentId, call_of
from telephony.segments import Direction, SegmentTrouble
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.tape import Take, TapeRefusal
from telephony.switch.asterisk.translate import path

_SPIES = {Direction.RECEIVED: "in", Direction.SENT: "out"}
_GONE, _NOT_IN_APP = 404, 409
_IN_APP_S = 1.0
_STEP_S = 0.005
_IN_A_SNOOP_S = 0.6
"""No sound is in a snoop for longer: half a second may wait, then comes a packet, and all is thrown away (main/audiohook.c); and
a packet is under way, and one in the recorder. It waits there where packets came late, or the switch was late itself."""
_AT_ONCE_S = 0.05
"""A switch that answers in that time stands still no more; what had come meanwhile is in the snoop, a moment later."""
_LOOK_EVERY_S, _LOOKS = 0.05, 20
_T = TypeVar("_T")


class Recorder(Protocol):
    """What writes a snoop's sound to a file. It ends with the snoop, and closes the file."""

    async def record(self, take: Take, direction: Direction, /) -> None:
        """It was asked for. Raises `TapeRefusal`, or `SwitchError` where nobody knows."""
        ...

    async def records(self, take: Take, direction: Direction, /) -> bool:
        """That direction is recorded to the file it is meant for. Raises `SwitchError`."""
        ...

    async def mask(self, take: Take, direction: Direction, /, *, is_masked: bool) -> None:
        """Silence is written from here on, or what is said. Raises as `record`."""
        ...


class SnoopTape:
    """A `Tape`: two snoops named by the segment, each recorded."""

    def __init__(self, http: AriHttp, recorder: Recorder, *, call_app: str) -> None:
        self._http = http
        self._recorder = recorder
        self._app = call_app

    async def start(self, take: Take, /) -> None:
        """See the port."""
        await _all(self._snoop(take, direction) for direction in Direction)
        await _all(self._recorder.record(take, direction) for direction in Direction)

    async def is_there(self, take: Take, /) -> bool:
        """See the port. A snoop without a recorder counts: it is there to be one."""
        found = await _all(self._ask("GET", _channel(take, direction)) for direction in Direction)
        return any(answer.status != _GONE for answer in found)

    async def runs(self, take: Take, /) -> bool:
        """See the port."""
        return all(await _all(self._recorder.records(take, direction) for direction in Direction))

    async def mask(self, take: Take, /, *, is_masked: bool) -> None:
        """See the port. What was said before the word to end it does not come after: it is through the snoop by then."""
        if not is_masked:
            await asyncio.sleep(_IN_A_SNOOP_S)
            await self._has_read(take)
        await _all(self._recorder.mask(take, direction, is_masked=is_masked) for direction in Direction)

    async def stop(self, take: Take, /) -> None:
        """See the port."""
        await _all(self._ask("DELETE", _channel(take, direction)) for direction in Direction)

    async def _snoop(self, take: Take, direction: Direction) -> None:
        """It is there, in our app, and ends by itself when its time is up, also where nobody is left to end it."""
        uri = f"channels/{path(take.leg_id)}/snoop/{path(snoop_id(take, direction))}"
        _check(await self._ask("POST", uri, spy=_SPIES[direction], app=self._app))
        limit = {"variable": "TIMEOUT(absolute)", "value": str(max(1, -(-take.limit_ms // 1000)))}
        loop = asyncio.get_running_loop()
        until = loop.time() + _IN_APP_S
        while True:
            answer = await self._ask("POST", f"{_channel(take, direction)}/variable", **limit)
            if answer.status != _NOT_IN_APP or loop.time() > until:  # that it is, an event tells that may be lost
                _check(answer)
                return
            await asyncio.sleep(_STEP_S)

    async def _has_read(self, take: Take) -> None:
        """What waited outside of a switch that stood still has been read by it: twice in a row it answered at once. Whatever is
        said of the end of a mask meanwhile came after it. Raises `TapeRefusal` where it is never at once: better silence."""
        loop, in_a_row = asyncio.get_running_loop(), 0
        for _ in range(_LOOKS):
            asked_at = loop.time()
            await self._ask("GET", _channel(take, Direction.RECEIVED))
            in_a_row = in_a_row + 1 if loop.time() - asked_at < _AT_ONCE_S else 0
            if in_a_row > 1:
                return
            await asyncio.sleep(_LOOK_EVERY_S)
        raise TapeRefusal(SegmentTrouble.STARVED)

    async def _ask(self, method: str, uri: str, **query: str) -> AriAnswer:
        return await asked(self._http, method, uri, **query)


async def asked(http: AriHttp, method: str, uri: str, **query: str) -> AriAnswer:
    """ARI's answer. Raises `SwitchError` where none came."""
    answer = await http.ask(AriRequest(method, uri, tuple(query.items())))
    if answer.status <= 0:
        raise SwitchError(f"ARI {method} {uri}: no answer")
    return answer


def snoop_id(take: Take, direction: Direction) -> LegId:
    """The id of the snoop that hears that direction."""
    return LegId(f"{take.segment_id}.{_SPIES[direction]}")


def segment_spied_by(channel: str, unique_id: str) -> SegmentId | None:
    """Whose snoop that channel is; None where it is no segment's of ours."""
    segment, _, spies = unique_id.rpartition(".")
    is_ours = channel.startswith("Snoop/") and spies in _SPIES.values() and call_of(segment) is not None
    return SegmentId(segment) if is_ours else None


def _channel(take: Take, direction: Direction) -> str:
    return f"channels/{path(snoop_id(take, direction))}"


def _check(answer: AriAnswer) -> None:
    if not answer.is_ok:
        raise TapeRefusal(SegmentTrouble.LEG_GONE if answer.status == _GONE else SegmentTrouble.REFUSED)


async def _all(asked_for: Iterable[Awaitable[_T]]) -> list[_T]:
    """What came of each, once all are through, so that nothing is asked any more when one failed. Raises the first failure."""
    done = await asyncio.gather(*asked_for, return_exceptions=True)
    found = list[_T]()
    for each in done:
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return found

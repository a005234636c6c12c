"""Recording with two snoop channels by ARI alone, for an Asterisk whose manager interface is not ours to use.

They are made when the segment starts, never before: a snoop holds what was said from its own first moment on. The end has a
limit of Asterisk's own, which also holds where the controller is dead; a watchdog with a manager session knows the snoops by
their ids and ends them sooner.
"""

import asyncio
from collections.abc import Iterator

from telephony.errors import SwitchError
from telephony.identifiers import LegId, SegmentId, call_of
from telephony.segments import Direction, SegmentTrouble
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.tape import SEGMENT_FOLDER, Take, TapeRefusal
from telephony.switch.asterisk.translate import path

_SPIES = {Direction.RECEIVED: "in", Direction.SENT: "out"}
_IN_APP_S = 1.0
_STEP_S = 0.005


class SnoopTape:
    """A `Tape`: two snoops and a recording on each, all named by the segment."""

    def __init__(self, http: AriHttp, *, call_app: str) -> None:
        self._http = http
        self._app = call_app

    async def start(self, take: Take) -> str:
        """See the port."""
        try:
            await asyncio.gather(*(self._snoop(take, direction) for direction in Direction))
            await asyncio.gather(*(self._record(take, direction) for direction in Direction))
        except TapeRefusal:
            await self.stop(take, take.segment_id)
            raise
        return take.segment_id

    async def find(self, take: Take) -> str | None:
        """See the port."""
        live = await self._live(take)
        return take.segment_id if any(answer.is_ok for answer in live) else None

    async def runs(self, take: Take, _name: str) -> bool:
        """See the port."""
        live = await self._live(take)
        return all(answer.is_ok and '"state":"recording"' in answer.body for answer in live)

    async def mask(self, take: Take, _name: str, *, is_masked: bool) -> None:
        """See the port."""
        method = "POST" if is_masked else "DELETE"
        answers = await asyncio.gather(*(self._ask(method, f"recordings/live/{name}/mute") for name in _recordings(take)))
        if not all(answer.is_ok for answer in answers):
            raise TapeRefusal(SegmentTrouble.REFUSED)

    async def stop(self, take: Take, _name: str) -> None:
        """See the port."""
        await asyncio.gather(*(self._ask("POST", f"recordings/live/{recording}/stop") for recording in _recordings(take)))
        snoops = [f"channels/{path(_snoop_id(take, direction))}" for direction in Direction]
        await asyncio.gather(*(self._ask("DELETE", snoop) for snoop in snoops))

    async def _live(self, take: Take) -> list[AriAnswer]:
        return [await self._ask("GET", f"recordings/live/{name}") for name in _recordings(take)]

    async def _snoop(self, take: Take, direction: Direction) -> None:
        uri = f"channels/{path(take.leg_id)}/snoop/{path(_snoop_id(take, direction))}"
        answer = await self._ask("POST", uri, spy=_SPIES[direction], app=self._app)
        if answer.status == 404:
            raise TapeRefusal(SegmentTrouble.LEG_GONE)
        if not answer.is_ok:
            raise TapeRefusal(SegmentTrouble.REFUSED)

    async def _record(self, take: Take, direction: Direction) -> None:
        """Asterisk refuses until the snoop has come into the app, which it tells us by an event that may be lost."""
        uri = f"channels/{path(_snoop_id(take, direction))}/record"
        name = f"{SEGMENT_FOLDER}/{take.segment_id}-{direction}"
        limit_s = str(max(1, take.limit_ms // 1000))
        loop = asyncio.get_running_loop()
        until = loop.time() + _IN_APP_S
        while True:
            answer = await self._ask("POST", uri, name=name, format="wav", maxDurationSeconds=limit_s, ifExists="fail")
            if answer.is_ok:
                return
            if answer.status != 409 or "Stasis" not in answer.body or loop.time() > until:
                is_of_disk = answer.status in {409, 500}
                raise TapeRefusal(SegmentTrouble.UNWRITABLE if is_of_disk else SegmentTrouble.REFUSED)
            await asyncio.sleep(_STEP_S)

    async def _ask(self, method: str, uri: str, **query: str) -> AriAnswer:
        answer = await self._http.ask(AriRequest(method, uri, tuple(query.items())))
        if answer.status == 0:
            raise SwitchError(f"ARI {method} {uri}: no answer")
        return answer


def segment_spied_by(channel: str, unique_id: str) -> SegmentId | None:
    """Whose snoop that channel is; None where it is no segment's of ours."""
    segment, _, spies = unique_id.rpartition(".")
    is_ours = channel.startswith("Snoop/") and spies in _SPIES.values() and call_of(segment) is not None
    return SegmentId(segment) if is_ours else None


def _snoop_id(take: Take, direction: Direction) -> LegId:
    return LegId(f"{take.segment_id}.{_SPIES[direction]}")


def _recordings(take: Take) -> Iterator[str]:
    return (f"{SEGMENT_FOLDER}%2F{path(take.segment_id)}-{direction}" for direction in Direction)

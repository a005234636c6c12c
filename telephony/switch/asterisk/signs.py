"""The sign of a recording at Asterisk: a snoop on the agent's channel whispers a sound to both who talk.

Nobody joins their bridge, which would have to change its way and can leave one of them without sound, and the recorded channel
has no other hook than its recording. To the outside party it is a part of what the agent's side sends, so it is on that file. The
snoop is there for one sound only; where it cannot be ended it ends with the agent's leg.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from telephony.errors import SwitchError
from telephony.events import Event
from telephony.identifiers import SegmentId
from telephony.segments import GiveSign, SignGiven
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Frame
from telephony.switch.asterisk.translate import path

_MARK = ".sign"
_IN_APP_S = 1.0
_STEP_S = 0.005
_AGAIN_S = 0.2
_ENDS = frozenset({"StasisEnd", "ChannelDestroyed"})
_PLAYED = "done"


@dataclass(slots=True)
class _Sign:
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_whole: bool = False
    task: "asyncio.Task[None] | None" = None


class Signs:
    """Every sign that is heard now, one a segment; what comes of it goes to `tell`.

    Each `look_s` it is looked whether a sound still plays whose end nobody told.
    """

    def __init__(self, http: AriHttp, *, call_app: str, tell: Callable[[Event], None], look_s: float = 5.0) -> None:
        self._http = http
        self._app = call_app
        self._tell = tell
        self._look_s = look_s
        self._signs: dict[SegmentId, _Sign] = {}

    def give(self, command: GiveSign) -> None:
        """It is under way; nothing is done where one of the segment still is."""
        if command.segment_id not in self._signs:
            sign = self._signs[command.segment_id] = _Sign()
            sign.task = asyncio.get_running_loop().create_task(self._live(command, sign))

    def end(self, segment_id: SegmentId) -> tuple[AriRequest, ...]:
        """It is broken off; what is to leave at once is given back, for one of an earlier life of ours as well."""
        self.silence(segment_id)
        return (AriRequest("DELETE", _channel(segment_id)),)

    def silence(self, segment_id: SegmentId) -> None:
        """It is broken off, where there is one."""
        sign = self._signs.get(segment_id)
        if sign is not None:
            sign.over.set()

    def takes(self, frame: Frame) -> bool:
        """Whether the frame is of such a snoop, or of what it plays."""
        if frame.playback is not None:
            identifier = frame.playback.id
        else:
            channel = frame.channel if frame.channel is not None else frame.peer
            identifier = "" if channel is None else channel.id
        if not identifier.endswith(_MARK):
            return False
        sign = self._signs.get(SegmentId(identifier.removesuffix(_MARK)))
        if sign is not None and not sign.over.is_set() and (frame.playback is not None or frame.type in _ENDS):
            sign.is_whole = frame.playback is not None and frame.playback.state == _PLAYED
            sign.over.set()
        return True

    async def close(self) -> None:
        """Nothing is looked after any more."""
        tasks = [sign.task for sign in self._signs.values() if sign.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, command: GiveSign, sign: _Sign) -> None:
        segment = command.segment_id
        try:
            if await self._play(command, sign):
                await self._ends(segment, sign)
        except SwitchError:
            sign.is_whole = False  # the line is cut: what was begun is ended below, as soon as there is a line
        await self._cease(segment)
        del self._signs[segment]
        self._tell(SignGiven(leg_id=command.leg_id, segment_id=segment, number=command.number, is_whole=sign.is_whole))

    async def _play(self, command: GiveSign, sign: _Sign) -> bool:
        """It plays; False where it is over before. Asterisk refuses until the snoop has come into the app."""
        snoop = f"channels/{path(command.agent_leg_id)}/snoop/{_id(command.segment_id)}"
        made = await self._ask("POST", snoop, ("whisper", "both"), ("app", self._app))
        play = f"{_channel(command.segment_id)}/play/{_id(command.segment_id)}"
        query = (("media", f"sound:{command.sound}"), ("lang", command.language))
        loop = asyncio.get_running_loop()
        until = loop.time() + _IN_APP_S
        while made.is_ok and not sign.over.is_set() and loop.time() < until:
            if (await self._ask("POST", play, *query)).is_ok:
                return True
            await asyncio.sleep(_STEP_S)
        return False

    async def _ends(self, segment_id: SegmentId, sign: _Sign) -> None:
        """It was told to be over, or a look finds it no more: what became of it then nobody knows."""
        while not sign.over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_s):
                    await sign.over.wait()
            if not sign.over.is_set() and (await self._ask("GET", f"playbacks/{_id(segment_id)}")).status == 404:
                return

    async def _cease(self, segment_id: SegmentId) -> None:
        """The snoop is not there any more: looked for until it is not found."""
        while True:
            try:
                await self._ask("DELETE", _channel(segment_id))
                if (await self._ask("GET", _channel(segment_id))).status == 404:
                    return
                await asyncio.sleep(_STEP_S)
            except SwitchError:
                await asyncio.sleep(_AGAIN_S)

    async def _ask(self, method: str, uri: str, *query: tuple[str, str]) -> AriAnswer:
        answer = await self._http.ask(AriRequest(method, uri, query))
        if answer.status <= 0:
            raise SwitchError(f"ARI {method} {uri}: no answer")
        return answer


def _id(segment_id: SegmentId) -> str:
    return f"{path(segment_id)}{_MARK}"


def _channel(segment_id: SegmentId) -> str:
    return f"channels/{_id(segment_id)}"

"""What is beside a call's legs at Asterisk, and no leg of it: recordings, the sign of one, and who listens.

A sign is never heard longer than its recording goes on, nor while that is masked.
"""

from collections.abc import Callable

from telephony.events import Event
from telephony.identifiers import LegId
from telephony.overhearing import EndListening, LetListen
from telephony.segments import DiscardSegment, GiveSign, MaskSegment, SegmentCommand, SegmentEnded, StopSegment
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest, Frame
from telephony.switch.asterisk.listeners import Listeners
from telephony.switch.asterisk.segments import NameOf
from telephony.switch.asterisk.settings import AsteriskSettings
from telephony.switch.asterisk.signs import Signs
from telephony.switch.asterisk.tapes import segments_of


class Beside:
    """All of it of one node; what comes of it goes to `tell`."""

    def __init__(
        self, settings: AsteriskSettings, ami: AmiLine | None, http: AriHttp, *, name_of: NameOf, tell: Callable[[Event], None]
    ) -> None:
        self._tell = tell
        self._segments = segments_of(settings, ami, http, name_of=name_of, tell=self._tell_of_segment)
        self._signs = Signs(http, call_app=settings.ari.call_app, tell=tell)
        self._listeners = Listeners(http, call_app=settings.ari.call_app, tell=tell)

    def carry_out(self, command: SegmentCommand | LetListen | EndListening) -> tuple[AriRequest, ...]:
        """It is under way; what is to leave at once, in the order of all commands, is given back."""
        if isinstance(command, LetListen | EndListening):
            return self._listeners.carry_out(command)
        if isinstance(command, GiveSign):
            self._signs.give(command)
            return ()
        self._segments.carry_out(command)
        silences = isinstance(command, StopSegment | DiscardSegment) or (isinstance(command, MaskSegment) and command.is_masked)
        return self._signs.end(command.segment_id) if silences else ()

    def takes(self, frame: Frame) -> bool:
        """Whether the frame is of one of them, and no word of a call's leg."""
        return self._listeners.takes(frame) or self._signs.takes(frame)

    def leg_ended(self, leg_id: LegId) -> None:
        """The leg is gone, and every recording of it with it."""
        self._segments.leg_ended(leg_id)

    async def close(self) -> None:
        """Nothing is looked after any more; what runs at Asterisk runs on."""
        await self._segments.close()
        await self._signs.close()
        await self._listeners.close()

    def _tell_of_segment(self, event: Event) -> None:
        if isinstance(event, SegmentEnded):
            self._signs.silence(event.segment_id)
        self._tell(event)

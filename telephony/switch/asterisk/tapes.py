"""What an Asterisk records its snoops with: MixMonitor by the manager interface, ARI without it, or nothing."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from telephony.events import Event
from telephony.identifiers import LegId
from telephony.segments import SegmentTrouble
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_recording import AriRecordings
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.line_watch import statistics_of
from telephony.switch.asterisk.mixmonitor import MixMonitors
from telephony.switch.asterisk.segments import NameOf, Segments
from telephony.switch.asterisk.settings import AsteriskSettings
from telephony.switch.asterisk.snoop_tape import SnoopTape
from telephony.switch.asterisk.tape import SEGMENT_FOLDER, Take, Tape, TapeRefusal
from telephony.switch.asterisk.tape_life import Packets, has_room
from telephony.switch.asterisk.translate import path, reading_of


class _Variable(msgspec.Struct, frozen=True):
    """A channel's variable, as ARI tells it."""

    value: str


_value_of = msgspec.json.Decoder(_Variable).decode


class NoTape:
    """A `Tape` where no folder for recordings is set: nothing is ever recorded."""

    async def start(self, _take: Take) -> None:
        """See the port."""
        raise TapeRefusal(SegmentTrouble.REFUSED)

    async def is_there(self, _take: Take) -> bool:
        """See the port."""
        return False

    async def runs(self, _take: Take) -> bool:
        """See the port."""
        return False

    async def mask(self, _take: Take, *, is_masked: bool) -> None:
        """See the port."""

    async def stop(self, _take: Take) -> None:
        """See the port."""


def segments_of(
    settings: AsteriskSettings, ami: AmiLine | None, http: AriHttp, *, name_of: NameOf, tell: Callable[[Event], None]
) -> Segments:
    """The segments of the node with these settings, by the best way there is."""

    async def codec_of(leg_id: LegId) -> str | None:
        answer = await http.ask(reading_of(leg_id, "CHANNEL(audionativeformat)"))
        try:
            return (_value_of(answer.body.encode()).value.strip("()") or None) if answer.is_ok else None
        except msgspec.DecodeError:
            return None

    async def packets_of(leg_id: LegId) -> Packets | None:
        asked = AriRequest("GET", f"channels/{path(leg_id)}/rtp_statistics")
        counted, codec = await asyncio.gather(http.ask(asked), codec_of(leg_id))
        try:
            found = statistics_of(counted.body.encode()) if counted.is_ok else None
        except msgspec.DecodeError:
            return None
        if found is None:
            return None
        return Packets(received=found.rxcount, sent=found.txcount, stream=str(found.remote_ssrc), codec=codec or "")

    folder, tape = settings.recording_directory, _tape(settings, ami, http)
    where = Path("/nonexistent") if folder is None else folder / SEGMENT_FOLDER
    return Segments(tape, where, name_of=name_of, tell=tell, packets_of=packets_of, codec_of=codec_of, has_room=has_room)


def _tape(settings: AsteriskSettings, ami: AmiLine | None, http: AriHttp) -> Tape:
    if settings.recording_directory is None:
        return NoTape()
    recorder = AriRecordings(http) if ami is None or settings.recorded_by == "ari" else MixMonitors(ami)
    return SnoopTape(http, recorder, call_app=settings.ari.call_app)

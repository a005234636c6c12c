"""Recording with MixMonitor by the manager interface, one file a direction: the way of choice.

Measured in words of its own: Success comes where no file could be opened, an existing file is truncated, no event names the
recording, and a hang-up ends it without a word. So nothing is believed but the console's list, by the names of the files.
"""

from collections.abc import Iterator, Mapping

from telephony.identifiers import SegmentId, call_of
from telephony.segments import SegmentTrouble
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import (
    MIXMONITOR_VARIABLE,
    channels_with,
    mask_mixmonitor,
    mixmonitor_list,
    mixmonitors_of,
    start_mixmonitor,
    stop_mixmonitor,
)
from telephony.switch.asterisk.tape import Take, TapeRefusal


class MixMonitorTape:
    """A `Tape`: one recording of the leg's channel, named by the id that Asterisk gives it."""

    def __init__(self, line: AmiLine) -> None:
        self._line = line

    async def start(self, take: Take) -> str:
        """See the port."""
        answer = await start_mixmonitor(self._line, take.channel, *map(str, take.files()), name=f"_{take.segment_id}")
        if not answer.success:
            is_gone = "o such channel" in answer.message
            raise TapeRefusal(SegmentTrouble.LEG_GONE if is_gone else SegmentTrouble.REFUSED)
        return str(answer.get("MixMonitorID", ""))

    async def find(self, take: Take) -> str | None:
        """See the port. Of a leg nobody knows, every channel is looked at."""
        channels = [take.channel] if take.channel else [channel.name for channel in await channels_with(self._line)]
        wanted = tuple(str(file.with_suffix("")) for file in take.files())
        for channel in channels:
            listed = await mixmonitor_list(self._line, channel)
            if listed is None:
                raise TapeRefusal(SegmentTrouble.REFUSED)
            for running in mixmonitors_of(listed):
                if running.files == wanted:
                    return running.mixmonitor_id
        return None

    async def runs(self, take: Take, name: str) -> bool:
        """See the port."""
        return await self.find(take) == name

    async def mask(self, take: Take, name: str, *, is_masked: bool) -> None:
        """See the port."""
        if not await mask_mixmonitor(self._line, take.channel, name, is_masked=is_masked):
            raise TapeRefusal(SegmentTrouble.REFUSED)

    async def stop(self, take: Take, name: str) -> None:
        """See the port."""
        await stop_mixmonitor(self._line, take.channel, name)


def tapes_of(variables: Mapping[str, str]) -> Iterator[tuple[SegmentId, str]]:
    """The segments that were recorded on a channel with these variables, each with the id of its recording."""
    for name, mixmonitor_id in variables.items():
        segment_id = name.removeprefix(f"{MIXMONITOR_VARIABLE}_")
        if segment_id != name and call_of(segment_id) is not None:
            yield SegmentId(segment_id), mixmonitor_id

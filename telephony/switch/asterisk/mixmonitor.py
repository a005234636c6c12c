"""Recording with MixMonitor by the manager interface: the way of choice.

Measured in words of its own: Success comes where no file could be opened, an existing file is truncated, no event names the
recording, and a hang-up ends it without a word. So nothing is believed but the console's list, by the name of the file.
"""

from telephony.segments import Direction, SegmentTrouble
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import mask_mixmonitor, mixmonitor_list, mixmonitors_of, start_mixmonitor
from telephony.switch.asterisk.snoop_tape import snoop_id
from telephony.switch.asterisk.tape import Take, TapeRefusal


class MixMonitors:
    """A `Recorder`: a MixMonitor on each snoop, which Asterisk finds by the snoop's id."""

    def __init__(self, line: AmiLine) -> None:
        self._line = line

    async def record(self, take: Take, direction: Direction, /) -> None:
        """See the port."""
        answer = await start_mixmonitor(self._line, snoop_id(take, direction), str(take.file(direction)))
        if not answer.success:  # a snoop that was there is gone with its leg
            is_gone = "o such channel" in answer.message
            raise TapeRefusal(SegmentTrouble.LEG_GONE if is_gone else SegmentTrouble.REFUSED)

    async def records(self, take: Take, direction: Direction, /) -> bool:
        """See the port."""
        return await self._id_of(take, direction) is not None

    async def mask(self, take: Take, direction: Direction, /, *, is_masked: bool) -> None:
        """See the port. By its id: without one, Asterisk says Success where nothing is recorded any more."""
        found = await self._id_of(take, direction)
        if found is None or not await mask_mixmonitor(self._line, snoop_id(take, direction), found, is_masked=is_masked):
            raise TapeRefusal(SegmentTrouble.REFUSED)

    async def _id_of(self, take: Take, direction: Direction) -> str | None:
        listed = await mixmonitor_list(self._line, snoop_id(take, direction))
        if listed is None:
            raise TapeRefusal(SegmentTrouble.REFUSED)
        wanted = (str(take.file(direction).with_suffix("")),)
        return next((each.mixmonitor_id for each in mixmonitors_of(listed) if each.files == wanted), None)

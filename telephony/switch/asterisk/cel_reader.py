"""Reads the second witness as it grows, and says what it proves: calls the fallback served, emergency calls, ends of legs."""

import asyncio
from collections.abc import Callable

from telephony.emergencies import EmergencyDialled
from telephony.engine.ports import Clock, FallbackServed, LegEnd
from telephony.identifiers import Instant
from telephony.switch.asterisk.cel import Witness
from telephony.switch.asterisk.cel_tail import CelTail
from telephony.switch.asterisk.messages import message_of
from telephony.switch.asterisk.settings import AsteriskSettings

EVERY_S = 0.5
"""An emergency call is on the boards within a second: this, and the pace of the boards."""

Served = FallbackServed | EmergencyDialled


class CelReader:
    """Follows the file of one node. Without a file it knows nothing and says nothing."""

    def __init__(self, settings: AsteriskSettings, clock: Clock, *, say: Callable[[Served, Instant], None]) -> None:
        self._clock = clock
        self._say = say
        self._messages = settings.message_directory
        self._witness = Witness(trunk_context=settings.trunk_context)
        self._tail = CelTail(settings.cel_file, settings.cel_offset_file) if settings.cel_file is not None else None
        self._reading = asyncio.Lock()
        self._late: list[tuple[FallbackServed, Instant]] = []
        self.faults = 0
        """Reads that the disk refused, since the start: tried again each time."""

    async def run(self) -> None:
        """Follows the file until cancelled."""
        try:
            while self._tail is not None:
                await self.read()
                await asyncio.sleep(EVERY_S)
        finally:
            if self._tail is not None:
                self._tail.close()

    async def read(self) -> None:
        """Everything written by now is known."""
        async with self._reading:
            while self._tail is not None:
                try:
                    rows = await asyncio.to_thread(self._tail.read, self._clock.now())
                except OSError:
                    self.faults += 1
                    return
                # The answering machine writes its message down a moment after the call's last row.
                late, self._late = self._late, []
                for served, at in late:
                    self._say(message_of(served, self._messages), at)
                for row in rows:
                    served_now = self._witness.take(row)
                    if isinstance(served_now, EmergencyDialled):
                        self._say(served_now, row.occurred_at)
                    elif served_now is not None:
                        self._tell(message_of(served_now, self._messages), row.occurred_at)
                if not self._tail.has_more:
                    return

    def _tell(self, served: FallbackServed, at: Instant) -> None:
        if self._messages is None or served.message is not None:
            self._say(served, at)
        else:
            self._late.append((served, at))

    def ends(self) -> tuple[LegEnd, ...]:
        """The ends of the last legs, oldest first."""
        return self._witness.ends()

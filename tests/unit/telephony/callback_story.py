"""A callback with all its events, as the journal would have them: for whoever folds it."""

from telephony.engine.arrival import TurnResult
from telephony.events import Envelope, Event, LegJoined
from telephony.identifiers import SwitchName
from tests.unit.telephony.scene import SWITCH
from tests.unit.telephony.test_callback import Asked


class Journaled(Asked):
    """A caller who is asked, and all that would be on disk."""

    def __init__(self) -> None:
        self.journal: list[Envelope] = []
        super().__init__()

    def happens(self, event: Event, *, switch: SwitchName = SWITCH) -> TurnResult:
        result = super().happens(event, switch=switch)
        self.journal += result.envelopes
        return result

    def joins(self, *legs: str) -> None:
        """These legs are in the call's bridge."""
        for leg in self.call.legs():
            if leg.leg_id in legs:
                self.happens(LegJoined(leg_id=leg.leg_id, bridge_id=self.call.bridge_id))

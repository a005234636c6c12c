"""Where we have put each leg, so that a repeated JoinBridge moves nobody. Pure.

Asterisk takes a channel out of its bridge and puts it in again when it is added twice: a gap, and two events too many.
"""

from telephony.commands import Command, DestroyBridge, JoinBridge, LeaveBridge
from telephony.events import Event, LegHungUp, LegLeft
from telephony.identifiers import BridgeId, LegId


class Placements:
    """The bridge every leg is in, or is on its way to by a command that was sent."""

    def __init__(self) -> None:
        self._bridge_of: dict[LegId, BridgeId] = {}

    def adopt(self, leg_id: LegId, bridge_id: BridgeId | None) -> None:
        """A snapshot shows the leg there."""
        if bridge_id is not None:
            self._bridge_of.setdefault(leg_id, bridge_id)

    def send(self, command: Command) -> Command | None:
        """What of the command is left to do; None where nothing is."""
        if isinstance(command, JoinBridge):
            missing = tuple(leg for leg in command.leg_ids if self._bridge_of.get(leg) != command.bridge_id)
            self._bridge_of.update(dict.fromkeys(missing, command.bridge_id))
            if not missing:
                return None
            return JoinBridge(call_id=command.call_id, switch=command.switch, bridge_id=command.bridge_id, leg_ids=missing)
        if isinstance(command, LeaveBridge):
            self.drop(command.leg_id, command.bridge_id)
        elif isinstance(command, DestroyBridge):
            self.fail(command)
        return command

    def fail(self, command: Command) -> None:
        """The command did not take effect: its legs are nowhere we know of."""
        if isinstance(command, JoinBridge):
            for leg_id in command.leg_ids:
                self.drop(leg_id, command.bridge_id)
        elif isinstance(command, DestroyBridge):
            for leg_id in [leg for leg, bridge in self._bridge_of.items() if bridge == command.bridge_id]:
                del self._bridge_of[leg_id]

    def put(self, leg_id: LegId, bridge_id: BridgeId) -> None:
        """The leg was put there without a command of its own."""
        self._bridge_of[leg_id] = bridge_id

    def take(self, what: Event) -> None:
        """A fact moved the leg."""
        if isinstance(what, LegLeft):
            self.drop(what.leg_id, what.bridge_id)
        elif isinstance(what, LegHungUp):
            self._bridge_of.pop(what.leg_id, None)

    def drop(self, leg_id: LegId, bridge_id: BridgeId) -> None:
        """The leg is not there any more."""
        if self._bridge_of.get(leg_id) == bridge_id:
            del self._bridge_of[leg_id]

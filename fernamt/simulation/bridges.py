"""Who hears whom at the simulated switch, seen from outside: each agent's leg with the caller, and callers who hear nobody."""

from dataclasses import dataclass, field

from telephony.identifiers import SECOND, BridgeId, CallId, Instant, LegId, call_of
from telephony.switch.simulated.switch import SimulatedSwitch
from telephony.switch.simulated.world import SimulatedLeg

SILENCE_US = 20 * SECOND
"""The longest a caller may hear nothing at all: longer than any fault here keeps the controller away."""


@dataclass(slots=True)
class Together:
    """The agents' legs that are with the caller in one bridge, since when each, and since when any."""

    since: Instant
    legs: dict[LegId, Instant] = field(default_factory=dict)


def is_callers(leg: SimulatedLeg) -> bool:
    """Whether it is a caller's: the one they came by, or one they are called back by."""
    return leg.arrived is not None or ".callee." in leg.leg_id


class BridgeTruth:
    """Kept by what leaves the switch; asked when a call is over."""

    def __init__(self, switch: SimulatedSwitch) -> None:
        self._switch = switch
        self._together: dict[BridgeId, Together] = {}
        self._talk_us: dict[CallId, int] = {}
        self._legs_us: dict[CallId, dict[LegId, int]] = {}
        self._silent_since: dict[LegId, Instant] = {}

    def changed(self, bridge_id: BridgeId, at: Instant) -> None:
        """Somebody came into the bridge, or left it."""
        self._note(bridge_id, self._with_caller(bridge_id), at)

    def switch_died(self, at: Instant) -> None:
        """Every conversation ended with the switch."""
        for bridge_id in list(self._together):
            self._note(bridge_id, [], at)
        self._silent_since.clear()

    def forget(self, call_id: CallId) -> tuple[int, dict[LegId, int]]:
        """The call's true talk, in all and by the agents' legs; nothing of it is kept."""
        for bridge_id in [bridge for bridge in self._together if call_of(bridge) == call_id]:
            del self._together[bridge_id]
        return self._talk_us.pop(call_id, 0), self._legs_us.pop(call_id, {})

    def silent_caller(self, now: Instant) -> LegId | None:
        """A caller who has heard nothing for too long: neither somebody, nor music, nor ringing, nor an announcement."""
        silent = [leg.leg_id for leg in self._switch.existing.legs.values() if self._hears_nothing(leg, now)]
        self._silent_since = {leg_id: self._silent_since.get(leg_id, now) for leg_id in silent}
        return next((leg_id for leg_id, since in self._silent_since.items() if now - since > SILENCE_US), None)

    def _hears_nothing(self, leg: SimulatedLeg, now: Instant) -> bool:
        if not is_callers(leg) or not leg.is_answered or leg.is_in_dialplan or leg.music is not None:
            return False
        is_played_to = leg.playing is not None and now < leg.playing_until
        return not is_played_to and len(self._members(leg.bridge_id)) < 2

    def _members(self, bridge_id: BridgeId | None) -> list[LegId]:
        return [] if bridge_id is None else list(self._switch.existing.bridges.get(bridge_id, {}))

    def _with_caller(self, bridge_id: BridgeId) -> list[LegId]:
        legs = [self._switch.existing.legs.get(leg_id) for leg_id in self._members(bridge_id)]
        found = [leg for leg in legs if leg is not None]
        return [leg.leg_id for leg in found if not is_callers(leg)] if any(is_callers(leg) for leg in found) else []

    def _note(self, bridge_id: BridgeId, now: list[LegId], at: Instant) -> None:
        call_id = call_of(bridge_id)
        before = self._together.pop(bridge_id, None)
        if call_id is None:
            return
        if before is not None:
            legs = self._legs_us.setdefault(call_id, {})
            for leg_id, since in before.legs.items():
                if leg_id not in now:
                    legs[leg_id] = legs.get(leg_id, 0) + at - since
            if not now:
                self._talk_us[call_id] = self._talk_us.get(call_id, 0) + at - before.since
        if now:
            known = Together(at) if before is None else before
            self._together[bridge_id] = Together(known.since, {leg_id: known.legs.get(leg_id, at) for leg_id in now})

"""A caller who is asked whether to be called back, step by step, and all the events of it as the journal would have them."""

from routing.callback import CallbackRules
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from telephony.call.model import Call
from telephony.causes import EndReason
from telephony.dialling import DialPermitted, DialRefused
from telephony.engine.arrival import TurnResult
from telephony.events import (
    CallEnded,
    Envelope,
    Event,
    LegAnswered,
    LegJoined,
    LegOffered,
    LegPressedKey,
    LegRinging,
    NumberFacts,
)
from telephony.identifiers import CallId, Instant, LegId, PartyId, SwitchName, TrunkId
from tests.unit.telephony.scene import CALLER, DID, SWITCH, Scene, a_directory

MINUTE_MS = 60_000
RULES = (OverflowRule(reason=OverflowReason.WAITING_TIME, limit=30_000, target=OverflowTarget.CALLBACK),)
TERMS = CallbackRules(attempts=2, retry_ms=10 * MINUTE_MS, kept_ms=120 * MINUTE_MS)
PERMIT = {
    "number": NumberFacts(number_class="landline", country="DE", masked="+49 30 •••67", metadata_version="1"),
    "shown": "+493055501",
    "right_id": "r",
    "rules_version": "1",
    "revision": 1,
    "ring_limit_ms": 25_000,
    "max_duration_ms": 60 * MINUTE_MS,
    "rate_micros": 0,
    "cost_limit_micros": 0,
}


class Asked(Scene):
    """A caller has waited until the rule asks them; nobody is on duty."""

    def __init__(self, *, caller: NumberFacts | None = CALLER, at: Instant | None = None, **project: object) -> None:
        settings: dict[str, object] = {"overflow": RULES, "answers_early": True, "callback": TERMS, **project}
        super().__init__(a_directory("anna", "ben", **settings))
        self.now = at or self.now
        offered = LegOffered(leg_id=LegId("caller"), trunk_id=TrunkId("t"), dnis=DID, party_id=PartyId("caller"), caller=caller)
        self.call_id = CallId(self.happens(offered).envelopes[0].event_id)
        self.happens(LegAnswered(leg_id=LegId("caller")))
        self.since = self.call.waiting_since
        self.later(30_000)

    @property
    def call(self) -> Call:
        return self.turn.calls[self.call_id]

    def callee(self, number: int = 1) -> LegId:
        return LegId(f"{self.call_id}.callee.{number}")

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.happens(LegPressedKey(leg_id=LegId("caller"), key=key))

    def agrees_and_hangs_up(self) -> "Asked":
        self.presses("1")
        self.hangs_up(LegId("caller"))
        return self

    def agent_takes(self, number: int = 1) -> None:
        self.happens(LegRinging(leg_id=self.leg(self.call_id, number)))
        self.happens(LegAnswered(leg_id=self.leg(self.call_id, number)))

    def desk_permits(self) -> None:
        dial = self.call.dial
        assert dial is not None
        asked = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
        self.happens(DialPermitted(call_id=self.call_id, **asked, **PERMIT))

    def desk_refuses(self, code: str) -> None:
        dial = self.call.dial
        assert dial is not None
        asked = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
        self.happens(DialRefused(call_id=self.call_id, **asked, code=code))

    def agent_gone(self, number: int = 1) -> None:
        self.hangs_up(self.leg(self.call_id, number), by_phone=False)

    def ended_as(self) -> EndReason:
        (ended,) = [event for event in self.events if isinstance(event, CallEnded)]
        assert self.call_id not in self.turn.calls
        return ended.end_reason


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

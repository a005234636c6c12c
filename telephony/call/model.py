"""A call as the machine knows it: its legs, the agent bound to it, and what is due."""

from enum import StrEnum

import msgspec

from telephony.call.tape import Tape
from telephony.causes import EndReason, ReleaseReason
from telephony.demands import CallDemand
from telephony.dialling import DialPurpose, DialReference
from telephony.events import NumberFacts
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    EndpointId,
    Instant,
    LegId,
    PartyId,
    PlaybackId,
    SwitchName,
    home_of,
    second_bridge_id,
)
from telephony.terms import ProjectTerms


class CallState(StrEnum):
    """Where a call is between the caller's arrival and the end of its last leg."""

    OFFERED = "offered"
    QUEUED = "queued"
    CHOOSING = "choosing"
    ALERTING = "alerting"
    TALKING = "talking"
    HELD = "held"
    PHONE_HELD = "phone_held"
    CONSULT_RINGING = "consult_ringing"
    CONSULTING = "consulting"
    SWAPPED = "swapped"
    CONFERENCE = "conference"
    COLLEAGUES = "colleagues"
    DIALLING = "dialling"
    OUTSIDE = "outside"
    PARKED = "parked"
    RECOVERING = "recovering"
    RETURNING = "returning"
    AT_MACHINE = "at_machine"
    CONFIRMING = "confirming"
    """The caller is asked by which number to call back."""
    LEAVING = "leaving"
    """They will be called back, are told so, and hang up."""
    PLACED = "placed"
    """Begins with us: the agent who wants it is about to be reserved."""
    PLACE_KEPT = "place_kept"
    """Waits like any other call, though nobody is on the line."""
    RESTING = "resting"
    """The place is kept, and nobody is rung for it yet."""
    CALLING_AGENT = "calling_agent"
    CALLING_OUT = "calling_out"
    """The agent is on the line; the caller, or whom the agent wants, is dialled as soon as that is permitted."""
    STEPPING_BACK = "stepping_back"
    """The attempt is over and its legs are going."""
    ENDING = "ending"
    ENDED = "ended"


WAITING = (CallState.QUEUED, CallState.PLACE_KEPT)
"""States in which a call stands in its project's line."""


_UNKEPT = (CallState.PLACE_KEPT, CallState.RESTING)


class LegRole(StrEnum):
    """Whose part in the call a leg is."""

    CALLER = "caller"
    AGENT = "agent"
    OUTSIDER = "outsider"
    """Somebody outside whom we dialled for the caller, or for the agent to ask."""


class LegState(StrEnum):
    """How far a leg has come. `ENDING`: we asked for its end; it counts as alive until the switch says it is gone."""

    DIALLING = "dialling"
    RINGING = "ringing"
    UP = "up"
    ENDING = "ending"
    GONE = "gone"


class CallTimer(StrEnum):
    """The due times a call can have."""

    WAIT_LIMIT = "wait_limit"
    RING_OVERDUE = "ring_overdue"
    RECOVERY_OVER = "recovery_over"
    RING_AGAIN = "ring_again"
    END_OVERDUE = "end_overdue"
    COLLEAGUE_OVERDUE = "colleague_overdue"
    PARK_OVER = "park_over"
    SEARCH_WIDENS = "search_widens"
    CALLBACK_EXPIRES = "callback_expires"
    REST_OVER = "rest_over"
    CALLEE_OVERDUE = "callee_overdue"
    LISTENING_OVER = "listening_over"


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One party's part in the call."""

    leg_id: LegId
    role: LegRole
    state: LegState
    is_answered: bool = False
    bridge_id: BridgeId | None = None
    is_ringing: bool = False
    is_lent: bool = False
    """The open line of its agent: it goes home at the end, and is gone from the call when it is there."""

    @property
    def home(self) -> BridgeId | None:
        """The bridge to which a lent leg goes back; None: it ends."""
        return home_of(self.leg_id) if self.is_lent else None

    @property
    def is_in_bridge(self) -> bool:
        """Whether the leg hears whoever else is in some bridge of the call."""
        return self.bridge_id is not None

    @property
    def is_live(self) -> bool:
        """Whether the switch may still have this leg."""
        return self.state is not LegState.GONE


class Bond(msgspec.Struct, frozen=True, kw_only=True):
    """The agent who is reserved for, rung for, or talks in this call, until released."""

    agent_id: AgentId
    endpoint_id: EndpointId
    has_talked: bool = False
    release: ReleaseReason | None = None
    """Set as soon as the bond is to end; it ends when the agent's last leg is gone."""
    wraps_up: bool = False
    """Whether the agent has something to note at the end though nobody may have been talked to."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A leg beside those of the caller and of the agent who has them: an agent's, with its bond, or somebody's outside."""

    leg: Leg
    bond: Bond | None = None
    party_id: PartyId | None = None
    """Who is outside."""
    has_met_caller: bool = False
    """Whether they have been in a bridge with the caller."""
    longest_ms: int | None = None
    """How long the leg of somebody outside may last after its answer."""

    @property
    def agent_id(self) -> AgentId | None:
        """Which agent it is; None for somebody outside."""
        return None if self.bond is None else self.bond.agent_id

    def is_at(self, endpoint_id: EndpointId) -> bool:
        """Whether that is the agent's phone."""
        return self.bond is not None and self.bond.endpoint_id == endpoint_id


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside who is to be dialled if the desk permits it, which has not answered yet."""

    leg_id: LegId
    party_id: PartyId
    purpose: DialPurpose
    agent_id: AgentId | None


class Callee(msgspec.Struct, frozen=True, kw_only=True):
    """Whom we are to call: what that rests on, and how far it has come."""

    party_id: PartyId
    purpose: DialPurpose
    rests_on: DialReference
    expires_at: Instant | None = None
    """When a promise to call ends."""
    attempts_limit: int = 1
    retry_ms: int = 0
    asks: int = 0
    """How often the desk was asked: the number of the next leg, which is never used twice."""
    attempts: int = 0
    """How often they were dialled."""
    longest_ms: int = 0
    was_reached: bool = False
    machine_heard_at: Instant | None = None
    """When an answering machine was heard in their place."""

    @property
    def is_machine(self) -> bool:
        """Whether an answering machine answered, as far as anybody knows: never recorded, and nothing played to it."""
        return self.machine_heard_at is not None

    @property
    def is_promised(self) -> bool:
        """Whether they are the call's caller, who hung up with the promise to be called; else the call began with us."""
        return self.purpose is DialPurpose.CALLBACK


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """All the machine knows of one call. Due times are part of the state: a restart forgets none."""

    call_id: CallId
    switch: SwitchName
    caller: Leg
    bridge_id: BridgeId
    state: CallState = CallState.OFFERED
    terms: ProjectTerms | None = None
    did: str = ""
    caller_party_id: PartyId | None = None
    """Where the caller's own number is; None: withheld."""
    caller_class: str | None = None
    callee: Callee | None = None
    phone_leg_id: LegId | None = None
    """The leg by which the agent's own phone dialled it."""
    was_offered_callback: bool = False
    asked_party_id: PartyId | None = None
    """Whose number the caller is asked to confirm; None: they are asked to type one."""
    asked_number: NumberFacts | None = None
    waiting_since: Instant
    offers: int = 0
    agent_legs: int = 0
    agent: Leg | None = None
    bond: Bond | None = None
    colleague: Party | None = None
    """Who is consulted, is the third in a conference, or was dialled for the caller: an agent or somebody outside."""
    dial: Dial | None = None
    outsiders: int = 0
    has_overflowed_out: bool = False
    """A rule sends a waiting caller to somebody outside once; in vain or refused, they wait on."""
    departing: tuple[Party, ...] = ()
    """Those whose part is over: an agent is released when the leg is gone."""
    consults: int = 0
    prefers: AgentId | None = None
    """Who handed the caller on: to whom they go back if nobody takes them."""
    slot: int | None = None
    """The number under which the parked caller can be picked up."""
    waited_us: int = 0
    """How long the caller had waited when the first agent took the call."""
    goes_first: bool = False
    demand: CallDemand = CallDemand()
    """What the call asks of its agent beyond the certificate and beyond what its project asks of all."""
    relaxation_stage: int = 0
    """How far what is asked for has been relaxed: the place in the stages of the terms."""
    seeks_since: Instant | None = None
    """When the caller had chosen from the menu, where there was one."""
    last_agent_id: AgentId | None = None
    """Whom the caller talked to last, while the caller may still wait for them."""
    blocked_agents: tuple[AgentId, ...] = ()
    given_back_at: Instant | None = None
    """When the caller, having talked, began to wait once more."""
    has_bridge: bool = False
    has_music: bool = False
    playing: PlaybackId | None = None
    """What was last played to the caller, and may play still."""
    playbacks: int = 0
    announced_at: Instant | None = None
    asked_at: Instant | None = None
    """When the caller was last asked to choose by a key."""
    times_asked: int = 0
    asks_for_sample: bool = False
    """Whether the question that stands is whether the call may be recorded."""
    end_reason: EndReason | None = None
    wait_limit_at: Instant | None = None
    ring_overdue_at: Instant | None = None
    recovery_over_at: Instant | None = None
    ring_again_at: Instant | None = None
    end_overdue_at: Instant | None = None
    colleague_overdue_at: Instant | None = None
    park_over_at: Instant | None = None
    search_widens_at: Instant | None = None
    rest_over_at: Instant | None = None
    listens_until: Instant | None = None
    """Who answered is listened to: until then their first words have to begin, or to end; None: nobody listens any more."""
    hears_greeting: bool = False
    """Whether the first words have begun."""
    tape: Tape | None = None
    """The segment that is open, or closing; None: nothing can be recorded."""
    callee_overdue_at: Instant | None = None
    """Until when the desk, then the phone outside has to answer; then until when the conversation may last."""

    def due(self) -> list[tuple[CallTimer, Instant]]:
        """The due times of this call."""
        times = (
            (CallTimer.WAIT_LIMIT, self.wait_limit_at),
            (CallTimer.RING_OVERDUE, self.ring_overdue_at),
            (CallTimer.RECOVERY_OVER, self.recovery_over_at),
            (CallTimer.RING_AGAIN, self.ring_again_at),
            (CallTimer.END_OVERDUE, self.end_overdue_at),
            (CallTimer.COLLEAGUE_OVERDUE, self.colleague_overdue_at),
            (CallTimer.PARK_OVER, self.park_over_at),
            (CallTimer.SEARCH_WIDENS, self.search_widens_at),
            (CallTimer.CALLBACK_EXPIRES, self.callback_expires_at),
            (CallTimer.REST_OVER, self.rest_over_at if self.state is CallState.RESTING else None),
            (CallTimer.CALLEE_OVERDUE, self.callee_overdue_at),
            (CallTimer.LISTENING_OVER, self.listens_until if self.caller.is_live else None),
        )
        return [(timer, at) for timer, at in times if at is not None]

    @property
    def is_outbound(self) -> bool:
        """Whether the call began with us."""
        return self.callee is not None and not self.callee.is_promised

    @property
    def goodbye(self) -> EndReason:
        """How the call ends when its outside party says goodbye."""
        return EndReason.CALLEE_HUNG_UP if self.is_outbound else EndReason.CALLER_HUNG_UP

    @property
    def callback_expires_at(self) -> Instant | None:
        """When the promise to call back ends; while it is being kept, that is looked at after the attempt."""
        return self.callee.expires_at if self.callee is not None and self.state in _UNKEPT else None

    def leg(self, leg_id: LegId) -> Leg | None:
        """The leg of that id, if it is one of those that matter now."""
        if self.caller.leg_id == leg_id:
            return self.caller
        if self.agent is not None and self.agent.leg_id == leg_id:
            return self.agent
        party = self.party(leg_id)
        return None if party is None else party.leg

    def party(self, leg_id: LegId) -> Party | None:
        """The colleague, or a departing agent, whose leg that is."""
        if self.colleague is not None and self.colleague.leg.leg_id == leg_id:
            return self.colleague
        return next((party for party in self.departing if party.leg.leg_id == leg_id), None) if self.departing else None

    def agent_of(self, leg_id: LegId) -> AgentId | None:
        """Whose leg that is; of a leg that is none of today's, the agent who has the caller."""
        party = self.party(leg_id)
        if party is not None:
            return party.agent_id
        return None if self.bond is None or leg_id == self.caller.leg_id else self.bond.agent_id

    def legs(self) -> tuple[Leg, ...]:
        """All legs that matter now, the caller's first, those that are going last."""
        found = [self.caller]
        if self.colleague is not None:
            found.append(self.colleague.leg)
        if self.agent is not None:
            found.append(self.agent)
        return (*found, *(party.leg for party in self.departing))

    @property
    def consult_bridge_id(self) -> BridgeId:
        """Where agent and colleague speak without the caller."""
        return second_bridge_id(self.call_id, "consult", self.consults)

    @property
    def conference_bridge_id(self) -> BridgeId:
        """Where all three speak."""
        return second_bridge_id(self.call_id, "conference", self.consults)

    @property
    def has_live_agent_leg(self) -> bool:
        """Whether the switch may still have a leg of the agent."""
        return self.agent is not None and self.agent.is_live


def require_terms(call: Call) -> ProjectTerms:
    """The terms of an admitted call; every state past OFFERED that needs them has them."""
    if call.terms is None:
        raise AssertionError(f"call {call.call_id} was never admitted")
    return call.terms

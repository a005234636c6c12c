"""What happened, in our words and in the past tense: everything the journal holds.

Facts come from a switch, due times from us, requests from people, and the rest is what the turn concluded. No event names people
but by party id: numbers and names live in the person store. A changed shape gets a new `version`: old ones are read for ever.
"""

from typing import ClassVar

import msgspec

from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.demands import CallDemand
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    DecisionId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    SwitchName,
    TrunkId,
    WrapUpCode,
)
from telephony.terms import ProjectTerms


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=_snake):
    """One thing that happened. `kind` on the wire is the class name in snake case."""

    version: ClassVar[int] = 1


class NumberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What billing and the screens need of a telephone number, without the number. Kept when the party is erased."""

    number_class: str
    country: str | None
    masked: str
    metadata_version: str


# -- leg facts, from a switch ----------------------------------------------------------------------------------------


class LegFact(Event, frozen=True, kw_only=True):
    """A fact about one leg; `leg_id` is also its channel id at the switch."""

    leg_id: LegId


class LegOffered(LegFact, frozen=True, kw_only=True):
    """A caller from a trunk entered; `party_id` is new for each call and leads to the number in the person store."""

    trunk_id: TrunkId
    dnis: str
    party_id: PartyId
    caller: NumberFacts | None  # None: the caller withheld the number
    caller_lists: tuple[str, ...] = ()  # the lists of known callers that the number is on
    last_agent_id: AgentId | None = None  # whom this caller talked to last
    blocked_agents: tuple[AgentId, ...] = ()  # who never gets this caller


class FeatureCodeDialled(LegFact, frozen=True, kw_only=True):
    """An agent's phone dialled digits of ours instead of a person."""

    endpoint_id: EndpointId
    digits: str


class LegRinging(LegFact, frozen=True, kw_only=True):
    """The phone at the other end rings."""


class LegAnswered(LegFact, frozen=True, kw_only=True):
    """The party at the other end took the call."""


class LegJoined(LegFact, frozen=True, kw_only=True):
    """The leg is in the bridge and hears who else is in it."""

    bridge_id: BridgeId


class LegLeft(LegFact, frozen=True, kw_only=True):
    """The leg is out of the bridge."""

    bridge_id: BridgeId


class LegHeld(LegFact, frozen=True, kw_only=True):
    """The party pressed hold on its own phone."""


class LegUnheld(LegFact, frozen=True, kw_only=True):
    """The party took its own phone off hold."""


class LegTakenOver(LegFact, frozen=True, kw_only=True):
    """The static dialplan has the caller though we did not say so: the watchdog took us for dead."""


class LegPressedKey(LegFact, frozen=True, kw_only=True):
    """A DTMF key of the party."""

    key: str


class LegHungUp(LegFact, frozen=True, kw_only=True):
    """The leg is gone from the switch. `by_phone`: the party's own phone ended it, with a goodbye."""

    cause: HangupCause
    by_phone: bool
    is_estimated: bool = False  # nobody saw the end: `occurred_at` is the last proof of life (metering cases 14, 23, 25)


class EndpointChanged(Event, frozen=True, kw_only=True):
    """A phone became reachable or unreachable for the switch."""

    endpoint_id: EndpointId
    is_reachable: bool
    round_trip_us: int | None = None


class CommandFailed(Event, frozen=True, kw_only=True):
    """A command did not take effect. `reason` is one of `FailureReason` in telephony/commands.py."""

    command: str
    reason: str
    leg_id: LegId | None = None
    bridge_id: BridgeId | None = None
    detail: str = ""


class SwitchConnected(Event, frozen=True, kw_only=True):
    """The switch is there and reconciled; `boot_id` changes when it was restarted."""

    switch: SwitchName
    boot_id: str


class SwitchDisconnected(Event, frozen=True, kw_only=True):
    """The line to the switch is cut; its calls go on."""

    switch: SwitchName


class GapObserved(Event, frozen=True, kw_only=True):
    """Between these instants events of the switch may have been lost."""

    switch: SwitchName
    from_at: Instant
    to_at: Instant


class FallbackAnswered(LegFact, frozen=True, kw_only=True):
    """The static dialplan served this call while no controller answered; found in the switch's second witness (CEL)."""

    trunk_id: TrunkId
    dnis: str
    party_id: PartyId
    caller: NumberFacts | None
    answered_at: Instant | None
    ended_at: Instant
    message: str | None = None


class CallTimerFired(Event, frozen=True, kw_only=True):
    """A due time in a call's state came. `timer` is one of `CallTimer` in telephony/call/model.py."""

    call_id: CallId
    timer: str
    due_at: Instant


class AgentTimerFired(Event, frozen=True, kw_only=True):
    """A due time in an agent's state came. `timer` is one of `AgentTimer` in telephony/agent/model.py."""

    agent_id: AgentId
    timer: str
    due_at: Instant


# -- requests of people ----------------------------------------------------------------------------------------------


class AgentRequest(Event, frozen=True, kw_only=True):
    """An agent (or a supervisor for them: `by`) asked for something."""

    agent_id: AgentId
    by: str = ""


class LogInRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent comes on duty at this phone."""

    endpoint_id: EndpointId


class LogOutRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent goes off duty, after the call they have."""


class AvailableRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent wants calls: ends a pause or the wrap-up."""


class PauseRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent wants no calls, after the one they have."""

    pause_reason: str


class WrapUpCodeChosen(AgentRequest, frozen=True, kw_only=True):
    """The outcome of the call the agent has or just had."""

    call_id: CallId
    wrap_up_code: WrapUpCode


class WrapUpExtended(AgentRequest, frozen=True, kw_only=True):
    """The agent needs more time after the call."""


class CallRequest(Event, frozen=True, kw_only=True):
    """Somebody asked for something to be done with a call."""

    call_id: CallId
    agent_id: AgentId | None
    by: str = ""


class HoldRequested(CallRequest, frozen=True, kw_only=True):
    """The agent puts the caller on hold."""


class UnholdRequested(CallRequest, frozen=True, kw_only=True):
    """The agent takes the caller back."""


class HangUpRequested(CallRequest, frozen=True, kw_only=True):
    """The agent, or a supervisor where `agent_id` is None, ends the call."""


class RequestRefused(Event, frozen=True, kw_only=True):
    """What was asked for by `request_id` was not done."""

    request_id: EventId
    code: str
    agent_id: AgentId | None = None
    call_id: CallId | None = None


# -- derived: what a turn concluded ----------------------------------------------------------------------------------


class CallAdmitted(Event, frozen=True, kw_only=True):
    """The number called belongs to an open project: the caller waits."""

    call_id: CallId
    terms: ProjectTerms
    did: str
    number_class: str
    demand: CallDemand = CallDemand()


class CallTurnedAway(Event, frozen=True, kw_only=True):
    """The caller does not wait: unknown or malformed number, closed, anonymous where refused."""

    call_id: CallId
    reason: EndReason
    to_machine: bool
    project_id: ProjectId | None = None
    client_id: ClientId | None = None


class AgentReserved(Event, frozen=True, kw_only=True):
    """Routing chose this agent for this call; both are bound from here on."""

    call_id: CallId
    agent_id: AgentId
    endpoint_id: EndpointId
    project_id: ProjectId
    client_id: ClientId
    decision_id: DecisionId
    level: int
    pass_after: float
    attempt: int
    wrap_up_limit_ms: int
    wrap_up_extension_ms: int
    wrap_up_codes: tuple[WrapUpCode, ...]
    phone_answers: bool = False
    """The phone is told to answer by itself: the call is the agent's own, to somebody outside."""
    line_leg_id: LegId | None = None
    """The leg of the agent's open line, which the call has from here on; None: the phone is rung."""


class CallEvent(Event, frozen=True, kw_only=True):
    """Something the call machine concluded about an agent bound to the call."""

    call_id: CallId
    agent_id: AgentId


class AgentAlerted(CallEvent, frozen=True, kw_only=True):
    """The agent's phone rings for the call."""

    leg_id: LegId


class AgentConnected(CallEvent, frozen=True, kw_only=True):
    """The agent took the call, for the first time or again after a lost line."""

    leg_id: LegId


class AgentLost(CallEvent, frozen=True, kw_only=True):
    """The agent's leg went away in mid-call without a goodbye; the caller is kept and the agent rung again."""

    leg_id: LegId


class AgentReleased(CallEvent, frozen=True, kw_only=True):
    """The agent's leg is gone and the bond with the call ended; said exactly once for each `AgentReserved`."""

    reason: ReleaseReason
    has_talked: bool
    leg_id: LegId | None = None
    wraps_up: bool = False  # there is a code to choose though nobody was talked to: a call of the agent's own was in vain


class CallQueuedAgain(Event, frozen=True, kw_only=True):
    """The caller waits again, with the waiting time kept; `goes_first` after an agent was lost in mid-call."""

    call_id: CallId
    goes_first: bool
    prefers: AgentId | None = None  # who handed the caller on in vain: gets them back if free of other calls


class CallEnded(Event, frozen=True, kw_only=True):
    """Every leg of the call is gone."""

    call_id: CallId
    end_reason: EndReason


class UnexpectedHappened(Event, frozen=True, kw_only=True):
    """A machine met an event that its tables call impossible in this state.

    Of the machine `turn`: what followed from an event never came to rest and was cut short; `event` names the last kinds of it.
    Of `ahead`: a turn did not come to what had been sent ahead of it; `event` names the command.
    Of `timers`: due times led to due times, which have to rest now; `event` names the last of them.
    """

    machine: str
    state: str
    event: str
    call_id: CallId | None = None
    agent_id: AgentId | None = None


class DirectoryLoaded(Event, frozen=True, kw_only=True):
    """From here on decisions use this revision of clients, projects, numbers and agents."""

    revision: int


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One journaled event: its number, where it belongs, and when it happened by whose clock."""

    seq: int
    event_id: EventId
    occurred_at: Instant  # by the switch's clock for its facts, ours for the rest
    received_at: Instant  # by our clock
    event: Event
    call_id: CallId | None = None
    agent_id: AgentId | None = None
    switch: SwitchName | None = None

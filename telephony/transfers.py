"""Handing callers on, as the journal keeps it: what agents ask for, and what was concluded of it.

Nobody outside is named but by party id: a number to be dialled never reaches the journal.
"""

from telephony.demands import CallDemand
from telephony.events import CallEvent, CallRequest, Event
from telephony.identifiers import AgentId, CallId, Instant, LegId, PartyId, ProjectId
from telephony.terms import ProjectTerms


class HandOnRequest(CallRequest, frozen=True, kw_only=True):
    """A request that names who is to get the caller: a colleague, a project's queue, one of the call's project's
    departments, or somebody outside; exactly one."""

    to_agent_id: AgentId | None = None
    to_project_id: ProjectId | None = None
    to_party_id: PartyId | None = None
    to_department: str | None = None


class TransferRequested(HandOnRequest, frozen=True, kw_only=True):
    """The agent hands the caller on unannounced and is free of the call."""


class ConsultRequested(HandOnRequest, frozen=True, kw_only=True):
    """The agent wants to ask a colleague while the caller hears music."""


class CompleteRequested(CallRequest, frozen=True, kw_only=True):
    """The colleague is to have the caller, the agent is free of the call."""


class CancelRequested(CallRequest, frozen=True, kw_only=True):
    """The agent goes back to the caller, the colleague is let go."""


class SwapRequested(CallRequest, frozen=True, kw_only=True):
    """The agent wants to speak with the other one of caller and colleague; who is left hears music."""


class ConferenceRequested(CallRequest, frozen=True, kw_only=True):
    """All three are to hear each other."""


class LeaveRequested(CallRequest, frozen=True, kw_only=True):
    """The agent, or the colleague, leaves the conference; the other two go on."""


class ParkRequested(CallRequest, frozen=True, kw_only=True):
    """The caller is to wait with music until somebody picks up."""


class PickUpRequested(CallRequest, frozen=True, kw_only=True):
    """An agent wants the parked caller."""


class ConsultAnswered(CallEvent, frozen=True, kw_only=True):
    """The colleague took the consultation; the caller is not with them yet."""

    leg_id: LegId


class CallMoved(Event, frozen=True, kw_only=True):
    """The caller waits for another project, on its terms, or for another department of it: `demand` is what the call asks for
    then, None where that stays. `waiting_since` leaves out the time of conversation."""

    call_id: CallId
    terms: ProjectTerms
    waiting_since: Instant
    demand: CallDemand | None = None


class CallParked(Event, frozen=True, kw_only=True):
    """The caller waits with music, to be picked up under this number; goes back to the agent at `until_at`."""

    call_id: CallId
    agent_id: AgentId
    slot: int
    until_at: Instant

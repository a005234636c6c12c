"""A call as the machine knows it: its legs, the agent bound to it, and what is due."""

from enum import StrEnum

import msgspec

from telephony.causes import EndReason, ReleaseReason
from telephony.demands import CallDemand
from telephony.identifiers import AgentId, BridgeId, CallId, EndpointId, Instant, LegId, SwitchName
from telephony.terms import ProjectTerms


class CallState(StrEnum):
    """Where a call is between the caller's arrival and the end of its last leg."""

    OFFERED = "offered"
    QUEUED = "queued"
    ALERTING = "alerting"
    TALKING = "talking"
    HELD = "held"
    PHONE_HELD = "phone_held"
    RECOVERING = "recovering"
    RETURNING = "returning"
    AT_MACHINE = "at_machine"
    ENDING = "ending"
    ENDED = "ended"


class LegRole(StrEnum):
    """Whose part in the call a leg is."""

    CALLER = "caller"
    AGENT = "agent"


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


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One party's part in the call."""

    leg_id: LegId
    role: LegRole
    state: LegState
    is_answered: bool = False
    is_in_bridge: bool = False
    is_ringing: bool = False

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


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """All the machine knows of one call. Due times are part of the state: a restart forgets none."""

    call_id: CallId
    switch: SwitchName
    caller: Leg
    bridge_id: BridgeId
    state: CallState = CallState.OFFERED
    terms: ProjectTerms | None = None
    did: str = ""
    waiting_since: Instant
    offers: int = 0
    agent_legs: int = 0
    agent: Leg | None = None
    bond: Bond | None = None
    goes_first: bool = False
    demand: CallDemand = CallDemand()
    """What the call asks of its agent beyond the certificate, as of now."""
    last_agent_id: AgentId | None = None
    """Whom the caller talked to last, while the caller may still wait for them."""
    blocked_agents: tuple[AgentId, ...] = ()
    given_back_at: Instant | None = None
    """When the caller, having talked, began to wait once more."""
    has_bridge: bool = False
    has_music: bool = False
    end_reason: EndReason | None = None
    wait_limit_at: Instant | None = None
    ring_overdue_at: Instant | None = None
    recovery_over_at: Instant | None = None
    ring_again_at: Instant | None = None
    end_overdue_at: Instant | None = None

    def due(self) -> list[tuple[CallTimer, Instant]]:
        """The due times of this call."""
        times = (
            (CallTimer.WAIT_LIMIT, self.wait_limit_at),
            (CallTimer.RING_OVERDUE, self.ring_overdue_at),
            (CallTimer.RECOVERY_OVER, self.recovery_over_at),
            (CallTimer.RING_AGAIN, self.ring_again_at),
            (CallTimer.END_OVERDUE, self.end_overdue_at),
        )
        return [(timer, at) for timer, at in times if at is not None]

    def leg(self, leg_id: LegId) -> Leg | None:
        """The leg of that id, if it is one of the two that matter now."""
        if self.caller.leg_id == leg_id:
            return self.caller
        return self.agent if self.agent is not None and self.agent.leg_id == leg_id else None

    @property
    def has_live_agent_leg(self) -> bool:
        """Whether the switch may still have a leg of the agent."""
        return self.agent is not None and self.agent.is_live


def require_terms(call: Call) -> ProjectTerms:
    """The terms of an admitted call; every state past OFFERED that needs them has them."""
    if call.terms is None:
        raise AssertionError(f"call {call.call_id} was never admitted")
    return call.terms

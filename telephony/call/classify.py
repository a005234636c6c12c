"""What a journaled event means for this call: leg fact + role + cause → call fact. The tables know call facts only."""

from enum import StrEnum

from telephony.call.model import Call, CallTimer, Leg, LegRole, LegState
from telephony.causes import LOST_WITHOUT_GOODBYE
from telephony.commands import FailureReason
from telephony.events import (
    AgentReserved,
    CallAdmitted,
    CallTimerFired,
    CallTurnedAway,
    CommandFailed,
    EndpointChanged,
    Event,
    FallbackAnswered,
    HangUpRequested,
    HoldRequested,
    LegAnswered,
    LegFact,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegRinging,
    LegTakenOver,
    LegUnheld,
    UnholdRequested,
)
from telephony.waiting import CallOverflowed


class CallFact(StrEnum):
    """What can happen to a call."""

    ADMITTED = "admitted"
    TURNED_AWAY = "turned_away"
    SENT_TO_MACHINE = "sent_to_machine"
    SERVED_BY_DIALPLAN = "served_by_dialplan"
    CALLER_ANSWERED = "caller_answered"
    CALLER_HUNG_UP = "caller_hung_up"
    CALLER_JOINED = "caller_joined"
    CALLER_LEFT = "caller_left"
    CALLER_HELD = "caller_held"
    CALLER_UNHELD = "caller_unheld"
    AGENT_RESERVED = "agent_reserved"
    AGENT_RINGING = "agent_ringing"
    AGENT_ANSWERED = "agent_answered"
    AGENT_JOINED = "agent_joined"
    AGENT_LEFT = "agent_left"
    AGENT_HELD = "agent_held"
    AGENT_UNHELD = "agent_unheld"
    OFFER_FAILED = "offer_failed"
    AGENT_HUNG_UP = "agent_hung_up"
    AGENT_LEG_LOST = "agent_leg_lost"
    CANCELLED_LEG_GONE = "cancelled_leg_gone"
    PHONE_BACK = "phone_back"
    PHONE_GONE = "phone_gone"
    CONNECT_FAILED = "connect_failed"
    COMMAND_FAILED = "command_failed"
    HOLD_REQUESTED = "hold_requested"
    UNHOLD_REQUESTED = "unhold_requested"
    HANG_UP_REQUESTED = "hang_up_requested"
    WAIT_LIMIT_CAME = "wait_limit_came"
    MOVED_ON = "moved_on"
    RING_OVERDUE = "ring_overdue"
    RECOVERY_OVER = "recovery_over"
    RING_AGAIN_DUE = "ring_again_due"
    END_OVERDUE = "end_overdue"


REQUESTS = (CallFact.HOLD_REQUESTED, CallFact.UNHOLD_REQUESTED, CallFact.HANG_UP_REQUESTED)
"""What people ask for: refused, not impossible, where the state has no rule for it."""

_PLAIN = {
    CallAdmitted: CallFact.ADMITTED,
    AgentReserved: CallFact.AGENT_RESERVED,
    CallOverflowed: CallFact.MOVED_ON,
    HoldRequested: CallFact.HOLD_REQUESTED,
    UnholdRequested: CallFact.UNHOLD_REQUESTED,
    HangUpRequested: CallFact.HANG_UP_REQUESTED,
}

_OF_CALLER = {
    FallbackAnswered: CallFact.SERVED_BY_DIALPLAN,
    LegAnswered: CallFact.CALLER_ANSWERED,
    LegHungUp: CallFact.CALLER_HUNG_UP,
    LegJoined: CallFact.CALLER_JOINED,
    LegLeft: CallFact.CALLER_LEFT,
    LegHeld: CallFact.CALLER_HELD,
    LegUnheld: CallFact.CALLER_UNHELD,
    LegTakenOver: CallFact.SENT_TO_MACHINE,
}

_OF_AGENT = {
    LegRinging: CallFact.AGENT_RINGING,
    LegAnswered: CallFact.AGENT_ANSWERED,
    LegJoined: CallFact.AGENT_JOINED,
    LegLeft: CallFact.AGENT_LEFT,
    LegHeld: CallFact.AGENT_HELD,
    LegUnheld: CallFact.AGENT_UNHELD,
}

_TIMERS = {
    CallTimer.WAIT_LIMIT: CallFact.WAIT_LIMIT_CAME,
    CallTimer.RING_OVERDUE: CallFact.RING_OVERDUE,
    CallTimer.RECOVERY_OVER: CallFact.RECOVERY_OVER,
    CallTimer.RING_AGAIN: CallFact.RING_AGAIN_DUE,
    CallTimer.END_OVERDUE: CallFact.END_OVERDUE,
}


def classify(call: Call, event: Event) -> CallFact | None:
    """What the event means for the call; None where it means nothing to it (stale timer, repeated fact, former leg)."""
    if isinstance(event, LegFact):
        leg = call.leg(event.leg_id)
        return None if leg is None else _classify_leg(leg, event)
    if isinstance(event, CallTimerFired):
        timer = CallTimer(event.timer)
        return _TIMERS[timer] if (timer, event.due_at) in call.due() else None
    if isinstance(event, EndpointChanged):
        return CallFact.PHONE_BACK if event.is_reachable else CallFact.PHONE_GONE
    if isinstance(event, CommandFailed):
        return _classify_failure(call, event)
    if isinstance(event, CallTurnedAway):
        return CallFact.SENT_TO_MACHINE if event.to_machine else CallFact.TURNED_AWAY
    return _PLAIN.get(type(event)) if not isinstance(event, CallOverflowed) or event.to is not None else None


def _classify_leg(leg: Leg, event: LegFact) -> CallFact | None:
    if leg.state is LegState.GONE:
        return None
    if leg.role is LegRole.CALLER:
        return _OF_CALLER.get(type(event))
    if isinstance(event, LegHungUp):
        return _classify_agent_end(leg, event)
    if isinstance(event, LegRinging) and (leg.is_ringing or leg.is_answered):
        return None
    if isinstance(event, LegAnswered) and (leg.is_answered or leg.state is LegState.ENDING):
        return None  # an answer that crossed our hang-up: the leg's end will come
    return _OF_AGENT.get(type(event))


def _classify_agent_end(leg: Leg, event: LegHungUp) -> CallFact:
    """A plain BYE is a goodbye. No BYE, or one whose reason names a fault, is a lost line: the caller is kept."""
    if leg.state is LegState.ENDING:
        return CallFact.CANCELLED_LEG_GONE
    if not leg.is_answered:
        return CallFact.OFFER_FAILED
    is_goodbye = event.by_phone and event.cause not in LOST_WITHOUT_GOODBYE
    return CallFact.AGENT_HUNG_UP if is_goodbye else CallFact.AGENT_LEG_LOST


def _classify_failure(call: Call, event: CommandFailed) -> CallFact:
    """A leg that the switch proves not to have is gone, whoever should have told us."""
    leg = call.leg(event.leg_id) if event.leg_id is not None else None
    if event.reason in (FailureReason.DISCONNECTED, FailureReason.TIMED_OUT):
        return CallFact.COMMAND_FAILED  # a line that owes an answer is cut: reconciling after the reconnect says what is true
    if event.command == "RingEndpoint" and event.reason == FailureReason.TIMED_OUT:
        return CallFact.COMMAND_FAILED  # the phone may ring: whoever answers it, or the time for ringing, says so
    if event.command == "RingEndpoint" and leg is not None and leg.is_live:
        return CallFact.CANCELLED_LEG_GONE if leg.state is LegState.ENDING else CallFact.OFFER_FAILED
    if event.reason == FailureReason.GONE and leg is not None and leg.is_live:
        return _proven_gone(leg)
    return CallFact.CONNECT_FAILED if event.command == "JoinBridge" else CallFact.COMMAND_FAILED


def _proven_gone(leg: Leg) -> CallFact:
    if leg.role is LegRole.CALLER:
        return CallFact.CALLER_HUNG_UP
    if leg.state is LegState.ENDING:
        return CallFact.CANCELLED_LEG_GONE
    return CallFact.AGENT_LEG_LOST if leg.is_answered else CallFact.OFFER_FAILED

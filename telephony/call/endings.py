"""How calls end: who hung up, and what is left to take down."""

from msgspec.structs import replace

from telephony.abuse import AbusiveCallEnded
from telephony.call import to_switch
from telephony.call.attempts import has_stepped_back, stepped_back
from telephony.call.departing import ask_departing_again as departing_again
from telephony.call.departing import release_departed
from telephony.call.listening import reason_of_end
from telephony.call.model import Call, CallState, Leg, LegState
from telephony.call.step import Step, cancel_agent_leg, end_agent, end_both, end_caller
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.events import AgentReleased, CallEnded, CallQueuedAgain, Envelope, Event, HangUpRequested, LegHungUp
from telephony.identifiers import after_ms

END_GRACE_MS = 10_000
"""A hang-up is asked for again after this long without the leg's end; the switch then says whether it has the leg."""


def leave_queue(call: Call, envelope: Envelope) -> Step:
    """The caller gave up waiting; a phone that rings for it stops, and lists no missed call."""
    call = replace(call, end_reason=EndReason.ABANDONED, wait_limit_at=None)
    return end_agent(call, ReleaseReason.ABANDONED, HangupCause.ANSWERED_ELSEWHERE)


def left_machine(call: Call, envelope: Envelope) -> Step:
    """The switch's own record says that the static dialplan had the caller to the end."""
    gone = replace(call.caller, state=LegState.GONE, bridge_id=None)
    call = replace(call, caller=gone, end_reason=call.end_reason or EndReason.FALLBACK, wait_limit_at=None)
    return end_agent(call, ReleaseReason.ABANDONED, HangupCause.ANSWERED_ELSEWHERE)


def caller_left(call: Call, envelope: Envelope) -> Step:
    """The caller ended the conversation, or was lost with the switch; the agent's leg ends too."""
    event = envelope.event
    is_lost = isinstance(event, LegHungUp) and event.is_estimated and event.cause is not HangupCause.MEDIA_LOST
    reason = EndReason.SWITCH_LOST if is_lost else call.goodbye
    call = replace(call, end_reason=call.end_reason or reason)
    return end_agent(call, ReleaseReason.TALKED)


def agent_left(call: Call, envelope: Envelope) -> Step:
    """The agent said goodbye; the caller's leg ends too."""
    return end_both(call, EndReason.AGENT_HUNG_UP, ReleaseReason.TALKED)


def end_on_request(call: Call, envelope: Envelope) -> Step:
    """The agent or a supervisor ended the call through us."""
    release = ReleaseReason.TALKED if call.bond is not None and call.bond.has_talked else ReleaseReason.ABANDONED
    call = replace(call, wait_limit_at=None)
    return end_both(replace(call, rest_over_at=None), reason_asked(envelope.event), release)


def reason_asked(event: Event) -> EndReason:
    """How the call ends whose end was asked for so; without a request its time was up."""
    if isinstance(event, AbusiveCallEnded):
        return EndReason.ABUSE
    by_agent = isinstance(event, HangUpRequested) and event.agent_id is not None
    return EndReason.AGENT_HUNG_UP if by_agent else EndReason.ENDED_BY_US


def ask_again(call: Call, envelope: Envelope) -> Step:
    """Legs whose end nobody has reported are asked to end once more: the answer says whether they exist."""
    departing = departing_again(call)
    caller = end_caller(replace(departing.call, caller=_asked_anew(call.caller)))
    agent = call.agent
    if agent is None:
        return caller.then(commands=departing.commands)
    both = end_agent(replace(caller.call, agent=_asked_anew(agent)), ReleaseReason.ABANDONED)
    return Step(both.call, departing.commands + caller.commands + both.commands)


def ask_agent_again(call: Call, envelope: Envelope) -> Step:
    """The agent's leg, whose end nobody has reported, is asked to end once more; the caller is left alone."""
    departing = departing_again(call)
    if call.agent is None:
        return departing
    asked = cancel_agent_leg(replace(departing.call, agent=_asked_anew(call.agent)))
    return Step(asked.call, departing.commands + asked.commands)


def ask_departing_again(call: Call, envelope: Envelope) -> Step:
    """Only legs of agents who are free of the call are asked; nobody else is disturbed."""
    return departing_again(call)


def _asked_anew(leg: Leg) -> Leg:
    """A lent leg that has not come home is ended."""
    return replace(leg, state=LegState.UP, is_lent=False) if leg.state is LegState.ENDING else leg


def settle(step: Step, envelope: Envelope) -> Step:
    """Whatever became complete with this step is said: agent released, caller queued again, call ended."""
    if step.call.departing:
        step = release_departed(step)
    call = step.call
    if call.bond is not None and call.bond.release is not None and not call.has_live_agent_leg:
        released = AgentReleased(
            call_id=call.call_id,
            agent_id=call.bond.agent_id,
            reason=call.bond.release,
            has_talked=call.bond.has_talked,
            leg_id=None if call.agent is None else call.agent.leg_id,
            wraps_up=call.bond.wraps_up,
        )
        step = step.then(events=(released,), bond=None, agent=None, end_overdue_at=None)
    elif call.bond is not None and call.bond.release is not None:
        step = _watch_end(step, envelope)
    if step.call.departing:
        step = _watch_end(step, envelope)
    if step.call.state is CallState.RETURNING and step.call.bond is None and not step.call.departing:
        step = _queue_again(step, envelope)
    if step.call.state is CallState.STEPPING_BACK:
        is_over = has_stepped_back(step.call)
        step = stepped_back(step, envelope.received_at) if is_over else _watch_end(step, envelope)
    if step.call.state is CallState.ENDING:
        step = _finish(step, envelope)
    return step


def _watch_end(step: Step, envelope: Envelope) -> Step:
    if step.call.end_overdue_at is not None:
        return step
    return step.then(end_overdue_at=after_ms(envelope.received_at, END_GRACE_MS))


def _queue_again(step: Step, envelope: Envelope) -> Step:
    call = step.call
    limit = None if call.terms is None else call.terms.wait_limit_ms
    since = call.waiting_since if call.given_back_at is None else call.given_back_at
    limit_at = None if limit is None else max(after_ms(since, limit), envelope.received_at)
    event = CallQueuedAgain(call_id=call.call_id, goes_first=call.goes_first, prefers=call.prefers)
    return step.then(events=(event,), state=CallState.QUEUED, wait_limit_at=limit_at, prefers=None)


def _finish(step: Step, envelope: Envelope) -> Step:
    call = step.call
    if call.caller.is_live or call.bond is not None or call.departing or call.tape is not None:
        return _watch_end(step, envelope)
    ended = CallEnded(call_id=call.call_id, end_reason=reason_of_end(call, envelope.received_at) or EndReason.FAILED)
    return step.then(
        commands=(to_switch.destroy_bridge(call),) if call.has_bridge else (),
        events=(ended,),
        state=CallState.ENDED,
        has_bridge=False,
        end_overdue_at=None,
    )

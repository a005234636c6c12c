"""The part of the call's table in which somebody is called: the agent first, then whom they are to speak with."""

from collections.abc import Callable, Iterator, Mapping

from telephony.call import actions, attempts, endings
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.events import Envelope

F = CallFact
S = CallState
Row = tuple[CallState, Callable[[Call, Envelope], Step]]

ATTEMPT: Mapping[tuple[CallState, CallFact], Row] = {
    # in state          when                  goes to        and does
    (S.PLACED, F.AGENT_RESERVED): (S.CALLING_AGENT, attempts.ring_agent),
    (S.PLACED, F.LINE_LENT): (S.CALLING_OUT, attempts.take_line),
    (S.PLACED, F.CALLEE_OVERDUE): (S.ENDING, attempts.not_placed),
    (S.PLACED, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    #
    (S.CALLING_AGENT, F.AGENT_RINGING): (S.CALLING_AGENT, actions.note_ringing),
    (S.CALLING_AGENT, F.AGENT_ANSWERED): (S.CALLING_OUT, attempts.ask_desk),
    (S.CALLING_AGENT, F.OFFER_FAILED): (S.STEPPING_BACK, attempts.offer_failed),
    (S.CALLING_AGENT, F.RING_OVERDUE): (S.STEPPING_BACK, attempts.give_up_ringing),
    (S.CALLING_AGENT, F.PHONE_GONE): (S.STEPPING_BACK, attempts.give_up_ringing),
    (S.CALLING_AGENT, F.STEP_BACK_REQUESTED): (S.STEPPING_BACK, attempts.agent_not_there),
    (S.CALLING_AGENT, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.CALLING_AGENT, F.END_OVERDUE): (S.CALLING_AGENT, endings.ask_departing_again),
    #
    (S.CALLING_OUT, F.CALLEE_PERMITTED): (S.CALLING_OUT, attempts.dial_callee),
    (S.CALLING_OUT, F.DIAL_REFUSED): (S.STEPPING_BACK, attempts.desk_refused),
    (S.CALLING_OUT, F.CALLER_ANSWERED): (S.TALKING, attempts.connect),
    (S.CALLING_OUT, F.CALLER_HUNG_UP): (S.STEPPING_BACK, attempts.callee_not_reached),
    (S.CALLING_OUT, F.CALLEE_OVERDUE): (S.STEPPING_BACK, attempts.callee_overdue),
    (S.CALLING_OUT, F.AGENT_HUNG_UP): (S.STEPPING_BACK, attempts.agent_not_there),
    (S.CALLING_OUT, F.AGENT_LEG_LOST): (S.STEPPING_BACK, attempts.agent_not_there),
    (S.CALLING_OUT, F.STEP_BACK_REQUESTED): (S.STEPPING_BACK, attempts.agent_not_there),
    (S.CALLING_OUT, F.PHONE_GONE): (S.CALLING_OUT, actions.probe_agent),
    (S.CALLING_OUT, F.SPARING_REQUESTED): (S.STEPPING_BACK, attempts.spare_callee),
    (S.CALLING_OUT, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.CALLING_OUT, F.END_OVERDUE): (S.CALLING_OUT, endings.ask_departing_again),
    #
    (S.STEPPING_BACK, F.CANCELLED_LEG_GONE): (S.STEPPING_BACK, actions.stay),
    (S.STEPPING_BACK, F.CALLER_HUNG_UP): (S.STEPPING_BACK, actions.stay),
    (S.STEPPING_BACK, F.END_OVERDUE): (S.STEPPING_BACK, endings.ask_again),
    (S.STEPPING_BACK, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
}
"""Where the call goes and what is done on the way; telephony/call/transitions.py makes one table of it and the rest."""

OFF_THE_LINE = (S.PLACED, S.PLACE_KEPT, S.RESTING, S.CALLING_AGENT)
"""States in which the outside party has no leg."""


def time_is_up(rows: Mapping[tuple[CallState, CallFact], object]) -> Iterator[CallState]:
    """States of a conversation with somebody called in which the permit's time can be over: those that can be hung up."""
    taken = {state for state, fact in ATTEMPT if fact is F.CALLEE_OVERDUE}
    return (state for state, fact in rows if fact is F.HANG_UP_REQUESTED and state not in taken)


def late() -> Iterator[tuple[CallState, CallFact]]:
    """Races known to be harmless."""
    # The desk's word, or a due time, came for a call that had gone on meanwhile.
    for fact in (F.CALLEE_PERMITTED, F.CALLEE_OVERDUE):
        yield from ((state, fact) for state in CallState)
    # The agent's phone held while they waited for the callee.
    for state in (S.CALLING_AGENT, S.CALLING_OUT, S.STEPPING_BACK):
        yield from ((state, fact) for fact in (F.AGENT_HELD, F.AGENT_UNHELD))

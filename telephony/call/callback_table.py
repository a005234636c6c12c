"""The part of the call's table in which a caller is asked to be called back, waits without a line, and is called."""

from collections.abc import Callable, Iterator, Mapping

from telephony.call import actions, callbacks, endings, search
from telephony.call.classify import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.events import Envelope

F = CallFact
S = CallState
Row = tuple[CallState, Callable[[Call, Envelope], Step]]

CALLBACK: Mapping[tuple[CallState, CallFact], Row] = {
    # in state          when                  goes to        and does
    (S.QUEUED, F.CALLBACK_OFFERED): (S.CONFIRMING, callbacks.ask),
    #
    (S.CONFIRMING, F.CALLBACK_OFFERED): (S.CONFIRMING, callbacks.ask),
    (S.CONFIRMING, F.CALLBACK_DECLINED): (S.QUEUED, callbacks.wait_on),
    (S.CONFIRMING, F.CALLBACK_AGREED): (S.LEAVING, callbacks.take_leave),
    (S.CONFIRMING, F.CALLER_HUNG_UP): (S.ENDING, endings.leave_queue),
    (S.CONFIRMING, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.CONFIRMING, F.SENT_TO_MACHINE): (S.AT_MACHINE, actions.leave_queue_for_machine),
    (S.CONFIRMING, F.SERVED_BY_DIALPLAN): (S.ENDING, endings.left_machine),
    (S.CONFIRMING, F.END_OVERDUE): (S.CONFIRMING, endings.ask_departing_again),
    #
    (S.LEAVING, F.CALLER_HUNG_UP): (S.PLACE_KEPT, callbacks.keep_place),
    (S.LEAVING, F.END_OVERDUE): (S.LEAVING, callbacks.end_goodbye),
    (S.LEAVING, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    #
    (S.PLACE_KEPT, F.AGENT_RESERVED): (S.CALLING_AGENT, actions.ring_agent),
    (S.PLACE_KEPT, F.SEARCH_WIDENS): (S.PLACE_KEPT, actions.stay),
    (S.PLACE_KEPT, F.DEMAND_REQUESTED): (S.PLACE_KEPT, search.ask_for),
    (S.PLACE_KEPT, F.CALLBACK_RESTED): (S.RESTING, callbacks.rest),
    (S.PLACE_KEPT, F.CALLBACK_OVER): (S.ENDING, callbacks.expire),
    (S.PLACE_KEPT, F.CALLBACK_GIVEN_UP): (S.ENDING, callbacks.give_up),
    (S.PLACE_KEPT, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.PLACE_KEPT, F.END_OVERDUE): (S.PLACE_KEPT, endings.ask_departing_again),
    #
    (S.RESTING, F.CALLBACK_RESTED): (S.RESTING, callbacks.rest),
    (S.RESTING, F.REST_OVER): (S.PLACE_KEPT, callbacks.wait_again),
    (S.RESTING, F.CALLBACK_OVER): (S.ENDING, callbacks.expire),
    (S.RESTING, F.CALLBACK_GIVEN_UP): (S.ENDING, callbacks.give_up),
    (S.RESTING, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.RESTING, F.END_OVERDUE): (S.RESTING, endings.ask_departing_again),
    #
    (S.CALLING_AGENT, F.AGENT_RINGING): (S.CALLING_AGENT, actions.note_ringing),
    (S.CALLING_AGENT, F.AGENT_ANSWERED): (S.CALLING_BACK, callbacks.ask_desk),
    (S.CALLING_AGENT, F.OFFER_FAILED): (S.STEPPING_BACK, actions.offer_next),
    (S.CALLING_AGENT, F.RING_OVERDUE): (S.STEPPING_BACK, actions.give_up_ringing),
    (S.CALLING_AGENT, F.PHONE_GONE): (S.STEPPING_BACK, actions.give_up_ringing),
    (S.CALLING_AGENT, F.STEP_BACK_REQUESTED): (S.STEPPING_BACK, callbacks.agent_not_there),
    (S.CALLING_AGENT, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.CALLING_AGENT, F.END_OVERDUE): (S.CALLING_AGENT, endings.ask_departing_again),
    #
    (S.CALLING_BACK, F.CALLBACK_PERMITTED): (S.CALLING_BACK, callbacks.dial_caller),
    (S.CALLING_BACK, F.DIAL_REFUSED): (S.STEPPING_BACK, callbacks.desk_refused),
    (S.CALLING_BACK, F.CALLER_ANSWERED): (S.TALKING, callbacks.connect),
    (S.CALLING_BACK, F.CALLER_HUNG_UP): (S.STEPPING_BACK, callbacks.caller_not_reached),
    (S.CALLING_BACK, F.CALLEE_OVERDUE): (S.STEPPING_BACK, callbacks.callee_overdue),
    (S.CALLING_BACK, F.AGENT_HUNG_UP): (S.STEPPING_BACK, callbacks.agent_not_there),
    (S.CALLING_BACK, F.AGENT_LEG_LOST): (S.STEPPING_BACK, callbacks.agent_not_there),
    (S.CALLING_BACK, F.STEP_BACK_REQUESTED): (S.STEPPING_BACK, callbacks.agent_not_there),
    (S.CALLING_BACK, F.PHONE_GONE): (S.CALLING_BACK, actions.probe_agent),
    (S.CALLING_BACK, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.CALLING_BACK, F.END_OVERDUE): (S.CALLING_BACK, endings.ask_departing_again),
    #
    (S.STEPPING_BACK, F.CANCELLED_LEG_GONE): (S.STEPPING_BACK, actions.stay),
    (S.STEPPING_BACK, F.CALLER_HUNG_UP): (S.STEPPING_BACK, actions.stay),
    (S.STEPPING_BACK, F.END_OVERDUE): (S.STEPPING_BACK, endings.ask_again),
    (S.STEPPING_BACK, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
}
"""Where the call goes and what is done on the way; telephony/call/transitions.py makes one table of it and the rest."""

OFF_THE_LINE = (S.PLACE_KEPT, S.RESTING, S.CALLING_AGENT)
"""States in which the caller has no leg."""


def time_is_up(rows: Mapping[tuple[CallState, CallFact], object]) -> Iterator[CallState]:
    """States of a conversation with somebody called back in which the permit's time can be over: those that can be hung up."""
    taken = {state for state, fact in CALLBACK if fact is F.CALLEE_OVERDUE}
    return (state for state, fact in rows if fact is F.HANG_UP_REQUESTED and state not in taken)


def late() -> Iterator[tuple[CallState, CallFact]]:
    """Races known to be harmless."""
    # Asked, answered or due for a call that had gone on meanwhile.
    asked = (F.CALLBACK_OFFERED, F.CALLBACK_DECLINED, F.CALLBACK_AGREED, F.CALLBACK_RESTED, F.CALLBACK_GIVEN_UP)
    for fact in (*asked, F.CALLBACK_PERMITTED, F.CALLBACK_OVER, F.REST_OVER, F.CALLEE_OVERDUE):
        yield from ((state, fact) for state in CallState)
    # The agent's phone held while they waited for the caller.
    for state in (S.CALLING_AGENT, S.CALLING_BACK, S.STEPPING_BACK):
        yield from ((state, fact) for fact in (F.AGENT_HELD, F.AGENT_UNHELD))

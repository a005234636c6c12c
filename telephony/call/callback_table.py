"""The part of the call's table in which a caller is asked to be called back, and waits without a line."""

from collections.abc import Callable, Iterator, Mapping

from telephony.call import actions, callbacks, endings, search
from telephony.call.facts import CallFact
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
}
"""Where the call goes and what is done on the way; telephony/call/transitions.py makes one table of it and the rest."""


def late() -> Iterator[tuple[CallState, CallFact]]:
    """Races known to be harmless."""
    # Asked, answered or due for a call that had gone on meanwhile.
    asked = (F.CALLBACK_OFFERED, F.CALLBACK_DECLINED, F.CALLBACK_AGREED, F.CALLBACK_RESTED, F.CALLBACK_GIVEN_UP)
    for fact in (*asked, F.CALLBACK_OVER, F.REST_OVER):
        yield from ((state, fact) for state in CallState)

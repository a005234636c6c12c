"""The call's table: in this state, when this happens, go there and do that.

Three lists cover every pair of state and fact: `TRANSITIONS`, `LATE` (races known to be harmless) and, by difference,
`IMPOSSIBLE`, which raises. Requests of people have no late or impossible: where no rule fits they are refused.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from telephony.call import actions, agent_loss, attempt_table, callback_table, care, endings, handing_table, outside_table, search
from telephony.call.attempt_table import ATTEMPT
from telephony.call.callback_table import CALLBACK
from telephony.call.facts import REQUESTS, CallFact
from telephony.call.handing_table import HANDING, UNHURT
from telephony.call.listening import LISTENING
from telephony.call.model import Call, CallState
from telephony.call.outside_table import OUTSIDE
from telephony.call.step import Step
from telephony.events import Envelope

F = CallFact
S = CallState


class Rule(NamedTuple):
    """Where the call goes and what is done on the way."""

    to: CallState
    action: Callable[[Call, Envelope], Step]


_ANSWERING: Mapping[tuple[CallState, CallFact], Rule] = {
    # in state          when                  goes to        and does
    (S.OFFERED, F.ADMITTED): Rule(S.QUEUED, actions.admit),
    (S.OFFERED, F.TURNED_AWAY): Rule(S.ENDING, actions.turn_away),
    (S.OFFERED, F.SENT_TO_MACHINE): Rule(S.AT_MACHINE, actions.hand_to_machine),
    (S.OFFERED, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.leave_queue),
    (S.OFFERED, F.SERVED_BY_DIALPLAN): Rule(S.ENDING, endings.left_machine),
    #
    (S.QUEUED, F.AGENT_RESERVED): Rule(S.ALERTING, actions.ring_agent),
    (S.QUEUED, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.leave_queue),
    (S.QUEUED, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    (S.QUEUED, F.SEARCH_WIDENS): Rule(S.QUEUED, actions.stay),
    (S.QUEUED, F.DEMAND_REQUESTED): Rule(S.QUEUED, search.ask_for),
    (S.QUEUED, F.WAIT_LIMIT_CAME): Rule(S.AT_MACHINE, actions.hand_to_machine),
    (S.QUEUED, F.MOVED_ON): Rule(S.QUEUED, care.move_on),
    (S.QUEUED, F.ANNOUNCED): Rule(S.QUEUED, care.announce),
    (S.QUEUED, F.MENU_OPENED): Rule(S.CHOOSING, care.ask),
    (S.QUEUED, F.SENT_TO_MACHINE): Rule(S.AT_MACHINE, actions.leave_queue_for_machine),
    (S.QUEUED, F.TURNED_AWAY): Rule(S.ENDING, actions.turn_away),
    (S.QUEUED, F.SERVED_BY_DIALPLAN): Rule(S.ENDING, endings.left_machine),
    #
    (S.CHOOSING, F.MENU_OPENED): Rule(S.CHOOSING, care.ask),
    (S.CHOOSING, F.MENU_ANSWERED): Rule(S.QUEUED, care.take_choice),
    (S.CHOOSING, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.leave_queue),
    (S.CHOOSING, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    (S.CHOOSING, F.WAIT_LIMIT_CAME): Rule(S.AT_MACHINE, actions.hand_to_machine),
    (S.CHOOSING, F.SENT_TO_MACHINE): Rule(S.AT_MACHINE, actions.leave_queue_for_machine),
    (S.CHOOSING, F.SERVED_BY_DIALPLAN): Rule(S.ENDING, endings.left_machine),
    #
    (S.ALERTING, F.AGENT_RINGING): Rule(S.ALERTING, actions.note_ringing),
    (S.ALERTING, F.AGENT_ANSWERED): Rule(S.TALKING, actions.connect),
    (S.ALERTING, F.OFFER_FAILED): Rule(S.RETURNING, actions.offer_next),
    (S.ALERTING, F.RING_OVERDUE): Rule(S.RETURNING, actions.give_up_ringing),
    (S.ALERTING, F.PHONE_GONE): Rule(S.RETURNING, actions.give_up_ringing),
    (S.ALERTING, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.leave_queue),
    (S.ALERTING, F.SENT_TO_MACHINE): Rule(S.AT_MACHINE, actions.note_machine),
    (S.ALERTING, F.SERVED_BY_DIALPLAN): Rule(S.ENDING, endings.left_machine),
    (S.ALERTING, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.TALKING, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.caller_left),
    (S.TALKING, F.AGENT_HUNG_UP): Rule(S.ENDING, endings.agent_left),
    (S.TALKING, F.AGENT_LEG_LOST): Rule(S.RECOVERING, agent_loss.keep_caller_and_ring_again),
    (S.TALKING, F.HOLD_REQUESTED): Rule(S.HELD, actions.hold),
    (S.TALKING, F.AGENT_HELD): Rule(S.PHONE_HELD, actions.stay),
    (S.TALKING, F.PHONE_GONE): Rule(S.TALKING, actions.probe_agent),
    (S.TALKING, F.RING_ANEW_REQUESTED): Rule(S.TALKING, agent_loss.give_line_up),
    (S.TALKING, F.CONNECT_FAILED): Rule(S.RETURNING, actions.connect_failed),
    (S.TALKING, F.SENT_TO_MACHINE): Rule(S.AT_MACHINE, actions.note_machine),
    (S.TALKING, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.HELD, F.UNHOLD_REQUESTED): Rule(S.TALKING, actions.unhold),
    (S.HELD, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.caller_left),
    (S.HELD, F.AGENT_HUNG_UP): Rule(S.ENDING, endings.agent_left),
    (S.HELD, F.AGENT_LEG_LOST): Rule(S.RECOVERING, agent_loss.keep_caller_and_ring_again),
    (S.HELD, F.PHONE_GONE): Rule(S.HELD, actions.probe_agent),
    (S.HELD, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.PHONE_HELD, F.AGENT_UNHELD): Rule(S.TALKING, actions.stay),
    (S.PHONE_HELD, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.caller_left),
    (S.PHONE_HELD, F.AGENT_HUNG_UP): Rule(S.ENDING, endings.agent_left),
    (S.PHONE_HELD, F.AGENT_LEG_LOST): Rule(S.RECOVERING, agent_loss.keep_caller_and_ring_again),
    (S.PHONE_HELD, F.PHONE_GONE): Rule(S.PHONE_HELD, actions.probe_agent),
    (S.PHONE_HELD, F.CONNECT_FAILED): Rule(S.RETURNING, actions.connect_failed),
    (S.PHONE_HELD, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.RECOVERING, F.AGENT_RINGING): Rule(S.RECOVERING, actions.note_ringing),
    (S.RECOVERING, F.AGENT_ANSWERED): Rule(S.TALKING, actions.connect),
    (S.RECOVERING, F.OFFER_FAILED): Rule(S.RECOVERING, agent_loss.try_again_later),
    (S.RECOVERING, F.CANCELLED_LEG_GONE): Rule(S.RECOVERING, agent_loss.ring_again),
    (S.RECOVERING, F.RING_OVERDUE): Rule(S.RECOVERING, agent_loss.ring_where_it_is_now),
    (S.RECOVERING, F.RING_AGAIN_DUE): Rule(S.RECOVERING, agent_loss.ring_again),
    (S.RECOVERING, F.PHONE_BACK): Rule(S.RECOVERING, agent_loss.ring_where_it_is_now),
    (S.RECOVERING, F.RECOVERY_OVER): Rule(S.RETURNING, actions.give_caller_back),
    (S.RECOVERING, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.caller_left),
    (S.RECOVERING, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.RETURNING, F.CANCELLED_LEG_GONE): Rule(S.RETURNING, actions.stay),
    (S.RETURNING, F.END_OVERDUE): Rule(S.RETURNING, endings.ask_agent_again),
    (S.RETURNING, F.CALLER_HUNG_UP): Rule(S.ENDING, endings.leave_queue),
    (S.RETURNING, F.SENT_TO_MACHINE): Rule(S.AT_MACHINE, actions.note_machine),
    (S.RETURNING, F.SERVED_BY_DIALPLAN): Rule(S.ENDING, endings.left_machine),
    (S.RETURNING, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.AT_MACHINE, F.CALLER_HUNG_UP): Rule(S.ENDING, actions.stay),
    (S.AT_MACHINE, F.SERVED_BY_DIALPLAN): Rule(S.ENDING, endings.left_machine),
    (S.AT_MACHINE, F.CANCELLED_LEG_GONE): Rule(S.AT_MACHINE, actions.stay),
    (S.AT_MACHINE, F.END_OVERDUE): Rule(S.AT_MACHINE, endings.ask_agent_again),
    (S.AT_MACHINE, F.HANG_UP_REQUESTED): Rule(S.ENDING, endings.end_on_request),
    #
    (S.ENDING, F.CALLER_HUNG_UP): Rule(S.ENDING, actions.stay),
    (S.ENDING, F.CANCELLED_LEG_GONE): Rule(S.ENDING, actions.stay),
    (S.ENDING, F.END_OVERDUE): Rule(S.ENDING, endings.ask_again),
}

_ALL: Mapping[tuple[CallState, CallFact], Rule] = {
    **_ANSWERING,
    **{pair: Rule(*row) for part in (HANDING, OUTSIDE, CALLBACK, ATTEMPT, UNHURT, LISTENING) for pair, row in part.items()},
}

TRANSITIONS: Mapping[tuple[CallState, CallFact], Rule] = {
    **_ALL,
    # A conversation with somebody we called ends with the permit's time as if somebody had asked for it.
    **{(state, F.CALLEE_OVERDUE): _ALL[state, F.HANG_UP_REQUESTED] for state in attempt_table.time_is_up(_ALL)},
}

MEMBERSHIP = (F.CALLER_JOINED, F.CALLER_LEFT, F.AGENT_JOINED, F.AGENT_LEFT, F.CALLER_ANSWERED)
"""Noted in the leg in every state; they decide nothing."""

HARMLESS = (*MEMBERSHIP, F.CALLER_HELD, F.CALLER_UNHELD, F.AGENT_RINGING, F.PHONE_BACK, F.PHONE_GONE, F.COMMAND_FAILED)

LATE: frozenset[tuple[CallState, CallFact]] = (
    frozenset(
        {(state, fact) for state in CallState for fact in HARMLESS}
        | {(S.ENDED, fact) for fact in CallFact}
        # Found at the machine, or the record of it read, when the call knew already; nobody else is ever taken there.
        | {(state, fact) for state in CallState for fact in (F.SENT_TO_MACHINE, F.SERVED_BY_DIALPLAN)}
        # Told of a leg that is going, or of a call that has gone on.
        | {(state, fact) for state in CallState for fact in (F.CALLER_TALKS, F.CALLER_SILENT, F.LISTENING_OVER, F.MACHINE_HEARD)}
        # The phone's hold crossed ours, the hang-up, or overtook the answer; an unhold after our own hold changes nothing.
        | {
            (state, fact)
            for state in (S.ALERTING, S.HELD, S.RECOVERING, S.RETURNING, S.AT_MACHINE, S.ENDING)
            for fact in (F.AGENT_HELD, F.AGENT_UNHELD)
        }
        | {(S.TALKING, F.AGENT_UNHELD), (S.PHONE_HELD, F.AGENT_HELD)}
        # The bridge answered a join late, when its call had gone on.
        | {(state, F.CONNECT_FAILED) for state in CallState if state not in (S.TALKING, S.PHONE_HELD)}
        | set(handing_table.late())
        | set(outside_table.late())
        | set(callback_table.late())
        | set(attempt_table.late())
    )
    - TRANSITIONS.keys()
)

IMPOSSIBLE: frozenset[tuple[CallState, CallFact]] = (
    frozenset((state, fact) for state in CallState for fact in CallFact if fact not in REQUESTS) - TRANSITIONS.keys() - LATE
)

"""The part of the call's table in which somebody outside is asked for, dialled, and given the caller."""

from collections.abc import Callable, Iterator, Mapping

from telephony.call import actions, consult, endings, outside
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.events import Envelope

F = CallFact
S = CallState
Row = tuple[CallState, Callable[[Call, Envelope], Step]]


def _from_conversation() -> Iterator[tuple[tuple[CallState, CallFact], Row]]:
    for state in (S.TALKING, S.HELD):
        yield (state, F.OUTSIDER_REQUESTED), (state, outside.ask_desk)
        yield (state, F.TRANSFER_PERMITTED), (S.DIALLING, outside.dial_for_caller)
        yield (state, F.CONSULT_PERMITTED), (S.CONSULT_RINGING, outside.dial_for_agent)
        yield (state, F.DIAL_REFUSED), (state, actions.stay)


OUTSIDE: Mapping[tuple[CallState, CallFact], Row] = {
    **dict(_from_conversation()),
    #
    (S.QUEUED, F.OUTSIDER_WANTED): (S.QUEUED, outside.ask_desk_for_waiting),
    (S.QUEUED, F.OVERFLOW_PERMITTED): (S.DIALLING, outside.dial_for_waiting),
    (S.QUEUED, F.DIAL_REFUSED): (S.QUEUED, actions.stay),
    #
    (S.CONSULT_RINGING, F.HAND_OUT_REQUESTED): (S.DIALLING, outside.hand_out_ringing),
    (S.CONSULT_RINGING, F.AGENT_LEFT_OUTSIDER): (S.DIALLING, outside.hand_out_ringing),
    (S.CONSULTING, F.HAND_OUT_REQUESTED): (S.OUTSIDE, outside.hand_out),
    (S.CONSULTING, F.AGENT_LEFT_OUTSIDER): (S.OUTSIDE, outside.hand_out),
    (S.SWAPPED, F.HAND_OUT_REQUESTED): (S.OUTSIDE, outside.hand_out),
    (S.SWAPPED, F.AGENT_LEFT_OUTSIDER): (S.OUTSIDE, outside.hand_out),
    (S.CONFERENCE, F.HAND_OUT_REQUESTED): (S.OUTSIDE, outside.agent_leaves_conference),
    (S.CONFERENCE, F.AGENT_LEFT_OUTSIDER): (S.OUTSIDE, outside.agent_leaves_conference),
    (S.CONFERENCE, F.AGENT_LOST_OUTSIDER): (S.OUTSIDE, outside.agent_lost_in_conference),
    #
    # The permit's time is over.
    (S.CONSULTING, F.COLLEAGUE_OVERDUE): (S.TALKING, consult.back_to_caller),
    (S.SWAPPED, F.COLLEAGUE_OVERDUE): (S.TALKING, consult.back_to_caller),
    (S.CONFERENCE, F.COLLEAGUE_OVERDUE): (S.TALKING, consult.colleague_leaves_conference),
    (S.COLLEAGUES, F.COLLEAGUE_OVERDUE): (S.ENDING, consult.end_all),
    (S.OUTSIDE, F.COLLEAGUE_OVERDUE): (S.ENDING, outside.outsider_left),
    #
    (S.DIALLING, F.COLLEAGUE_RINGING): (S.DIALLING, actions.stay),
    (S.DIALLING, F.COLLEAGUE_ANSWERED): (S.OUTSIDE, outside.connect),
    (S.DIALLING, F.COLLEAGUE_FAILED): (S.RETURNING, outside.give_back),
    (S.DIALLING, F.COLLEAGUE_OVERDUE): (S.RETURNING, outside.give_back),
    (S.DIALLING, F.CALLER_HUNG_UP): (S.ENDING, outside.caller_left),
    (S.DIALLING, F.HANG_UP_REQUESTED): (S.ENDING, consult.end_all),
    (S.DIALLING, F.SENT_TO_MACHINE): (S.AT_MACHINE, outside.taken_to_machine),
    (S.DIALLING, F.SERVED_BY_DIALPLAN): (S.ENDING, outside.served_by_machine),
    (S.DIALLING, F.END_OVERDUE): (S.DIALLING, endings.ask_departing_again),
    #
    (S.OUTSIDE, F.COLLEAGUE_LEFT_CALL): (S.ENDING, outside.outsider_left),
    (S.OUTSIDE, F.COLLEAGUE_FAILED): (S.RETURNING, outside.give_back),
    (S.OUTSIDE, F.CONSULT_FAILED): (S.RETURNING, outside.give_back),
    (S.OUTSIDE, F.CALLER_HUNG_UP): (S.ENDING, outside.caller_left),
    (S.OUTSIDE, F.HANG_UP_REQUESTED): (S.ENDING, consult.end_all),
    (S.OUTSIDE, F.END_OVERDUE): (S.OUTSIDE, endings.ask_departing_again),
}
"""Where the call goes and what is done on the way; telephony/call/transitions.py makes one table of it and the rest."""


def late() -> Iterator[tuple[CallState, CallFact]]:
    """Races known to be harmless."""
    # The desk's word came when the agent had gone on to something else, or away: nobody is dialled.
    for fact in (F.TRANSFER_PERMITTED, F.CONSULT_PERMITTED, F.OVERFLOW_PERMITTED, F.DIAL_REFUSED):
        yield from ((state, fact) for state in CallState)
    # A switch that tells ringing after the answer.
    yield S.OUTSIDE, F.COLLEAGUE_RINGING

"""The part of the call's table in which a call is handed on, a colleague is asked, or a caller is parked."""

from collections.abc import Callable, Iterator, Mapping

from telephony.call import actions, consult, endings, handing_on
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.events import Envelope

F = CallFact
S = CallState
Row = tuple[CallState, Callable[[Call, Envelope], Step]]

WITH_COLLEAGUE = (S.CONSULT_RINGING, S.CONSULTING, S.SWAPPED, S.CONFERENCE, S.COLLEAGUES)
"""States in which two agents have a leg in the call."""

ASKING = (S.CONSULTING, S.SWAPPED)


def _from_conversation() -> Iterator[tuple[tuple[CallState, CallFact], Row]]:
    """What starts it all, with the caller on the line or on hold."""
    for state in (S.TALKING, S.HELD):
        yield (state, F.TRANSFER_REQUESTED), (S.QUEUED, handing_on.hand_on)
        yield (state, F.CONSULT_REQUESTED), (state, actions.stay)
        yield (state, F.COLLEAGUE_RESERVED), (S.CONSULT_RINGING, consult.ring_colleague)
        yield (state, F.PARK_REQUESTED), (state, actions.stay)
        yield (state, F.CALL_PARKED), (S.PARKED, handing_on.park)


def _while_asking() -> Iterator[tuple[tuple[CallState, CallFact], Row]]:
    """Agent and colleague speak; `SWAPPED`: agent and caller do, the colleague waits."""
    for state in ASKING:
        yield (state, F.COMPLETE_REQUESTED), (S.TALKING, consult.hand_over)
        yield (state, F.AGENT_HUNG_UP), (S.TALKING, consult.hand_over)
        yield (state, F.CANCEL_REQUESTED), (S.TALKING, consult.back_to_caller)
        yield (state, F.COLLEAGUE_LEFT_CALL), (S.TALKING, consult.back_to_caller)
        yield (state, F.COLLEAGUE_LEAVE_REQUESTED), (S.TALKING, consult.back_to_caller)
        yield (state, F.CONSULT_FAILED), (S.TALKING, consult.back_to_caller)
        yield (state, F.CONFERENCE_REQUESTED), (S.CONFERENCE, consult.confer)
        yield (state, F.AGENT_LEG_LOST), (S.RECOVERING, consult.recover_agent)
        yield (state, F.CALLER_HUNG_UP), (S.COLLEAGUES, consult.caller_left_colleagues)


def _with_colleague() -> Iterator[tuple[tuple[CallState, CallFact], Row]]:
    for state in WITH_COLLEAGUE:
        yield (state, F.HANG_UP_REQUESTED), (S.ENDING, consult.end_all)
        yield (state, F.PHONE_GONE), (state, actions.probe_agent)
        if state is not S.CONSULT_RINGING:
            yield (state, F.COLLEAGUE_PHONE_GONE), (state, consult.probe_colleague)


HANDING: Mapping[tuple[CallState, CallFact], Row] = {
    **dict(_from_conversation()),
    (S.QUEUED, F.CALL_MOVED): (S.QUEUED, handing_on.move),
    #
    (S.CONSULT_RINGING, F.COLLEAGUE_RINGING): (S.CONSULT_RINGING, consult.note_ringing),
    (S.CONSULT_RINGING, F.COLLEAGUE_ANSWERED): (S.CONSULTING, consult.speak_to_colleague),
    (S.CONSULT_RINGING, F.COLLEAGUE_FAILED): (S.TALKING, consult.back_to_caller),
    (S.CONSULT_RINGING, F.COLLEAGUE_OVERDUE): (S.TALKING, consult.back_to_caller),
    (S.CONSULT_RINGING, F.COLLEAGUE_PHONE_GONE): (S.TALKING, consult.back_to_caller),
    (S.CONSULT_RINGING, F.CANCEL_REQUESTED): (S.TALKING, consult.back_to_caller),
    (S.CONSULT_RINGING, F.CONSULT_FAILED): (S.TALKING, consult.back_to_caller),
    (S.CONSULT_RINGING, F.COMPLETE_REQUESTED): (S.ALERTING, consult.hand_over_ringing),
    (S.CONSULT_RINGING, F.AGENT_HUNG_UP): (S.ALERTING, consult.hand_over_ringing),
    (S.CONSULT_RINGING, F.AGENT_LEG_LOST): (S.RECOVERING, consult.recover_agent),
    (S.CONSULT_RINGING, F.CALLER_HUNG_UP): (S.ENDING, consult.caller_left_ringing),
    #
    **dict(_while_asking()),
    (S.CONSULTING, F.SWAP_REQUESTED): (S.SWAPPED, consult.swap_to_caller),
    (S.SWAPPED, F.SWAP_REQUESTED): (S.CONSULTING, consult.swap_to_colleague),
    #
    (S.CONFERENCE, F.LEAVE_REQUESTED): (S.TALKING, consult.agent_leaves_conference),
    (S.CONFERENCE, F.COMPLETE_REQUESTED): (S.TALKING, consult.agent_leaves_conference),
    (S.CONFERENCE, F.AGENT_HUNG_UP): (S.TALKING, consult.agent_leaves_conference),
    (S.CONFERENCE, F.AGENT_LEG_LOST): (S.TALKING, consult.agent_lost_in_conference),
    (S.CONFERENCE, F.COLLEAGUE_LEFT_CALL): (S.TALKING, consult.colleague_leaves_conference),
    (S.CONFERENCE, F.COLLEAGUE_LEAVE_REQUESTED): (S.TALKING, consult.colleague_leaves_conference),
    (S.CONFERENCE, F.CANCEL_REQUESTED): (S.TALKING, consult.colleague_leaves_conference),
    (S.CONFERENCE, F.CONSULT_FAILED): (S.TALKING, consult.colleague_leaves_conference),
    (S.CONFERENCE, F.CALLER_HUNG_UP): (S.COLLEAGUES, consult.caller_left_colleagues),
    #
    (S.COLLEAGUES, F.AGENT_HUNG_UP): (S.ENDING, consult.end_all),
    (S.COLLEAGUES, F.AGENT_LEG_LOST): (S.ENDING, consult.end_all),
    (S.COLLEAGUES, F.COLLEAGUE_LEFT_CALL): (S.ENDING, consult.end_all),
    (S.COLLEAGUES, F.COLLEAGUE_LEAVE_REQUESTED): (S.ENDING, consult.end_all),
    (S.COLLEAGUES, F.CONSULT_FAILED): (S.ENDING, consult.end_all),
    **dict(_with_colleague()),
    #
    (S.PARKED, F.PICK_UP_REQUESTED): (S.PARKED, actions.stay),
    (S.PARKED, F.AGENT_RESERVED): (S.ALERTING, handing_on.pick_up),
    (S.PARKED, F.PARK_OVER): (S.QUEUED, handing_on.give_back),
    (S.PARKED, F.CALLER_HUNG_UP): (S.ENDING, endings.leave_queue),
    (S.PARKED, F.HANG_UP_REQUESTED): (S.ENDING, endings.end_on_request),
    (S.PARKED, F.SENT_TO_MACHINE): (S.AT_MACHINE, actions.note_machine),
    (S.PARKED, F.SERVED_BY_DIALPLAN): (S.ENDING, endings.left_machine),
}
"""Where the call goes and what is done on the way; telephony/call/transitions.py makes one table of it and the rest."""

DEPARTING = (
    *(S.TALKING, S.HELD, S.PHONE_HELD, S.RECOVERING, S.QUEUED, S.ALERTING, S.PARKED),
    *WITH_COLLEAGUE,
)
"""States that go on while an agent departs: an end nobody reports is asked for again."""

UNHURT: Mapping[tuple[CallState, CallFact], Row] = {
    (state, F.END_OVERDUE): (state, endings.ask_departing_again) for state in DEPARTING
}

SECOND_PARTY = (
    *(F.COLLEAGUE_JOINED, F.COLLEAGUE_LEFT, F.COLLEAGUE_HELD, F.COLLEAGUE_UNHELD),
    *(F.DEPARTED_GONE, F.CONSULT_FAILED, F.COLLEAGUE_PHONE_GONE),
)
"""Of legs beside the agent's: noted in every state, deciding nothing where no rule says so."""


def late() -> Iterator[tuple[CallState, CallFact]]:
    """Races known to be harmless."""
    yield from ((state, fact) for state in CallState for fact in SECOND_PARTY)
    # The phone's hold beside a colleague: metering knows it, who hears whom is the bridges' to say.
    yield from ((state, fact) for state in WITH_COLLEAGUE for fact in (F.AGENT_HELD, F.AGENT_UNHELD))
    yield from ((S.PARKED, fact) for fact in (F.AGENT_HELD, F.AGENT_UNHELD))
    # A switch that tells ringing after the answer, in a conference long begun.
    yield from ((state, F.COLLEAGUE_RINGING) for state in WITH_COLLEAGUE)

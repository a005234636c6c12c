"""What a journaled event means for this call: leg fact + role + cause → call fact. The tables know call facts only."""

from telephony.abuse import AbusiveCallEnded
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState, CallTimer, Leg, LegState
from telephony.callback import CallbackAgreed, CallbackDeclined, CallbackGivenUp, CallbackOffered, CallbackRested
from telephony.causes import LOST_WITHOUT_GOODBYE
from telephony.commands import FailureReason
from telephony.deaf_lines import RingAnewRequested
from telephony.dialling import CalleeSpared, DialEvent, DialPermitted, DialPurpose, OutsiderWanted
from telephony.events import (
    AgentReserved,
    CallAdmitted,
    CallRequest,
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
from telephony.machines import LegTalkBegan, LegTalkEnded, MachineHeard
from telephony.samples import SampleAnswered, SampleAsked
from telephony.searching import DemandRequested
from telephony.transfers import (
    CallMoved,
    CallParked,
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    HandOnRequest,
    LeaveRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)
from telephony.waiting import AnnouncementBegun, CallOverflowed, MenuAnswered, MenuOpened

_PLAIN = {
    CallAdmitted: CallFact.ADMITTED,
    CallOverflowed: CallFact.MOVED_ON,
    AnnouncementBegun: CallFact.ANNOUNCED,
    MenuOpened: CallFact.MENU_OPENED,
    MenuAnswered: CallFact.MENU_ANSWERED,
    SampleAsked: CallFact.MENU_OPENED,
    SampleAnswered: CallFact.MENU_ANSWERED,
    HoldRequested: CallFact.HOLD_REQUESTED,
    UnholdRequested: CallFact.UNHOLD_REQUESTED,
    HangUpRequested: CallFact.HANG_UP_REQUESTED,
    AbusiveCallEnded: CallFact.HANG_UP_REQUESTED,
    CalleeSpared: CallFact.SPARING_REQUESTED,
    RingAnewRequested: CallFact.RING_ANEW_REQUESTED,
    DemandRequested: CallFact.DEMAND_REQUESTED,
    TransferRequested: CallFact.TRANSFER_REQUESTED,
    ConsultRequested: CallFact.CONSULT_REQUESTED,
    CompleteRequested: CallFact.COMPLETE_REQUESTED,
    CancelRequested: CallFact.CANCEL_REQUESTED,
    SwapRequested: CallFact.SWAP_REQUESTED,
    ConferenceRequested: CallFact.CONFERENCE_REQUESTED,
    LeaveRequested: CallFact.LEAVE_REQUESTED,
    ParkRequested: CallFact.PARK_REQUESTED,
    PickUpRequested: CallFact.PICK_UP_REQUESTED,
    CallMoved: CallFact.CALL_MOVED,
    OutsiderWanted: CallFact.OUTSIDER_WANTED,
    CallParked: CallFact.CALL_PARKED,
    CallbackOffered: CallFact.CALLBACK_OFFERED,
    CallbackDeclined: CallFact.CALLBACK_DECLINED,
    CallbackAgreed: CallFact.CALLBACK_AGREED,
    CallbackRested: CallFact.CALLBACK_RESTED,
    CallbackGivenUp: CallFact.CALLBACK_GIVEN_UP,
}

_OF_CALLER = {
    FallbackAnswered: CallFact.SERVED_BY_DIALPLAN,
    LegAnswered: CallFact.CALLER_ANSWERED,
    LegHungUp: CallFact.CALLER_HUNG_UP,
    LegJoined: CallFact.CALLER_JOINED,
    LegLeft: CallFact.CALLER_LEFT,
    LegHeld: CallFact.CALLER_HELD,
    LegUnheld: CallFact.CALLER_UNHELD,
    LegTalkBegan: CallFact.CALLER_TALKS,
    LegTalkEnded: CallFact.CALLER_SILENT,
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

_OF_COLLEAGUE = {
    LegRinging: CallFact.COLLEAGUE_RINGING,
    LegAnswered: CallFact.COLLEAGUE_ANSWERED,
    LegJoined: CallFact.COLLEAGUE_JOINED,
    LegLeft: CallFact.COLLEAGUE_LEFT,
    LegHeld: CallFact.COLLEAGUE_HELD,
    LegUnheld: CallFact.COLLEAGUE_UNHELD,
}

_TIMERS = {
    CallTimer.WAIT_LIMIT: CallFact.WAIT_LIMIT_CAME,
    CallTimer.RING_OVERDUE: CallFact.RING_OVERDUE,
    CallTimer.RECOVERY_OVER: CallFact.RECOVERY_OVER,
    CallTimer.RING_AGAIN: CallFact.RING_AGAIN_DUE,
    CallTimer.END_OVERDUE: CallFact.END_OVERDUE,
    CallTimer.COLLEAGUE_OVERDUE: CallFact.COLLEAGUE_OVERDUE,
    CallTimer.PARK_OVER: CallFact.PARK_OVER,
    CallTimer.SEARCH_WIDENS: CallFact.SEARCH_WIDENS,
    CallTimer.CALLBACK_EXPIRES: CallFact.CALLBACK_OVER,
    CallTimer.REST_OVER: CallFact.REST_OVER,
    CallTimer.CALLEE_OVERDUE: CallFact.CALLEE_OVERDUE,
    CallTimer.LISTENING_OVER: CallFact.LISTENING_OVER,
}

_DIALS = ("RingEndpoint", "DialOutside")
"""Commands whose failure says that there is no leg."""

_PERMITTED = {
    DialPurpose.TRANSFER: CallFact.TRANSFER_PERMITTED,
    DialPurpose.CONSULT: CallFact.CONSULT_PERMITTED,
    DialPurpose.OVERFLOW: CallFact.OVERFLOW_PERMITTED,
    DialPurpose.CALLBACK: CallFact.CALLEE_PERMITTED,
    DialPurpose.MANUAL: CallFact.CALLEE_PERMITTED,
    DialPurpose.PREVIEW: CallFact.CALLEE_PERMITTED,
    DialPurpose.PROGRESSIVE: CallFact.CALLEE_PERMITTED,
}

_LEAVING = (HangUpRequested, LeaveRequested)

_BEFORE_CALLEE = (CallState.CALLING_AGENT, CallState.CALLING_OUT)
"""An attempt to call somebody goes on."""

_WITH_COLLEAGUE = (
    CallState.CONSULT_RINGING,
    CallState.CONSULTING,
    CallState.SWAPPED,
    CallState.CONFERENCE,
    CallState.COLLEAGUES,
    CallState.DIALLING,
    CallState.OUTSIDE,
)

_BESIDE_OUTSIDER = {
    **{(state, CallFact.COMPLETE_REQUESTED): CallFact.HAND_OUT_REQUESTED for state in CallState},
    **{(state, CallFact.AGENT_HUNG_UP): CallFact.AGENT_LEFT_OUTSIDER for state in CallState},
    (CallState.CONFERENCE, CallFact.LEAVE_REQUESTED): CallFact.HAND_OUT_REQUESTED,
    (CallState.CONFERENCE, CallFact.AGENT_LEG_LOST): CallFact.AGENT_LOST_OUTSIDER,
    **{(CallState.COLLEAGUES, fact): fact for fact in (CallFact.COMPLETE_REQUESTED, CallFact.AGENT_HUNG_UP)},
}
"""What leads elsewhere where the second party is somebody outside: who stays with the caller then is no agent."""


def classify(call: Call, event: Event) -> CallFact | None:
    """What the event means for the call; None where it means nothing to it (stale timer, repeated fact, former leg)."""
    fact = _classify(call, event)
    if fact is None or call.colleague is None or call.colleague.bond is not None:
        return fact
    return _BESIDE_OUTSIDER.get((call.state, fact), fact)


def _classify(call: Call, event: Event) -> CallFact | None:
    if isinstance(event, LegFact):
        leg = call.leg(event.leg_id)
        return None if leg is None else _classify_leg(call, leg, event)
    if isinstance(event, CallTimerFired):
        timer = CallTimer(event.timer)
        return _TIMERS[timer] if (timer, event.due_at) in call.due() else None
    if isinstance(event, EndpointChanged):
        return _classify_phone(call, event)
    return _classify_failure(call, event) if isinstance(event, CommandFailed) else _classify_word(call, event)


def _classify_word(call: Call, event: Event) -> CallFact | None:
    """Of what was asked for or concluded."""
    if isinstance(event, CallTurnedAway):
        return CallFact.SENT_TO_MACHINE if event.to_machine else CallFact.TURNED_AWAY
    if isinstance(event, DialEvent):
        return _classify_dial(call, event)
    if isinstance(event, MachineHeard):
        return CallFact.MACHINE_HEARD if event.is_ended else None
    fact = _PLAIN.get(type(event)) if not isinstance(event, CallOverflowed) or event.to is not None else None
    if isinstance(event, HandOnRequest) and event.to_party_id is not None:
        fact = CallFact.OUTSIDER_REQUESTED
    if isinstance(event, AgentReserved):
        return _classify_reserved(call, event)
    if isinstance(event, _LEAVING) and _is_colleagues(call, event) and not isinstance(event, AbusiveCallEnded):
        return CallFact.COLLEAGUE_LEAVE_REQUESTED
    return _of_attempt(event) if isinstance(event, HangUpRequested) and call.state in _BEFORE_CALLEE else fact


def _classify_reserved(call: Call, event: AgentReserved) -> CallFact:
    if call.bond is not None:
        return CallFact.COLLEAGUE_RESERVED
    return CallFact.AGENT_RESERVED if event.line_leg_id is None else CallFact.LINE_LENT


def _of_attempt(event: HangUpRequested) -> CallFact:
    """An agent ends the attempt to call somebody; a promise to a caller is not theirs to break."""
    return CallFact.HANG_UP_REQUESTED if event.agent_id is None else CallFact.STEP_BACK_REQUESTED


def _classify_dial(call: Call, event: DialEvent) -> CallFact | None:
    """Only an answer to what is asked now counts; a permit for who has the caller no more is none."""
    if call.dial is None or call.dial.leg_id != event.leg_id:
        return None
    whose = None if call.bond is None else call.bond.agent_id
    is_theirs = event.agent_id == whose
    return _PERMITTED[event.purpose] if is_theirs and isinstance(event, DialPermitted) else CallFact.DIAL_REFUSED


def _is_colleagues(call: Call, event: CallRequest) -> bool:
    return call.colleague is not None and call.colleague.bond is not None and call.colleague.agent_id == event.agent_id


def _classify_phone(call: Call, event: EndpointChanged) -> CallFact | None:
    """Only phones of those who are in the call count; a colleague's that is back changes nothing."""
    if call.colleague is not None and call.colleague.is_at(event.endpoint_id):
        return None if event.is_reachable else CallFact.COLLEAGUE_PHONE_GONE
    if call.departing and any(party.is_at(event.endpoint_id) for party in call.departing):
        return None
    return CallFact.PHONE_BACK if event.is_reachable else CallFact.PHONE_GONE


def _classify_leg(call: Call, leg: Leg, event: LegFact) -> CallFact | None:
    if leg.state is LegState.GONE:
        return None
    if leg is call.caller:
        return _OF_CALLER.get(type(event))
    return _classify_agents(call, leg, event) if leg is call.agent else _classify_beside(call, leg, event)


def _classify_agents(call: Call, leg: Leg, event: LegFact) -> CallFact | None:
    if isinstance(event, LegHungUp):
        fact, colleague = _classify_agent_end(leg, event), call.colleague
        # The switch shows the colleague with the caller: the handing over took effect, and only our word of it was lost.
        is_handed_over = colleague is not None and colleague.leg.bridge_id == call.bridge_id
        return CallFact.AGENT_HUNG_UP if is_handed_over and fact is CallFact.AGENT_LEG_LOST else fact
    if leg.state is LegState.ENDING and _is_home(leg, event):
        return CallFact.CANCELLED_LEG_GONE
    if isinstance(event, LegRinging) and (leg.is_ringing or leg.is_answered):
        return None
    if isinstance(event, LegAnswered) and (leg.is_answered or leg.state is LegState.ENDING):
        return None  # an answer that crossed our hang-up: the leg's end will come
    return _OF_AGENT.get(type(event))


def _classify_beside(call: Call, leg: Leg, event: LegFact) -> CallFact | None:
    """Of an agent who departs only the end counts; a colleague's line that dies is a goodbye like any other."""
    if leg.state is LegState.ENDING:
        return CallFact.DEPARTED_GONE if isinstance(event, LegHungUp) or _is_home(leg, event) else None
    if isinstance(event, LegHungUp):
        party = call.colleague
        is_with_caller = call.state is not CallState.OUTSIDE or (party is not None and party.has_met_caller)
        return CallFact.COLLEAGUE_LEFT_CALL if leg.is_answered and is_with_caller else CallFact.COLLEAGUE_FAILED
    is_known = leg.is_answered or (leg.is_ringing and isinstance(event, LegRinging))
    return None if is_known and isinstance(event, LegRinging | LegAnswered) else _OF_COLLEAGUE.get(type(event))


def _is_home(leg: Leg, event: LegFact) -> bool:
    """Whether a lent leg is back where it came from, which is the end of its part in the call."""
    return isinstance(event, LegJoined) and event.bridge_id == leg.home


def _classify_agent_end(leg: Leg, event: LegHungUp) -> CallFact:
    """A plain BYE is a goodbye. No BYE, or one whose reason names a fault, is a lost line: the caller is kept."""
    if leg.state is LegState.ENDING:
        return CallFact.CANCELLED_LEG_GONE
    if not leg.is_answered:
        return CallFact.OFFER_FAILED
    is_goodbye = event.by_phone and event.cause not in LOST_WITHOUT_GOODBYE
    return CallFact.AGENT_HUNG_UP if is_goodbye else CallFact.AGENT_LEG_LOST


def _classify_failure(call: Call, event: CommandFailed) -> CallFact | None:
    """A leg that the switch proves not to have is gone, whoever should have told us."""
    leg = call.leg(event.leg_id) if event.leg_id is not None else None
    if event.reason in (FailureReason.DISCONNECTED, FailureReason.TIMED_OUT):
        return CallFact.COMMAND_FAILED  # a line that owes an answer is cut: reconciling after the reconnect says what is true
    if event.command == "JoinBridge":
        return _classify_join_failure(call, event)
    if leg is not None and leg.is_live and (event.command in _DIALS or event.reason == FailureReason.GONE):
        return _proven_gone(call, leg, event)
    return CallFact.COMMAND_FAILED


def _classify_join_failure(call: Call, event: CommandFailed) -> CallFact:
    """Only who was to come to the caller decides about the call; a leg that was let go meanwhile is nobody's loss."""
    if event.bridge_id not in (None, call.bridge_id) or call.state in _WITH_COLLEAGUE:
        is_now = event.bridge_id in (call.consult_bridge_id, call.conference_bridge_id, call.bridge_id)
        return CallFact.CONSULT_FAILED if is_now and call.state in _WITH_COLLEAGUE else CallFact.COMMAND_FAILED
    is_former = event.leg_id is not None and (call.leg(event.leg_id) is None or call.party(event.leg_id) is not None)
    return CallFact.COMMAND_FAILED if is_former else CallFact.CONNECT_FAILED


def _proven_gone(call: Call, leg: Leg, event: CommandFailed) -> CallFact:
    if leg is call.caller:
        return CallFact.CALLER_HUNG_UP
    if leg is not call.agent:
        if leg.state is LegState.ENDING:
            return CallFact.DEPARTED_GONE
        return CallFact.COLLEAGUE_LEFT_CALL if leg.is_answered else CallFact.COLLEAGUE_FAILED
    if leg.state is LegState.ENDING:
        return CallFact.CANCELLED_LEG_GONE
    return CallFact.AGENT_LEG_LOST if leg.is_answered and event.command != "RingEndpoint" else CallFact.OFFER_FAILED

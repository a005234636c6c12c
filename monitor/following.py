"""What each event of the journal means for the board. An event not named here shows nothing."""

from dataclasses import dataclass, field
from functools import singledispatch

from monitor import callback_board, callee_board, ear_board, tape_board
from monitor.agent_board import AgentBoard
from monitor.call_board import CallBoard
from monitor.emergency_board import EmergencyBoard
from monitor.names import Centre
from monitor.rows import SwitchRow
from telephony import events as ev
from telephony.agent.judged import PresenceJudged
from telephony.agent.noted import AgentNoted
from telephony.agent.on_shift import ShiftTold
from telephony.callback import CallbackAgreed, CallbackOffered, CallbackRested
from telephony.consents import ConsentWithdrawn
from telephony.dialling import CallPlaced, DialDropped, DialPermitted, DialRefused, DialRequested
from telephony.emergencies import EmergencyDialled, EmergencySeen
from telephony.identifiers import AgentId, CallId, Instant, ProjectId, SwitchName
from telephony.machines import MachineHeard
from telephony.open_lines import LineCloseRequested, LineOpenRequested, LineTold
from telephony.transfers import CallMoved, CallParked, ConsultAnswered
from telephony.waiting import CallOverflowed, MenuAnswered

DEFAULT_THRESHOLD_MS = 20_000
WITHDRAWN = "consent_withdrawn"
"""The called party has withdrawn in the course of the call."""


@dataclass(slots=True, kw_only=True)
class Boards:
    """The live state behind the rows."""

    centre: Centre
    calls: CallBoard
    agents: AgentBoard = field(default_factory=AgentBoard)
    switches: dict[SwitchName, SwitchRow] = field(default_factory=dict)
    own_calls: dict[AgentId, CallId] = field(default_factory=dict)
    """Whose wrap-up is after a call that began with us: no handling time of calls that came in."""
    emergencies: EmergencyBoard = field(default_factory=lambda: EmergencyBoard({}))

    def step_agent(self, agent_id: AgentId, envelope: ev.Envelope) -> None:
        """The agent is as after the event; a wrap-up it ended counts as handling time of its project."""
        over = self.agents.step(agent_id, envelope)
        if over is not None and self.own_calls.pop(agent_id, None) is None:
            self.calls.count(over.project_id, envelope.received_at, handled_ms=over.lasted_ms)


@singledispatch
def follow(_event: ev.Event, _boards: Boards, _envelope: ev.Envelope) -> None:
    """The boards are as they stand after the event."""


# -- agents --------------------------------------------------------------------------------------------------------------


@follow.register
def _(event: ev.AgentRequest, boards: Boards, envelope: ev.Envelope) -> None:
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: ev.AgentTimerFired, boards: Boards, envelope: ev.Envelope) -> None:
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: AgentNoted, boards: Boards, envelope: ev.Envelope) -> None:
    boards.step_agent(event.agent_id, envelope)
    boards.agents.keeps_line(event.agent_id, None if event.line is None else event.line.state)


@follow.register
def _(event: ShiftTold, boards: Boards, envelope: ev.Envelope) -> None:
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: PresenceJudged, boards: Boards, _envelope: ev.Envelope) -> None:
    boards.agents.judge(event)


@follow.register
def _(event: ev.RequestRefused, boards: Boards, envelope: ev.Envelope) -> None:
    boards.agents.refuse(event, envelope.received_at)


@follow.register
def _(event: ev.EndpointChanged, boards: Boards, _envelope: ev.Envelope) -> None:
    agent_id = boards.centre.endpoints.get(event.endpoint_id)
    if agent_id is not None:
        boards.agents.presence(agent_id, event)


# -- switches ------------------------------------------------------------------------------------------------------------


@follow.register
def _(event: ev.SwitchConnected, boards: Boards, envelope: ev.Envelope) -> None:
    _switch(boards, event.switch, envelope.occurred_at, is_connected=True)


@follow.register
def _(event: ev.SwitchDisconnected, boards: Boards, envelope: ev.Envelope) -> None:
    _switch(boards, event.switch, envelope.occurred_at, is_connected=False)
    tape_board.cut(boards.calls, envelope)


def _switch(boards: Boards, name: SwitchName, at: Instant, *, is_connected: bool) -> None:
    boards.switches[name] = SwitchRow(switch=name, is_connected=is_connected, since_at=at)


# -- calls to a control room ---------------------------------------------------------------------------------------------


@follow.register
def _(event: EmergencyDialled, boards: Boards, envelope: ev.Envelope) -> None:
    boards.emergencies.raise_alert(envelope, event.number, event.dialled_by)


@follow.register
def _(event: EmergencySeen, boards: Boards, _envelope: ev.Envelope) -> None:
    boards.emergencies.see(event.emergency_id)


# -- calls ---------------------------------------------------------------------------------------------------------------


@follow.register
def _(event: ev.LegOffered, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        boards.calls.offer(envelope.call_id, event, envelope.occurred_at)


@follow.register
def _(event: ev.CallAdmitted, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.admit(event, envelope.occurred_at, _threshold_ms(boards, event.terms.project_id))


@follow.register
def _(event: CallOverflowed, boards: Boards, envelope: ev.Envelope) -> None:
    if event.to is not None:
        threshold_ms = _threshold_ms(boards, event.to.project_id)
        boards.calls.move_on(event.call_id, event.to.project_id, envelope.occurred_at, threshold_ms)


@follow.register
def _(event: MenuAnswered, boards: Boards, envelope: ev.Envelope) -> None:
    if event.to is not None:
        threshold_ms = _threshold_ms(boards, event.to.project_id)
        boards.calls.move_on(event.call_id, event.to.project_id, envelope.occurred_at, threshold_ms)


def _threshold_ms(boards: Boards, project_id: ProjectId) -> int:
    project = boards.centre.projects.get(project_id)
    return project.service_level_ms if project is not None else DEFAULT_THRESHOLD_MS


@follow.register
def _(event: ev.CallTurnedAway, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.turn_away(event, envelope.occurred_at)


@follow.register
def _(_event: DialRequested, _boards: Boards, _envelope: ev.Envelope) -> None:
    """What becomes of it is told by the call."""


@follow.register
def _(_event: LineOpenRequested | LineCloseRequested, _boards: Boards, _envelope: ev.Envelope) -> None:
    """What becomes of it is told by the line."""


@follow.register
def _(event: LineTold, boards: Boards, _envelope: ev.Envelope) -> None:
    boards.agents.keeps_line(event.agent_id, event.state)


@follow.register
def _(event: CallPlaced, boards: Boards, envelope: ev.Envelope) -> None:
    callee_board.place(boards.calls, event, envelope.occurred_at)


@follow.register
def _(event: ev.AgentReserved, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.reserve(event, envelope.occurred_at)
    boards.agents.permitted(event.agent_id)
    boards.step_agent(event.agent_id, envelope)
    boards.own_calls.pop(event.agent_id, None)  # there was no wrap-up to be told apart


@follow.register
def _(event: ev.AgentAlerted, boards: Boards, envelope: ev.Envelope) -> None:
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: ev.AgentConnected, boards: Boards, envelope: ev.Envelope) -> None:
    is_first = boards.calls.connect(event, envelope.occurred_at)
    boards.step_agent(event.agent_id, envelope)
    boards.agents.start_talk(event.agent_id, envelope.occurred_at, counts=is_first)


@follow.register
def _(event: ev.AgentLost, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.lose_agent(event, envelope.occurred_at)
    boards.agents.stop_talk(event.agent_id, envelope.occurred_at)
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: ev.AgentReleased, boards: Boards, envelope: ev.Envelope) -> None:
    call = boards.calls.calls.get(event.call_id)
    if call is not None and call.is_outbound:
        boards.own_calls[event.agent_id] = event.call_id
    boards.calls.release(event, envelope.occurred_at)
    boards.agents.stop_talk(event.agent_id, envelope.occurred_at)
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: ConsultAnswered, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.ask(event)
    boards.step_agent(event.agent_id, envelope)


@follow.register
def _(event: CallMoved, boards: Boards, envelope: ev.Envelope) -> None:
    project = boards.centre.projects.get(event.terms.project_id)
    threshold_ms = project.service_level_ms if project is not None else DEFAULT_THRESHOLD_MS
    boards.calls.move(event, envelope.occurred_at, threshold_ms)


@follow.register
def _(event: CallParked, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.park(event, envelope.occurred_at)


@follow.register
def _(event: ev.CallQueuedAgain, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.queue_again(event, envelope.occurred_at)


@follow.register
def _(event: ev.CallEnded, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.end(event, envelope.occurred_at)


@follow.register
def _(event: DialPermitted, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.dial(event, envelope.occurred_at)
    if event.agent_id is not None:
        boards.agents.permitted(event.agent_id)
    if event.is_emergency:
        boards.emergencies.raise_alert(envelope, event.number.masked, event.agent_id, event.call_id)


@follow.register
def _(event: CallbackOffered, boards: Boards, envelope: ev.Envelope) -> None:
    callback_board.ask(boards.calls, event, envelope.occurred_at)


@follow.register
def _(event: CallbackAgreed, boards: Boards, envelope: ev.Envelope) -> None:
    callback_board.agree(boards.calls, event, envelope.occurred_at)


@follow.register
def _(event: CallbackRested, boards: Boards, _envelope: ev.Envelope) -> None:
    callback_board.rest(boards.calls, event)


@follow.register
def _(event: DialDropped, boards: Boards, envelope: ev.Envelope) -> None:
    boards.calls.drop_dial(event, envelope.occurred_at)


@follow.register
def _(event: DialRefused, boards: Boards, _envelope: ev.Envelope) -> None:
    boards.calls.refuse_dial(event)
    if event.agent_id is not None:
        boards.agents.not_permitted(event.agent_id, event.code)


@follow.register
def _(event: MachineHeard, boards: Boards, _envelope: ev.Envelope) -> None:
    boards.calls.note_outside(event.call_id, callee_board.MACHINE)


@follow.register
def _(event: ConsentWithdrawn, boards: Boards, _envelope: ev.Envelope) -> None:
    boards.calls.note_outside(event.call_id, WITHDRAWN)


def _tell_tape(_event: ev.Event, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        tape_board.tell(boards.calls, envelope.call_id, envelope)


def _tell_ear(_event: ev.Event, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        ear_board.tell(boards.calls, envelope.call_id, envelope)


for each in tape_board.HEARD:
    follow.register(each)(_tell_tape)
for heard in ear_board.HEARD:
    follow.register(heard)(_tell_ear)

# -- legs: hold, and the end of talk -------------------------------------------------------------------------------------


@follow.register
def _(event: ev.LegRinging, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        callee_board.tell(boards.calls, envelope.call_id, event)


@follow.register
def _(event: ev.LegAnswered, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        callee_board.tell(boards.calls, envelope.call_id, event)
        boards.calls.tell_outside(envelope.call_id, event, envelope.occurred_at)


@follow.register(ev.LegLeft)
@follow.register(ev.LegHeld)
def _(event: ev.LegLeft | ev.LegHeld, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        boards.calls.tell_outside(envelope.call_id, event, envelope.occurred_at)
        _stop_talk(boards, boards.calls.hold(envelope.call_id, event.leg_id, envelope.occurred_at), envelope.occurred_at)


@follow.register(ev.LegJoined)
@follow.register(ev.LegUnheld)
def _(event: ev.LegJoined | ev.LegUnheld, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        boards.calls.tell_outside(envelope.call_id, event, envelope.occurred_at)
    is_beside = isinstance(event, ev.LegJoined) and ".consult." in event.bridge_id  # with a colleague, not with the caller
    if envelope.call_id is not None and not is_beside:
        agent_id = boards.calls.unhold(envelope.call_id, event.leg_id, envelope.occurred_at)
        if agent_id is not None:
            boards.agents.start_talk(agent_id, envelope.occurred_at)


@follow.register
def _(event: ev.LegHungUp, boards: Boards, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        callee_board.tell(boards.calls, envelope.call_id, event)
        boards.calls.tell_outside(envelope.call_id, event, envelope.occurred_at)
        _stop_talk(boards, boards.calls.hang_up(envelope.call_id, event.leg_id, envelope.occurred_at), envelope.occurred_at)


def _stop_talk(boards: Boards, agent_id: AgentId | None, at: Instant) -> None:
    if agent_id is not None:
        boards.agents.stop_talk(agent_id, at)

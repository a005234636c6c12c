"""Agents' open lines in a turn: what each event means for one, and who may have one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

from msgspec.structs import replace

from routing.directory import Directory
from telephony.agent import open_line
from telephony.agent.model import Agent, AgentRules, AgentState, AgentTimer
from telephony.agent.open_line import Happened, LineFact, OpenLine
from telephony.agent.presence import Presence
from telephony.call.model import Call
from telephony.commands import FailureReason
from telephony.engine.arrival import Arrival, TurnResult, again_of
from telephony.engine.placing import switch_of
from telephony.engine.registry import Registry
from telephony.errors import Refusal, RefusalCode, UnexpectedEvent
from telephony.events import (
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    CommandFailed,
    EndpointChanged,
    Envelope,
    Event,
    LegAnswered,
    LegFact,
    LegHungUp,
    UnexpectedHappened,
)
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, SwitchName, call_of, leg_id
from telephony.open_lines import LineBegun, LineCloseRequested, LineOpenRequested, LineState, LineTold

MAY_OPEN = (AgentState.AVAILABLE, AgentState.PAUSED, AgentState.WRAP_UP)
"""Whose phone is free."""

_UNTOLD = (FailureReason.DISCONNECTED, FailureReason.TIMED_OUT)
"""A line that owes an answer is cut: reconciling after the reconnect says what is true."""


class Reachability(Protocol):
    """What is known of phones and switches."""

    def refusal_of_phone(self, agent: Agent, switch: SwitchName | None) -> Refusal | None: ...
    def presence_at(self, endpoint_id: EndpointId) -> Presence | None: ...


class Course(Protocol):
    """What of a turn is touched here."""

    directory: Directory
    rules: AgentRules
    agents: dict[AgentId, Agent]
    registry: Registry
    result: TurnResult

    @property
    def index(self) -> Reachability: ...
    def conclude(self, event: Event, cause: Envelope | Arrival) -> None: ...


def step_line(turn: Course, envelope: Envelope) -> None:
    """The agent's open line, if they keep one, is as after the event."""
    agent = None if envelope.agent_id is None else turn.agents.get(envelope.agent_id)
    if agent is None or agent.line is None:
        return
    fact = fact_of(agent.line, envelope.event)
    if fact is None:
        return
    happened = Happened(envelope=envelope, idle_ms=turn.rules.line_idle_ms, call_id=getattr(envelope.event, "call_id", None))
    try:
        done = open_line.step(agent.line, fact, happened)
    except UnexpectedEvent:
        what = UnexpectedHappened(
            machine="line", state=agent.line.state, event=type(envelope.event).__name__, agent_id=agent.agent_id
        )
        turn.conclude(what, envelope)
        return
    turn.result.commands.extend(done.commands)
    _keep(turn, agent, done.line, envelope)


def fact_of(line: OpenLine, event: Event) -> LineFact | None:
    """What the event of its agent means for the line; None where it means nothing to it."""
    if isinstance(event, LegFact | CommandFailed):
        return _of_leg(line, event) if event.leg_id == line.leg_id else None
    read = _OF_AGENT.get(type(event))
    return None if read is None else read(line, event)


def let_go(turn: Course, before: Agent, after: Agent, envelope: Envelope) -> None:
    """Who went off duty keeps no line."""
    if before.line is not None and after.line is None:
        turn.result.commands.extend(open_line.let_go(before.line))
        turn.conclude(LineTold(agent_id=before.agent_id, leg_id=before.line.leg_id, state=None), envelope)


def ask_for_line(turn: Course, envelope: Envelope) -> Refusal | None:
    """The phone is rung for it; one that is there already, or opens, is left alone."""
    event = cast(LineOpenRequested, envelope.event)
    agent, profile = turn.agents.get(event.agent_id), turn.directory.agents.get(event.agent_id)
    if agent is None:
        return Refusal(code=RefusalCode.NOT_LOGGED_IN, facts={"state": AgentState.LOGGED_OUT.value})
    if profile is None or not profile.keeps_line:
        return Refusal(code=RefusalCode.NO_OPEN_LINE, facts={"agent": event.agent_id})
    if agent.line is not None:
        return None
    switch = envelope.switch or switch_of(agent, turn.index)
    if agent.state not in MAY_OPEN:
        return Refusal(code=RefusalCode.WRONG_STATE, facts={"state": agent.state.value})
    refusal = turn.index.refusal_of_phone(agent, switch)
    if refusal is not None or agent.endpoint_id is None or switch is None:
        return refusal
    begun = LineBegun(
        agent_id=agent.agent_id,
        leg_id=leg_id(CallId(envelope.event_id), "line", 1),
        endpoint_id=agent.endpoint_id,
        phone_answers=profile.phone_answers,
    )
    turn.conclude(begun, replace(again_of(envelope), switch=switch))
    return None


def refuse_close(turn: Course, envelope: Envelope) -> Refusal | None:
    """Who keeps no line has none to close. A line that there was has heard of it already."""
    event = cast(LineCloseRequested, envelope.event)
    agent = turn.agents.get(event.agent_id)
    if agent is None:
        return Refusal(code=RefusalCode.NOT_LOGGED_IN, facts={"state": AgentState.LOGGED_OUT.value})
    return Refusal(code=RefusalCode.NO_OPEN_LINE, facts={"agent": event.agent_id}) if agent.line is None else None


def begin_line(turn: Course, envelope: Envelope) -> Refusal | None:
    """The line is there, and its phone is rung; who is reserved meanwhile has none."""
    event, switch = cast(LineBegun, envelope.event), envelope.switch
    agent = turn.agents.get(event.agent_id)
    if agent is None or switch is None or agent.line is not None or agent.state not in MAY_OPEN:
        return None
    begun = open_line.begin(event, switch, envelope.received_at)
    turn.result.commands.extend(begun.commands)
    _keep(turn, agent, begun.line, envelope)
    return None


def call_with(leg: LegId, calls: Mapping[CallId, Call]) -> Call | None:
    """The call that has this leg of ours, its own or a lent one."""
    own = call_of(leg)
    if own is None or own in calls:
        return None if own is None else calls[own]
    return next((call for call in calls.values() if call.leg(leg) is not None), None)


def lines_at(switch: SwitchName, agents: Iterable[Agent]) -> list[OpenLine]:
    """The open lines that switch carries."""
    return [agent.line for agent in agents if agent.line is not None and agent.line.switch == switch]


_OF_AGENT: Mapping[type[Event], Callable[[OpenLine, Any], LineFact | None]] = {
    AgentReserved: lambda line, event: LineFact.LENT if event.line_leg_id == line.leg_id else None,
    AgentReleased: lambda line, event: LineFact.RETURNED if event.call_id == line.call_id else None,
    LineCloseRequested: lambda _line, _event: LineFact.CLOSE_ASKED,
    AgentTimerFired: lambda line, event: LineFact.DUE if _is_due(line, event) else None,
    EndpointChanged: lambda _line, event: None if event.is_reachable else LineFact.PHONE_GONE,
}


def _is_due(line: OpenLine, event: AgentTimerFired) -> bool:
    return event.timer == AgentTimer.LINE_DUE and event.due_at == line.due_at


def _of_leg(line: OpenLine, event: LegFact | CommandFailed) -> LineFact | None:
    if isinstance(event, CommandFailed):
        return _of_failure(line, event)
    if isinstance(event, LegHungUp):
        return LineFact.GONE
    return LineFact.ANSWERED if isinstance(event, LegAnswered) else None


def _of_failure(line: OpenLine, event: CommandFailed) -> LineFact | None:
    if event.reason in _UNTOLD:
        return None
    if event.command == "JoinBridge":
        return LineFact.HOME_LOST if event.bridge_id == line.home else None
    is_gone = event.command == "RingEndpoint" or event.reason == FailureReason.GONE
    return LineFact.GONE if is_gone else None


def _keep(turn: Course, before: Agent, line: OpenLine | None, envelope: Envelope) -> None:
    after = replace(before, line=line)
    turn.result.due += turn.registry.keep_agent(before, after)
    either = line or before.line
    if either is not None and _state(before.line) is not _state(line):
        turn.conclude(LineTold(agent_id=before.agent_id, leg_id=either.leg_id, state=_state(line)), envelope)


def _state(line: OpenLine | None) -> LineState | None:
    return None if line is None else line.state

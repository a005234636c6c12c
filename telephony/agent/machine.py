"""The agent machine: one pure step, `(agent, event) -> agent or refusal`."""

from telephony.agent.actions import Context
from telephony.agent.model import Agent, AgentRules, AgentState, AgentTimer
from telephony.agent.noted import AgentNoted, agent_of
from telephony.agent.transitions import LATE, REQUESTS, TRANSITIONS
from telephony.errors import Refusal, RefusalCode, UnexpectedEvent
from telephony.events import AgentTimerFired, Envelope


def step(agent: Agent, envelope: Envelope, rules: AgentRules) -> Agent | Refusal:
    """What the event does to the agent.

    Raises `UnexpectedEvent` for a pair the tables call impossible; the agent is unchanged then.
    """
    event = envelope.event
    if isinstance(event, AgentNoted):
        return agent_of(event)
    if isinstance(event, AgentTimerFired) and (AgentTimer(event.timer), event.due_at) not in agent.due():
        return agent
    if isinstance(event, AgentTimerFired) and event.timer == AgentTimer.LINE_DUE:
        return agent  # their open line's (open_line.py)
    key = (agent.state, type(event))
    rule = TRANSITIONS.get(key)
    if rule is not None:
        return rule.action(agent, Context(envelope, rules))
    if isinstance(event, REQUESTS):
        code = RefusalCode.NOT_LOGGED_IN if agent.state is AgentState.LOGGED_OUT else RefusalCode.WRONG_STATE
        return Refusal(code=code, facts={"state": agent.state.value})
    if key in LATE:
        return agent
    raise UnexpectedEvent(
        f"an agent who is {agent.state.value} cannot meet {type(event).__name__}",
        state=agent.state.value,
        event=type(event).__name__,
    )

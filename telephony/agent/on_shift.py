"""Measures against an agent and the shift they end with: what the plan of shifts, and a person, tell the agent machine.

A measure that the service takes by itself, such as a forced pause, ends with the shift in which it was taken.
"""

from telephony.events import AgentRequest, Event
from telephony.identifiers import AgentId, Instant


class ShiftTold(Event, frozen=True, kw_only=True):
    """The agent's shift lasts until `until_at` (back-to-back slots are one shift); None: they are in no planned shift now.

    To be told at log-in, at the boundaries of shifts, and when the plan of an agent on duty changes.
    """

    agent_id: AgentId
    until_at: Instant | None


class PauseConfirmed(AgentRequest, frozen=True, kw_only=True):
    """A person (`by`) confirms the forced pause: it lasts until that person, or the agent, ends it."""

"""An agent's open line, as the journal keeps it: one leg to their phone that stays up between the calls they place.

Its leg belongs to the agent. A call they place borrows it; while it does, what happens to the leg belongs to that call as well.
"""

from enum import StrEnum

from telephony.events import AgentRequest, Event
from telephony.identifiers import AgentId, EndpointId, LegId


class LineState(StrEnum):
    """How far an open line has come; one that is over has none."""

    OPENING = "opening"
    """The phone rings for it."""
    OPEN = "open"
    """Up, in a bridge of its own, quiet."""
    LENT = "lent"
    """A call has it."""
    CLOSING = "closing"
    """We asked for its end; it counts as there until the switch says it is gone."""


class LineOpenRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent wants their phone on the line for the calls they place from now on."""


class LineCloseRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent wants it no more; a call that has it keeps it to its end."""


class LineBegun(Event, frozen=True, kw_only=True):
    """The phone is about to be rung for the agent's open line, which will be this leg."""

    agent_id: AgentId
    leg_id: LegId
    endpoint_id: EndpointId
    phone_answers: bool = False


class LineTold(Event, frozen=True, kw_only=True):
    """The agent's open line is so from here on; None: there is none any more."""

    agent_id: AgentId
    leg_id: LegId
    state: LineState | None

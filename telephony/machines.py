"""Answering machines at the other end, as the journal keeps them: when the called party spoke first, and what that was taken for.

Only how long the first words last is looked at, never what is said or how. Whoever is not surely a machine is a person.
"""

from telephony.events import Event, LegFact
from telephony.identifiers import AgentId, CallId, LegId


class LegTalkBegan(LegFact, frozen=True, kw_only=True):
    """Sound comes from a leg that is listened to."""


class LegTalkEnded(LegFact, frozen=True, kw_only=True):
    """The leg is silent again; it had sounded for `talked_ms`, the silence not counted."""

    talked_ms: int


class MachineHeard(Event, frozen=True, kw_only=True):
    """The called party is an answering machine: it spoke without a pause for longer than a person who answers does.

    Nothing may be played to it, and nothing of it recorded. `is_ended`: its leg is ended for that; else the agent decides.
    """

    call_id: CallId
    leg_id: LegId
    agent_id: AgentId | None = None
    is_ended: bool = False

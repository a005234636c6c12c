"""Consent to advertising, as far as a call is concerned."""

from telephony.events import Event
from telephony.identifiers import AgentId, CallId, LegId, UserId


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """The called party has withdrawn the consent this leg was dialled by: nothing is advertised in it from here on."""

    call_id: CallId
    leg_id: LegId
    by: UserId
    agent_id: AgentId | None = None

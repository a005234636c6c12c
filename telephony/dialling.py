"""Dialling somebody outside, as the journal keeps it: what the desk of permissions said, before anything went to the switch.

Nobody is named but by party id. What billing and the screens need of the number dialled stands in the permit.
"""

from enum import StrEnum

import msgspec

from telephony.events import AgentRequest, CallRequest, Event, LegFact, NumberFacts
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, LegId, PartyId, ProjectId
from telephony.terms import ProjectTerms

EMERGENCY_CLASS = "emergency"
"""The class of numbers that go by a line of their own."""


class DialPurpose(StrEnum):
    """What somebody outside is dialled for."""

    TRANSFER = "transfer"
    """To have the caller, unannounced."""
    CONSULT = "consult"
    """To be asked by the agent first."""
    OVERFLOW = "overflow"
    """To have a caller who waits, by a rule of the project."""
    CALLBACK = "callback"
    """The caller, who asked to be called back: an agent is on the line already."""
    MANUAL = "manual"
    """Whom an agent wants to speak with, who is on the line already."""
    PREVIEW = "preview"
    """The same; the agent was given whom, saw who it is, and wanted it."""
    PROGRESSIVE = "progressive"
    """The same; nobody asked the agent."""


class DialReference(msgspec.Struct, frozen=True, kw_only=True):
    """What a call outside rests on. `kind` is one of `ReferenceKind` in routing/outbound/asking.py, and `id` names it there."""

    kind: str
    id: str
    given_at: Instant | None = None
    expires_at: Instant | None = None
    work: str = ""
    """What the called party is wanted for, one of `WorkKind`; empty: what the project's calls are for."""
    callee: str = ""
    """Whom the law sees in them, one of `Callee`; empty: a consumer."""
    region: str | None = None
    """The Bundesland they are known to live in; None: as their number tells."""
    promised_for: Instant | None = None
    """For when they were promised a call in a talk with them; None: they were not."""


class NumberDialled(LegFact, frozen=True, kw_only=True):
    """An agent's phone dialled somebody's number, with the code of a project before it or without."""

    endpoint_id: EndpointId
    party_id: PartyId
    number: NumberFacts
    dial_code: str | None


class DialRequested(AgentRequest, frozen=True, kw_only=True):
    """The agent wants to call somebody for a project. `call_id` is chosen by who asks: asked again, nobody is called again."""

    call_id: CallId
    project_id: ProjectId
    party_id: PartyId
    number: NumberFacts
    reference: DialReference
    leg_id: LegId | None = None
    """Their phone, which is on the line already; None: it is rung."""
    purpose: DialPurpose = DialPurpose.MANUAL


class CallPlaced(Event, frozen=True, kw_only=True):
    """A call begins with us: the agent is reserved for it next, rung, and then the party is dialled, if the desk permits it.

    `terms` are the project's as they are now. It belongs to the call alone: `placed_by` has it in their own stream as a request.
    """

    call_id: CallId
    placed_by: AgentId
    party_id: PartyId
    number: NumberFacts
    reference: DialReference
    terms: ProjectTerms
    leg_id: LegId | None = None
    purpose: DialPurpose = DialPurpose.MANUAL


class OutsiderWanted(Event, frozen=True, kw_only=True):
    """A rule of the project sends the caller, who waits, to somebody outside, if the desk permits it; they keep their place."""

    call_id: CallId
    party_id: PartyId


class DialEvent(Event, frozen=True, kw_only=True):
    """About one leg that somebody asked for; `leg_id` is the one that will be dialled if it may be."""

    call_id: CallId
    leg_id: LegId
    party_id: PartyId
    purpose: DialPurpose
    agent_id: AgentId | None = None


class DialPermitted(DialEvent, frozen=True, kw_only=True):
    """The number may be dialled as this leg, once and now, within these limits; on disk before the first packet.

    `shown` by the right `right_id`. Money is in millionths of the centre's currency: the price of a minute, and the most the leg
    can cost, which is why it has to end `max_duration_ms` after its answer.
    """

    number: NumberFacts
    shown: str | None
    right_id: str | None
    rules_version: str
    revision: int
    ring_limit_ms: int
    max_duration_ms: int
    rate_micros: int
    cost_limit_micros: int
    consent_id: str | None = None

    @property
    def is_emergency(self) -> bool:
        """Whether it is the emergency number of a control room."""
        return self.number.number_class == EMERGENCY_CLASS


class DialDropped(Event, frozen=True, kw_only=True):
    """The permit for this leg came when nobody wanted the party any more: it was not dialled under it, and never will be."""

    call_id: CallId
    leg_id: LegId


class CalleeSpared(CallRequest, frozen=True, kw_only=True):
    """Whom the call is to reach has come on a list, or withdrawn a consent, that forbids it: a leg that rings is ended."""


class DialRefused(DialEvent, frozen=True, kw_only=True):
    """The number is not dialled: why, and the facts the sentence for the agent is made of."""

    code: str
    facts: dict[str, str | int] = msgspec.field(default_factory=dict)

"""What somebody wants to dial, and what permission says: a permit with its limits, or a refusal with its facts."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from telephony.errors import Refusal
from telephony.events import NumberFacts
from telephony.identifiers import AgentId, CallId, ClientId, Instant, LegId, ProjectId

__all__ = ["Callee", "DialAsk", "DialPurpose", "Permit", "Reference", "ReferenceKind", "Refusal", "WorkKind"]


class DialPurpose(StrEnum):
    """Why a leg to somebody outside is wanted. There is no predictive dialling."""

    CALLBACK = "callback"
    """A caller asked by keys to be called back, and keeps their place."""
    TRANSFER = "transfer"
    CONSULT = "consult"
    CONFERENCE = "conference"
    OVERFLOW = "overflow"
    """A waiting caller is sent to somebody outside."""
    MANUAL = "manual"
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    __hash__ = str.__hash__  # an enum's own hashes the name, in Python: each decision looks several up

    @property
    def is_handing_on(self) -> bool:
        """Whether somebody is on the line already, for whose sake a further party is called."""
        return self in _HANDING_ON


_HANDING_ON = frozenset({DialPurpose.TRANSFER, DialPurpose.CONSULT, DialPurpose.CONFERENCE, DialPurpose.OVERFLOW})


class WorkKind(StrEnum):
    """What the called party is wanted for."""

    SERVICE = "service"
    ADVERTISING = "advertising"
    SURVEY = "survey"
    CALL_BACK = "call_back"

    @property
    def counts_as_advertising(self) -> bool:
        """Surveys fall under the rules of advertising: satisfaction is asked for in order to sell (BGH VI ZR 225/17)."""
        return self in (WorkKind.ADVERTISING, WorkKind.SURVEY)


class ReferenceKind(StrEnum):
    """What a call outside rests on. Without one there is no call."""

    LEAD = "lead"
    TASK = "task"
    ORDER = "order"
    CLIENT_CARE = "client_care"
    EARLIER_CALL = "earlier_call"
    """A call that is over, to whose caller something is owed: its id."""
    CALL = "call"
    """The call that is handed on: its id."""
    CALLBACK_REQUEST = "callback_request"
    """The journaled event in which a caller asked for it by keys: its event id."""
    __hash__ = str.__hash__


class Callee(StrEnum):
    """Whom the law on advertising sees in the called party."""

    CONSUMER = "consumer"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the call rests on."""

    kind: ReferenceKind
    id: str
    given_at: Instant | None = None
    """When the caller asked to be called back."""
    expires_at: Instant | None = None
    """From when on it permits nothing; None: as long as it stands."""
    promised_for: Instant | None = None
    """Of a lead: for when they were promised a call, in a talk with them."""
    budget_micros: int | None = None
    """What may still be spent on it, in millionths of the centre's currency; None: no limit of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAsk:
    """One leg somebody wants to have dialled. The number is not in it: it is found by the party's id."""

    call_id: CallId
    leg_id: LegId
    """The leg as it will be called at the switch; new per attempt. The same leg is never permitted twice."""
    purpose: DialPurpose
    kind: WorkKind
    reference: Reference | None
    project_id: ProjectId | None
    client_id: ClientId | None
    """None: the project's."""
    agent_id: AgentId | None
    holds_agent: bool
    """Whether that agent is reserved for this call or on it."""
    at: Instant
    callee: Callee = Callee.CONSUMER
    callee_region: str | None = None
    """The Bundesland the called party is known to live in, such as "BY"; None: told by the number where it can be."""
    has_offer: bool = False
    """Whether the script offers something on the way: the call counts as advertising then."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The number the called party sees, and the right it is shown by."""

    number: str
    """E.164."""
    right_id: str


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """This leg may be dialled now, once, within these limits."""

    leg_id: LegId
    callee: NumberFacts
    """Class, country, masked form and the version of the numbering plans they come from."""
    shown: Shown | None
    """None for an emergency call alone, where no right to any number is in force."""
    rules_version: str
    revision: int
    """Of the directory."""
    permitted_at: Instant
    ring_limit_ms: int
    max_duration_ms: int
    """The leg has to end this long after its answer: what it can cost until then is set aside."""
    rate_micros: int
    """The price of a minute, in millionths of the centre's currency."""
    cost_limit_micros: int
    """What the leg costs at the most."""
    is_emergency: bool = False
    consent_id: str | None = None
    """The consent to advertising this attempt uses."""

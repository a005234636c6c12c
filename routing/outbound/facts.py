"""What the store knows of a number and of who wants to dial it, in one look."""

from dataclasses import dataclass
from enum import StrEnum

from telephony.identifiers import Instant


class ListOwner(StrEnum):
    """Whose do-not-call list it is."""

    CENTRE = "centre"
    CLIENT = "client"
    PROJECT = "project"


class Covers(StrEnum):
    """What a do-not-call entry forbids."""

    ADVERTISING = "advertising"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCall:
    """The number is on a list."""

    owner: ListOwner
    covers: Covers
    added_at: Instant


class ConsentBasis(StrEnum):
    """What a consent to advertising rests on."""

    EXPRESS = "express"
    """Given beforehand and documented (§7(2) no. 1 and §7a UWG)."""
    PRESUMED = "presumed"
    """Of a business, from facts that are on record (§7(2) no. 1 UWG)."""


class ConsentPurpose(StrEnum):
    """What was consented to. Who consents to advertising may be asked questions as well, and not the other way round."""

    ADVERTISING = "advertising"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProof:
    """The documented consent of this number's owner to be called by this client."""

    consent_id: str
    basis: ConsentBasis
    purpose: ConsentPurpose = ConsentPurpose.ADVERTISING
    granted_at: Instant
    withdrawn_at: Instant | None = None
    kept_until: Instant | None = None


class Outcome(StrEnum):
    """How an attempt ended."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    INVALID = "invalid"
    FAILED = "failed"
    MACHINE = "machine"
    """An answering machine took the call."""
    UNCLEAR = "unclear"
    """Nobody saw the end; what was set aside counts as spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberHistory:
    """The attempts to reach a number, whoever made them for whichever project; those for the sake of a caller are none."""

    today: int = 0
    in_total: int = 0
    last_at: Instant | None = None
    last_outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Calls and money of one day, money set aside for calls that go on included."""

    calls: int = 0
    cost_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFacts:
    """What permission rests on, beside the directory."""

    was_permitted: bool = False
    """Whether this very leg had its permission already."""
    do_not_call: tuple[DoNotCall, ...] = ()
    consent: ConsentProof | None = None
    history: NumberHistory = NumberHistory()
    of_agent: Spending = Spending()
    of_client: Spending = Spending()
    of_centre: Spending = Spending()
    open_calls_of_agent: int = 0
    """Calls of this agent outside, other than this one, that have not ended."""
    calls_of_agent_in_burst: int = 0
    calls_of_agent_at_night: int = 0
    countries: frozenset[str] = frozenset()
    """Where this client has been calling before."""
    new_countries_today: int = 0
    spent_on_reference_micros: int = 0

"""A lead as the order of calls sees it: where it stands, and what is known of each of its numbers. Without the numbers."""

from dataclasses import dataclass
from enum import StrEnum

from routing.outbound.asking import Callee
from routing.outbound.facts import NumberHistory, Outcome
from telephony.identifiers import AgentId, Instant


class LeadState(StrEnum):
    """Where a lead stands. Only the first three are ever given out."""

    FRESH = "fresh"
    RETRY = "retry"
    PROMISED = "promised"
    """Somebody promised to call back at a time."""
    CLAIMED = "claimed"
    """One agent has it, until it is settled or the lease is over."""
    DONE = "done"
    EXHAUSTED = "exhausted"
    """Tried as often as the list allows, in vain."""
    INVALID = "invalid"
    """None of its numbers exists."""
    DO_NOT_CALL = "do_not_call"
    UNCLEAR = "unclear"
    """An attempt whose end nobody saw: a person decides, nobody redials by themselves."""
    RESTRICTED = "restricted"
    """The person wants nothing done with their data (Art. 18 GDPR)."""
    ERASED = "erased"
    """The person is gone; that there was a lead stays for the list's figures."""


ROWS_PER_IMPORT = 1 << 24


def import_of(lead_id: int) -> int:
    """The import a lead came with: its id is made of the import's number and its row."""
    return lead_id // ROWS_PER_IMPORT


GIVEN_OUT = (LeadState.PROMISED, LeadState.RETRY, LeadState.FRESH)
NEVER = Instant(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberNow:
    """One number of a lead, with what all projects did with it."""

    number_class: str
    country: str | None
    kind: str = ""
    """What the list calls it: "mobile", "work", "home", "other", or nothing."""
    zones: tuple[str, ...] = ()
    """Where it may ring; empty: by the centre's clock."""
    regions: tuple[str, ...] = ()
    tries: int = 0
    """Of this lead, on this number."""
    is_dead: bool = False
    """The network said that there is no such number."""
    history: NumberHistory = NumberHistory()
    """Across projects: not part of the lead, looked up when it is its turn."""
    is_barred: bool = False
    """On a do-not-call list, or without the consent its calls need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNow:
    """One lead of a list."""

    lead_id: int
    state: LeadState
    next_at: Instant
    """Not before; of a promised lead the time that was promised."""
    numbers: tuple[NumberNow, ...]
    tries: int = 0
    last_at: Instant | None = None
    last_outcome: Outcome | None = None
    promised_agent: AgentId | None = None
    """Who promised; None: whoever is there."""
    zone: str | None = None
    """Where the list says the person lives; None: by the number."""
    region: str | None = None
    callee: Callee = Callee.CONSUMER

    @property
    def promised_for(self) -> Instant | None:
        """When the person wants to be called, who said so on the phone; None where nobody spoke with them of it."""
        return self.next_at if self.state is LeadState.PROMISED and self.last_outcome is Outcome.ANSWERED else None

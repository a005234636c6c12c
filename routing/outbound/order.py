"""Which lead of a list is next: promises first, then by the project's policy, and never at a time or as often as is not allowed.

Pure: whoever claims a lead hands in the candidates with what is known of their numbers, and writes what is decided here. The
rules are those of permission (`for_the_called.py`), which judges again when the lead is dialled: here they only keep agents from
being given leads in vain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from routing.hours import OpeningHours
from routing.outbound.facts import Outcome
from routing.outbound.for_the_called import next_attempt_at
from routing.outbound.lead import GIVEN_OUT, NEVER, LeadNow, LeadState, NumberNow, import_of
from routing.outbound.rules import Attempts
from routing.outbound.windows import day_began_at, is_day_of_rest, is_open_at, may_be_rung
from telephony.identifiers import SECOND, AgentId, Instant, after_ms

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_QUARTER_US = 900 * SECOND
_LOOKED_AHEAD = 4 * 24 * 8
"""Quarters of an hour: eight days, so that no run of holidays hides the next working day."""


class First(StrEnum):
    """What goes first once no promise is due."""

    FRESH = "fresh"
    """Leads never tried, then those due again."""
    RETRIES = "retries"
    """Those due again, then leads never tried."""


class Among(StrEnum):
    """The order among leads never tried."""

    AS_LISTED = "as_listed"
    NEWEST_IMPORT = "newest_import"
    """What came in last goes first: a fresh interest is worth more than a stale one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What follows an attempt that ended in a certain way."""

    wait_ms: int
    most: int
    """So many attempts of a lead at the most, whatever they ended in; this outcome as the last one."""


RETRIES: Final[Mapping[Outcome, Retry]] = {
    Outcome.NO_ANSWER: Retry(wait_ms=4 * _HOUR_MS, most=6),
    Outcome.BUSY: Retry(wait_ms=20 * _MINUTE_MS, most=8),
    Outcome.FAILED: Retry(wait_ms=30 * _MINUTE_MS, most=4),
    Outcome.MACHINE: Retry(wait_ms=4 * _HOUR_MS, most=6),
    Outcome.ANSWERED: Retry(wait_ms=24 * _HOUR_MS, most=6),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """In which order a list is called, and how often a lead is tried. Durations in milliseconds."""

    first: First = First.FRESH
    among: Among = Among.AS_LISTED
    retries: Mapping[Outcome, Retry] = field(default_factory=lambda: dict(RETRIES))
    promise_waits_ms: int = 15 * _MINUTE_MS
    """So long after its time a promise waits for the agent who gave it; then it is everybody's."""
    skip_ms: int = 10 * _MINUTE_MS
    """So long a lead rests that an agent skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When and how often somebody of this list may be called: the centre's rules, narrowed by the project's."""

    zone: str
    project_hours: OpeningHours | None
    callee_hours: OpeningHours
    rests: bool
    """Whether days of rest are kept: advertising."""
    attempts: Attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """This lead is next, by this number of its."""

    lead_id: int
    number_place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """A lead whose turn it was and that may not be called now: not before `next_at`, or, by `state`, not at all."""

    lead_id: int
    next_at: Instant
    state: LeadState | None = None


def order_key(policy: OrderPolicy, lead: LeadNow, agent_id: AgentId) -> tuple[int, int, int, int]:
    """The smallest is next. Between any two leads it is the same order, whoever else is a candidate."""
    if lead.state is LeadState.PROMISED:
        return (0 if lead.promised_agent == agent_id else 1, 0, lead.next_at, lead.lead_id)
    is_fresh = lead.state is LeadState.FRESH
    place = 2 if is_fresh is (policy.first is First.FRESH) else 3
    is_newest_first = is_fresh and policy.among is Among.NEWEST_IMPORT
    return (place, -import_of(lead.lead_id) if is_newest_first else 0, lead.next_at, lead.lead_id)


def is_due(policy: OrderPolicy, lead: LeadNow, at: Instant, agent_id: AgentId) -> bool:
    """Whether its time has come, for this agent."""
    if lead.state not in GIVEN_OUT or lead.next_at > at:
        return False
    if lead.state is LeadState.PROMISED and lead.promised_agent not in (None, agent_id):
        return at >= after_ms(lead.next_at, policy.promise_waits_ms)
    return True


def pick(
    leads: Iterable[LeadNow], policy: OrderPolicy, terms: Terms, at: Instant, agent_id: AgentId
) -> tuple[Pick | None, list[PutOff]]:
    """The next lead for this agent, and what becomes of those before it that may not be called now."""
    put_off: list[PutOff] = []
    openings: Openings = {}
    due = [lead for lead in leads if is_due(policy, lead, at, agent_id)]
    for lead in sorted(due, key=lambda each: order_key(policy, each, agent_id)):
        found = number_to_try(lead, terms, at, openings)
        if isinstance(found, int):
            return Pick(lead_id=lead.lead_id, number_place=found), put_off
        put_off.append(found)
    return None, put_off


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody may live: zones, country, Länder."""

    zones: tuple[str, ...]
    country: str | None
    regions: tuple[str, ...]


Openings = dict[tuple[Instant, Whereabouts | None], Instant]
"""When people may be rung next, by where they live: many leads ask the same at once."""


def number_to_try(lead: LeadNow, terms: Terms, at: Instant, openings: Openings | None = None) -> int | PutOff:
    """The place of the number that is tried now: of those that may be, the one tried least, then the first."""
    known: Openings = {} if openings is None else openings
    if not is_open_at(terms.project_hours, at):
        return PutOff(lead_id=lead.lead_id, next_at=_next_opening(terms, at, None, known))
    living = [(place, number) for place, number in enumerate(lead.numbers) if not number.is_dead]
    if not living:
        return PutOff(lead_id=lead.lead_id, next_at=NEVER, state=LeadState.INVALID)
    allowed = [(place, number) for place, number in living if not number.is_barred]
    if not allowed:
        return PutOff(lead_id=lead.lead_id, next_at=NEVER, state=LeadState.DO_NOT_CALL)
    soonest = {place: _soonest(lead, number, terms, at, known) for place, number in allowed}
    ready = [(number.tries, place) for place, number in allowed if soonest[place] <= at]
    if ready:
        return min(ready)[1]
    next_at = min(soonest.values())
    state = LeadState.EXHAUSTED if next_at == NEVER else None
    return PutOff(lead_id=lead.lead_id, next_at=next_at, state=state)


def _soonest(lead: LeadNow, number: NumberNow, terms: Terms, at: Instant, openings: Openings) -> Instant:
    """From when on that number may be rung; not after `at` where it may be now, `NEVER` where it was tried often enough."""
    history, limits = number.history, terms.attempts
    was_promised = lead.promised_for is not None
    if history.in_total >= limits.in_total and not was_promised:
        return NEVER
    # Who asked to be called at a time is not told that it is too soon; how often in a day holds for everybody.
    waits = None if was_promised else next_attempt_at(limits, history.last_at, history.last_outcome)
    from_at = max(at, waits or at)
    if history.today >= limits.per_day:
        from_at = max(from_at, _next_midnight(at, terms.zone))
    where = Whereabouts(
        zones=((lead.zone,) if lead.zone else number.zones) or (terms.zone,),
        country=number.country,
        regions=(lead.region,) if lead.region else number.regions,
    )
    if from_at == at and _may_ring(terms, at, where):
        return at
    return _next_opening(terms, from_at, where, openings)


def _may_ring(terms: Terms, at: Instant, where: Whereabouts) -> bool:
    if not may_be_rung(terms.callee_hours, at, where.zones):
        return False
    return not (terms.rests and is_day_of_rest(at, where.zones, where.country, where.regions))


def _next_opening(terms: Terms, at: Instant, where: Whereabouts | None, openings: Openings) -> Instant:
    """The first quarter of an hour from then on in which both sides' hours are open; after eight days it is looked again.

    Nowhere in particular: the project's hours alone count.
    """
    found = openings.get((at, where))
    if found is None:
        quarter = at // _QUARTER_US
        moments = (max(at, Instant((quarter + ahead) * _QUARTER_US)) for ahead in range(_LOOKED_AHEAD))
        found = openings[(at, where)] = next(
            (each for each in moments if is_open_at(terms.project_hours, each) and (not where or _may_ring(terms, each, where))),
            Instant((quarter + _LOOKED_AHEAD) * _QUARTER_US),
        )
    return found


def _next_midnight(at: Instant, zone: str) -> Instant:
    later = day_began_at(at, zone)
    while later <= at:
        later = day_began_at(Instant(later + 26 * 3_600 * SECOND), zone)
    return later

"""Rules that protect the called party: number, consent, do-not-call lists, hours, attempts."""

from typing import Final

from routing.hours import OpeningHours
from routing.outbound.asking import Callee, ReferenceKind
from routing.outbound.case import Case, consent_needed, no
from routing.outbound.facts import ConsentBasis, ConsentPurpose, Covers, Outcome
from routing.outbound.rules import Attempts
from routing.outbound.windows import is_day_of_rest, is_open_at, may_be_rung
from routing.outbound.zones import NumberClass
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import Instant, after_ms

_UNREADABLE: Final = frozenset({NumberClass.ANONYMOUS.value, NumberClass.UNKNOWN.value})


# -- 3: the number -----------------------------------------------------------------------------------------------------


def has_a_permitted_number(case: Case) -> Refusal | None:
    """It is a valid number of a class that is called, not one of our own; outside the EU only with an individual offer."""
    facts = case.callee.facts
    if case.callee.dialled is None or facts.number_class in _UNREADABLE:
        return no(RefusalCode.NUMBER_INVALID, number_class=facts.number_class)
    if case.callee.dialled in case.directory.numbers:  # it would come back to us, and cost on both ways
        return no(RefusalCode.NUMBER_CLASS_REFUSED, number_class="own")
    rate = case.rules.prices.get(facts.number_class)
    if rate is None:
        return no(RefusalCode.NUMBER_CLASS_REFUSED, number_class=facts.number_class)
    case.rate_micros = rate
    if facts.number_class == NumberClass.INTERNATIONAL_OTHER:
        offered = () if case.outbound is None else case.outbound.countries
        if facts.country is None or facts.country not in offered:
            return no(RefusalCode.COUNTRY_NOT_OFFERED, country=facts.country, project=case.ask.project_id)
    return None


# -- 5: consent --------------------------------------------------------------------------------------------------------


def has_consent_to_advertising(case: Case) -> Refusal | None:
    """Advertising reaches only those who consented before, with a proof (§7, §7a UWG); businesses, who may be presumed to."""
    if not case.is_advertising:
        return None
    consent, at = case.facts.consent, case.ask.at
    if consent is None or consent.granted_at > at:
        return no(RefusalCode.NO_CONSENT, why="none")
    if consent.withdrawn_at is not None and consent.withdrawn_at <= at:
        return no(RefusalCode.NO_CONSENT, why="withdrawn", withdrawn_at=consent.withdrawn_at)
    if consent.basis is ConsentBasis.PRESUMED and case.ask.callee is not Callee.BUSINESS:
        return no(RefusalCode.NO_CONSENT, why="presumed")
    if consent.purpose not in (ConsentPurpose.ADVERTISING, consent_needed(case.ask, case.project)):
        return no(RefusalCode.NO_CONSENT, why="purpose")
    case.consent_id = consent.consent_id
    return None


# -- 6: do-not-call lists ----------------------------------------------------------------------------------------------


def is_on_no_list(case: Case) -> Refusal | None:
    """No list of ours, the client's or the project's forbids it. Who asked to be called back later than that is called."""
    reference = case.ask.reference
    for entry in case.facts.do_not_call:
        if entry.covers is Covers.ADVERTISING and not case.is_advertising:
            continue
        given_at = reference.given_at if reference is not None else None
        if case.was_asked_for and given_at is not None and given_at > entry.added_at:
            continue
        return no(RefusalCode.ON_DO_NOT_CALL_LIST, list=entry.owner.value, covers=entry.covers.value)
    return None


# -- 7: hours ----------------------------------------------------------------------------------------------------------


def is_called_at_a_proper_time(case: Case) -> Refusal | None:
    """The project is open, and by the called party's own clock and calendar it is no time of rest.

    Who asked to be called back is called while the project is open; who is called for a caller on the line, at any time.
    """
    if case.is_handing_on:
        return None
    hours = _of_project(case)
    if not is_open_at(hours, case.ask.at):
        return no(RefusalCode.OUTSIDE_CALLING_HOURS, whose="project", project=case.ask.project_id)
    if case.was_asked_for:
        return None
    zones = case.callee.zones or (case.rules.zone,)
    theirs = case.rules.advertising_hours if case.is_advertising else case.rules.service_hours
    if not may_be_rung(theirs, case.ask.at, zones):
        return no(RefusalCode.OUTSIDE_CALLING_HOURS, whose="callee", zone=zones[0])
    if case.is_advertising:
        known = case.ask.callee_region
        if is_day_of_rest(case.ask.at, zones, case.callee.facts.country, (known,) if known else case.callee.regions):
            return no(RefusalCode.OUTSIDE_CALLING_HOURS, whose="day_of_rest", zone=zones[0], region=known)
    return None


def _of_project(case: Case) -> OpeningHours | None:
    if case.outbound is not None and case.outbound.hours is not None and not case.was_asked_for:
        return case.outbound.hours
    return case.project.hours if case.project is not None else None


# -- 8: attempts -------------------------------------------------------------------------------------------------------


def is_not_called_too_often(case: Case) -> Refusal | None:
    """The number has been left in peace long enough, and not been tried too often, whatever project did it.

    Who is called for a caller on the line is no such party. Who asked to be called back, or was promised a call when they were
    spoken with, is tried as soon as that says, but no more often in a day than anybody: the number may be somebody else's.
    """
    if case.is_handing_on:
        return None
    history, limits = case.facts.history, _attempts(case)
    if history.today >= limits.per_day:
        return no(RefusalCode.CALLED_TOO_OFTEN, within="day", cap=limits.per_day, attempts=history.today)
    if case.was_asked_for or _is_promised(case):
        return None
    if history.in_total >= limits.in_total:
        return no(RefusalCode.CALLED_TOO_OFTEN, within="total", cap=limits.in_total, attempts=history.in_total)
    next_at = next_attempt_at(limits, history.last_at, history.last_outcome)
    if next_at is not None and case.ask.at < next_at:
        return no(RefusalCode.CALLED_TOO_SOON, next_at=next_at)
    return None


def _is_promised(case: Case) -> bool:
    reference = case.ask.reference
    if reference is None or reference.kind is not ReferenceKind.LEAD or reference.promised_for is None:
        return False
    return reference.promised_for <= case.ask.at


def next_attempt_at(limits: Attempts, last_at: Instant | None, outcome: Outcome | None) -> Instant | None:
    """From when on a number may be tried again, by how the last attempt ended; None where there was none."""
    if last_at is None:
        return None
    waits = {Outcome.BUSY: limits.after_busy_ms, Outcome.ANSWERED: limits.after_answer_ms}
    return after_ms(last_at, limits.interval_ms if outcome is None else waits.get(outcome, limits.interval_ms))


def _attempts(case: Case) -> Attempts:
    centre = case.rules.attempts
    own = case.outbound.attempts if case.outbound is not None else None
    if own is None or own is centre:
        return centre
    return Attempts(
        per_day=min(own.per_day, centre.per_day),
        in_total=min(own.in_total, centre.in_total),
        interval_ms=max(own.interval_ms, centre.interval_ms),
        after_busy_ms=max(own.after_busy_ms, centre.after_busy_ms),
        after_answer_ms=max(own.after_answer_ms, centre.after_answer_ms),
    )

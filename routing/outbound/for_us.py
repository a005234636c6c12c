"""Rules that keep us honest and solvent: the reference, the number shown, caps and brakes, the agent."""

from collections.abc import Callable, Mapping
from typing import Final

from routing.eligibility import ineligible
from routing.outbound.asking import DialPurpose, ReferenceKind
from routing.outbound.case import Case, no
from routing.outbound.cost import MINUTE_MS, minutes_for
from routing.outbound.shown import number_to_show
from routing.outbound.windows import clock_of, is_within
from telephony.errors import Refusal, RefusalCode

_REFERENCES: Final[Mapping[DialPurpose, frozenset[ReferenceKind]]] = {
    DialPurpose.CALLBACK: frozenset({ReferenceKind.CALLBACK_REQUEST}),
    DialPurpose.TRANSFER: frozenset({ReferenceKind.CALL}),
    DialPurpose.CONSULT: frozenset({ReferenceKind.CALL}),
    DialPurpose.CONFERENCE: frozenset({ReferenceKind.CALL}),
    DialPurpose.OVERFLOW: frozenset({ReferenceKind.CALL}),
    DialPurpose.MANUAL: frozenset(
        {
            *(ReferenceKind.LEAD, ReferenceKind.TASK, ReferenceKind.ORDER),
            *(ReferenceKind.CLIENT_CARE, ReferenceKind.EARLIER_CALL),
        }
    ),
    DialPurpose.PREVIEW: frozenset({ReferenceKind.LEAD}),
    DialPurpose.PROGRESSIVE: frozenset({ReferenceKind.LEAD}),
}
_WITHOUT_PROJECT: Final = frozenset({ReferenceKind.TASK, ReferenceKind.CLIENT_CARE})


def is_not_dialled_yet(case: Case) -> Refusal | None:
    """A leg is dialled once."""
    return no(RefusalCode.ALREADY_DIALLED, leg=case.ask.leg_id) if case.facts.was_permitted else None


# -- 2: a reference ----------------------------------------------------------------------------------------------------


def has_a_reference(case: Case) -> Refusal | None:
    """The call rests on something that allows such calls, and still does; its project calls people at all."""
    reference, purpose = case.ask.reference, case.ask.purpose
    if reference is None or not reference.id:
        return no(RefusalCode.NO_REFERENCE, purpose=purpose.value)
    if reference.kind not in _REFERENCES[purpose]:
        return no(RefusalCode.NO_REFERENCE, purpose=purpose.value, reference=reference.kind.value)
    if reference.expires_at is not None and case.ask.at >= reference.expires_at:
        return no(RefusalCode.REFERENCE_EXPIRED, expired_at=reference.expires_at)
    if reference.kind is ReferenceKind.CALLBACK_REQUEST and (reference.given_at is None or reference.given_at > case.ask.at):
        return no(RefusalCode.NO_REFERENCE, purpose=purpose.value, reference=reference.kind.value)
    return _its_project_calls(case, reference.kind)


def _its_project_calls(case: Case, kind: ReferenceKind) -> Refusal | None:
    if case.project is None:
        if case.ask.project_id is not None or kind not in _WITHOUT_PROJECT:
            return no(RefusalCode.NO_SUCH_PROJECT, project=case.ask.project_id)
        return None
    is_asked_for = case.is_handing_on or case.was_asked_for
    if not is_asked_for and case.outbound is None:
        return no(RefusalCode.OUTBOUND_NOT_PERMITTED, project=case.project.project_id)
    return None


# -- 4: the number shown -----------------------------------------------------------------------------------------------


def shows_a_number_by_right(case: Case) -> Refusal | None:
    """A number is shown that we have a right to show now; in advertising the advertiser's or ours, and never none."""
    ask = case.ask
    case.shown = number_to_show(
        case.directory.rights,
        ask.at,
        agent_id=ask.agent_id,
        project_id=ask.project_id,
        client_id=case.client_id,
        is_handing_on=case.is_handing_on,
    )
    if case.shown is None:
        return no(RefusalCode.NO_RIGHT_TO_SHOW, project=ask.project_id, client=case.client_id)
    return None


# -- 9: cost -----------------------------------------------------------------------------------------------------------


def has_money_left(case: Case) -> Refusal | None:
    """At least a minute can be paid from what is left to the reference, the agent, the client and the centre for today.

    How long the call may last follows from the least of them: so much is set aside, so no cap is ever passed.
    """
    longest, reference, rate = case.rules.max_duration_ms, case.ask.reference, case.rate_micros
    if case.outbound is not None and case.outbound.max_duration_ms is not None:
        longest = min(longest, case.outbound.max_duration_ms)
    case.minutes = most = longest // MINUTE_MS
    most_micros = most * rate
    if reference is not None and reference.budget_micros is not None:
        spent = case.facts.spent_on_reference_micros
        case.minutes = minutes_for(reference.budget_micros - spent, rate, longest)
        if case.minutes < 1:
            return no(RefusalCode.BUDGET_SPENT, budget_micros=reference.budget_micros, spent_micros=spent)
    for whose, caps, spending in case.capped:
        left = caps.cost_micros - spending.cost_micros
        minutes = most if left >= most_micros >= 0 else minutes_for(left, rate, longest)
        if minutes < 1:
            spent = spending.cost_micros
            return no(RefusalCode.COST_CAP_REACHED, of=whose, cap_micros=caps.cost_micros, spent_micros=spent)
        case.minutes = min(case.minutes, minutes)
    return None


def has_calls_left(case: Case) -> Refusal | None:
    """Agent, client and centre have not made as many calls today as they may."""
    for whose, caps, spending in case.capped:
        if spending.calls >= caps.calls:
            return no(RefusalCode.CALL_CAP_REACHED, of=whose, cap=caps.calls, calls=spending.calls)
    return None


def is_no_burst(case: Case) -> Refusal | None:
    """The agent has not called as often just now as a person can."""
    brakes, calls = case.rules.brakes, case.facts.calls_of_agent_in_burst
    if calls < brakes.burst_calls:
        return None
    return no(RefusalCode.CALLS_TOO_FAST, cap=brakes.burst_calls, within_ms=brakes.burst_ms, calls=calls)


def goes_where_calls_go(case: Case) -> Refusal | None:
    """The country is one the client's calls go to, or one of the few new ones of a day."""
    country = case.callee.facts.country
    if country is None or country == case.directory.home_country or country in case.facts.countries:
        return None
    if case.outbound is not None and country in case.outbound.countries:
        return None
    cap, today = case.rules.brakes.new_countries_per_day, case.facts.new_countries_today
    return None if today < cap else no(RefusalCode.TOO_MANY_NEW_COUNTRIES, country=country, cap=cap, today=today)


def is_quiet_at_night(case: Case) -> Refusal | None:
    """At night an agent makes few calls."""
    brakes, calls = case.rules.brakes, case.facts.calls_of_agent_at_night
    if calls < brakes.calls_at_night or not is_within(brakes.night, clock_of(case.ask.at, case.rules.zone)):
        return None
    return no(RefusalCode.TOO_MANY_CALLS_AT_NIGHT, cap=brakes.calls_at_night, calls=calls)


def is_the_only_call(case: Case) -> Refusal | None:
    """The agent is in no other call outside. Who was handed on counts for nobody."""
    if case.is_handing_on or not case.facts.open_calls_of_agent:
        return None
    return no(RefusalCode.IN_ANOTHER_CALL, agent=case.ask.agent_id, calls=case.facts.open_calls_of_agent)


COST_RULES: Final[tuple[Callable[[Case], Refusal | None], ...]] = (
    has_money_left,
    has_calls_left,
    is_no_burst,
    goes_where_calls_go,
    is_quiet_at_night,
    is_the_only_call,
)


# -- 10: the agent -----------------------------------------------------------------------------------------------------


def has_its_agent(case: Case) -> Refusal | None:
    """An agent who may do so is reserved for this call: nobody is rung for whom nobody is there."""
    ask = case.ask
    if ask.purpose is DialPurpose.OVERFLOW:
        return None  # a caller waits on the line, and hears whoever answers
    if ask.agent_id is None or not ask.holds_agent:
        return no(RefusalCode.NO_AGENT_RESERVED, agent=ask.agent_id)
    if case.agent is None or not case.agent.is_active:
        return no(RefusalCode.NO_SUCH_AGENT, agent=ask.agent_id)
    if case.project is None or case.is_handing_on:  # whoever has the caller now may hand them on
        return None
    reason = ineligible(case.agent, case.project)
    return None if reason is None else no(RefusalCode.AGENT_NOT_ELIGIBLE, agent=ask.agent_id, reason=reason.reason.value)

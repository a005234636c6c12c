"""Whether a leg to somebody outside may be dialled: ten rules in their order, the first that is broken is told.

Pure: what it rests on is asked before and handed in. The order is the law's and the house's: an emergency call goes first and is
never held back; what protects the called party comes before what protects us.
"""

from collections.abc import Callable
from typing import Final

from routing.directory import Directory
from routing.outbound import for_the_called, for_us
from routing.outbound.asking import DialAsk, Permit
from routing.outbound.callee import CalleeNumber
from routing.outbound.case import Case, case_of, client_of
from routing.outbound.cost import HANG_UP_MARGIN_MS, MINUTE_MS, price_of
from routing.outbound.facts import DialFacts
from routing.outbound.rules import RULES_VERSION
from routing.outbound.shown import number_to_show
from telephony.errors import Refusal

EMERGENCY_RING_MS = 300_000
"""A control room may be slow to answer."""
EMERGENCY_LIMIT_MS = 24 * 3_600_000
"""Nobody ends an emergency call for its cost."""

Rule = Callable[[Case], Refusal | None]

RULES: Final[tuple[Rule, ...]] = (
    for_us.is_not_dialled_yet,
    for_us.has_a_reference,
    for_the_called.has_a_permitted_number,
    for_us.shows_a_number_by_right,
    for_the_called.has_consent_to_advertising,
    for_the_called.is_on_no_list,
    for_the_called.is_called_at_a_proper_time,
    for_the_called.is_not_called_too_often,
    *for_us.COST_RULES,
    for_us.has_its_agent,
)
"""In the order in which they are told; before all of them, an emergency number is permitted. A new rule is a new line."""


def permit(ask: DialAsk, callee: CalleeNumber, facts: DialFacts, directory: Directory) -> Permit | Refusal:
    """The permit with its limits, or the first rule that is broken, with its facts."""
    if callee.is_emergency:
        return emergency(ask, callee, directory)
    case = case_of(ask, callee, facts, directory)
    for rule in RULES:
        refusal = rule(case)
        if refusal is not None:
            return refusal
    return Permit(
        leg_id=ask.leg_id,
        callee=callee.facts,
        shown=case.shown,
        rules_version=RULES_VERSION,
        revision=directory.revision,
        permitted_at=ask.at,
        ring_limit_ms=case.rules.ring_limit_ms,
        max_duration_ms=case.minutes * MINUTE_MS - HANG_UP_MARGIN_MS,
        rate_micros=case.rate_micros,
        cost_limit_micros=price_of(case.minutes * MINUTE_MS, case.rate_micros),
        consent_id=case.consent_id,
    )


def emergency(ask: DialAsk, callee: CalleeNumber, directory: Directory) -> Permit:
    """The permit of an emergency call: whoever asks, whatever holds, with a number that can be called back where there is one."""
    project = directory.projects.get(ask.project_id) if ask.project_id is not None else None
    return Permit(
        leg_id=ask.leg_id,
        callee=callee.facts,
        shown=number_to_show(
            directory.rights,
            ask.at,
            agent_id=ask.agent_id,
            project_id=ask.project_id,
            client_id=client_of(ask, project),
        ),
        rules_version=RULES_VERSION,
        revision=directory.revision,
        permitted_at=ask.at,
        ring_limit_ms=EMERGENCY_RING_MS,
        max_duration_ms=EMERGENCY_LIMIT_MS,
        rate_micros=0,
        cost_limit_micros=0,
        is_emergency=True,
    )

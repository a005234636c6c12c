"""For whom a waiting call looks: what it asks for, how far that is relaxed, and whether it waits for one agent alone."""

from typing import cast

from msgspec.structs import replace

from telephony.call.model import WAITING, Call, require_terms
from telephony.call.step import Step
from telephony.demands import PRIORITY_MS_LIMIT, CallDemand, stage_at, stages
from telephony.events import Envelope
from telephony.identifiers import MS, Instant, after_ms
from telephony.samples import SampleAnswered
from telephony.searching import DemandRequested
from telephony.waiting import MenuAnswered


def ask_for(call: Call, envelope: Envelope) -> Step:
    """The call asks for what the request says; its place is counted anew from there."""
    request = cast(DemandRequested, envelope.event)
    before = call.demand
    priority_ms = before.priority_ms if request.priority_ms is None else request.priority_ms
    demand = CallDemand(
        language=request.language or before.language,
        skills=before.skills if request.skills is None else request.skills,
        priority_ms=min(max(priority_ms, 0), PRIORITY_MS_LIMIT),
    )
    return Step(replace(call, demand=demand))


def keep_search(step: Step, envelope: Envelope) -> Step:
    """A call that waits is relaxed as far as its waiting allows, and waked when that changes; one that does not, is not."""
    call = step.call
    if call.state not in WAITING:
        return step if call.search_widens_at is None else step.then(search_widens_at=None)
    if isinstance(
        envelope.event, MenuAnswered | SampleAnswered
    ):  # to choose is no waiting: what is asked for is not worn off by it
        step = step.then(seeks_since=envelope.received_at)
        call = step.call
    matching = require_terms(call).matching
    if not matching.relaxation and call.last_agent_id is None:
        is_plain = not call.relaxation_stage and call.search_widens_at is None
        return step if is_plain else step.then(relaxation_stage=0, search_widens_at=None)
    since, now = waits_since(call), envelope.received_at
    reached = stage_at(matching, max(now - since, 0) // MS)
    later = [after_ms(since, at) for at in stages(matching)[reached + 1 : reached + 2]]
    waits_until = after_ms(since, matching.sticky_ms)
    last_agent_id = call.last_agent_id if now < waits_until and not call.offers else None
    if last_agent_id is not None:
        later.append(waits_until)
    found = (reached, min(later, default=None), last_agent_id)
    if found == (call.relaxation_stage, call.search_widens_at, call.last_agent_id):
        return step
    return step.then(relaxation_stage=found[0], search_widens_at=found[1], last_agent_id=found[2])


def waits_since(call: Call) -> Instant:
    """Since when the caller waits for what is asked for: nobody talks to them, and no menu does."""
    return call.given_back_at or call.seeks_since or call.waiting_since

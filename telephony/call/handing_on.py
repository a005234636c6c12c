"""The agent hands the caller on without a consultation, or parks them: the agent is free, the caller waits with music."""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.actions import ring_agent
from telephony.call.departing import agent_departs
from telephony.call.model import Call
from telephony.call.step import Step
from telephony.causes import ReleaseReason
from telephony.events import CallQueuedAgain, Envelope
from telephony.identifiers import Instant, after_ms
from telephony.transfers import CallMoved, CallParked, TransferRequested


def hand_on(call: Call, envelope: Envelope) -> Step:
    """The caller is next in line until the one they are for is reserved, which follows at once.

    Nobody else is told of it meanwhile. So a start that finds the request alone in the journal has a caller who is next.
    """
    request = cast(TransferRequested, envelope.event)
    by = None if call.bond is None or request.to_agent_id is None else call.bond.agent_id
    waiting = alone_with_music(call, envelope)
    again = CallQueuedAgain(call_id=call.call_id, goes_first=True)
    limit = None if call.terms is None else call.terms.wait_limit_ms
    limit_at = None if limit is None else after_ms(envelope.received_at, limit)
    return waiting.then(events=(again,), goes_first=True, prefers=by, wait_limit_at=limit_at)


def move(call: Call, envelope: Envelope) -> Step:
    """The caller waits for the other project, at the place that the time they have waited gives them there."""
    event = cast(CallMoved, envelope.event)
    music = (to_switch.play_music(replace(call, terms=event.terms)),)
    limit = event.terms.wait_limit_ms
    call = replace(
        call,
        terms=event.terms,
        waiting_since=event.waiting_since,
        demand=call.demand if event.demand is None else event.demand,
        goes_first=False,
        prefers=None,
        wait_limit_at=None if limit is None else after_ms(envelope.received_at, limit),
    )
    return Step(replace(call, has_music=True), music)


def waiting_since(call: Call, at: Instant) -> Instant:
    """Since when the caller would have waited at that instant without the conversations."""
    return Instant(at - call.waited_us)


def park(call: Call, envelope: Envelope) -> Step:
    """The caller waits with music under a number; the agent is free."""
    event = cast(CallParked, envelope.event)
    return alone_with_music(call, envelope).then(
        slot=event.slot, park_over_at=event.until_at, prefers=event.agent_id, goes_first=True
    )


def pick_up(call: Call, envelope: Envelope) -> Step:
    """The phone of the agent who wants the parked caller rings."""
    return ring_agent(replace(call, slot=None, park_over_at=None), envelope)


def give_back(call: Call, envelope: Envelope) -> Step:
    """Nobody picked up: the caller goes back to who parked them, or is next in line."""
    limit = None if call.terms is None else call.terms.wait_limit_ms
    limit_at = None if limit is None else after_ms(envelope.received_at, limit)
    again = CallQueuedAgain(call_id=call.call_id, goes_first=True, prefers=call.prefers)
    call = replace(call, slot=None, park_over_at=None, prefers=None, given_back_at=envelope.received_at, wait_limit_at=limit_at)
    return Step(call, events=(again,))


def alone_with_music(call: Call, envelope: Envelope) -> Step:
    """The agent departs; the caller stays in the call's bridge, with music, and may be looked after by the watchdog."""
    parted = agent_departs(call, ReleaseReason.TALKED)
    mark = to_switch.mark_waiting(call, is_waiting=True)
    music = () if call.has_music else (to_switch.play_music(call),)
    return parted.then(commands=(*music, mark), has_music=True, given_back_at=envelope.received_at)

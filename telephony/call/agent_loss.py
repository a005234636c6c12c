"""The agent's line died in mid-call: the caller stays in the bridge with music, the same agent is rung again for a while."""

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.actions import ring
from telephony.call.model import Call, require_terms
from telephony.call.step import Step, cancel_agent_leg
from telephony.causes import HangupCause
from telephony.events import AgentLost, Envelope
from telephony.identifiers import after_ms

RING_AGAIN_MS = 2_000
"""Between two attempts at a phone that cannot be reached; a phone that registers anew is rung at once."""


def give_line_up(call: Call, envelope: Envelope) -> Step:
    """The agent's leg ends as one whose voice has stopped does, and all else follows from that end."""
    return Step(call) if call.agent is None else Step(call, (to_switch.hang_up(call, call.agent, HangupCause.MEDIA_LOST),))


def keep_caller_and_ring_again(call: Call, envelope: Envelope) -> Step:
    """The caller hears music and the agent's phone rings again, until the project's recovery time is over."""
    bond, lost, terms = call.bond, call.agent, require_terms(call)
    if bond is None or lost is None:
        raise AssertionError(f"call {call.call_id} has no agent to lose")
    # A phone that died while it held leaves the switch's own hold music running, which would sound on top of ours.
    music = () if call.has_music else (to_switch.stop_music(call), to_switch.play_music(call))
    call = replace(call, has_music=True, recovery_over_at=after_ms(envelope.received_at, terms.recovery_ms))
    rung = ring(call, envelope)
    event = AgentLost(call_id=call.call_id, agent_id=bond.agent_id, leg_id=lost.leg_id)
    return Step(rung.call, (*music, *rung.commands), (event,))


def try_again_later(call: Call, envelope: Envelope) -> Step:
    """The attempt failed; the next one is due soon."""
    return Step(replace(call, ring_overdue_at=None, ring_again_at=after_ms(envelope.received_at, RING_AGAIN_MS)))


def ring_again(call: Call, envelope: Envelope) -> Step:
    """The agent's phone rings under a new leg, unless one rings already."""
    return Step(replace(call, ring_again_at=None)) if call.has_live_agent_leg else ring(call, envelope)


def ring_where_it_is_now(call: Call, envelope: Envelope) -> Step:
    """The phone has registered anew, maybe elsewhere: a leg that rings at its old place is ended first."""
    return cancel_agent_leg(call) if call.has_live_agent_leg else ring(call, envelope)

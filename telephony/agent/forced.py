"""A forced pause lasts no longer than one shift without a person: what ends it, and what lets it last."""

from typing import cast

from msgspec.structs import replace

from telephony.agent.actions import Context, Outcome, become_available
from telephony.agent.model import Agent
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.errors import Refusal, RefusalCode


def confirm(agent: Agent, context: Context) -> Outcome:
    """The pause has no end of its own any more: a person stands behind it."""
    if not agent.is_forced:
        return Refusal(code=RefusalCode.NOT_FORCED, facts={"pause_reason": agent.pause_reason or ""})
    return replace(agent, forced_until=None, pause_confirmed_by=cast(PauseConfirmed, context.envelope.event).by)


def end(agent: Agent, context: Context) -> Outcome:
    """Nobody confirmed it within the shift: the agent may have calls again, and the misses behind it are forgiven."""
    return become_available(agent, context)


def hear_of_shift(agent: Agent, context: Context) -> Outcome:
    """The shift lasts until then. A forced pause ends no later than the shift does, and no later than it was said to."""
    until = cast(ShiftTold, context.envelope.event).until_at
    ends = agent.forced_until
    if ends is not None and until is not None:
        ends = min(ends, until)
    return replace(agent, shift_until=until, forced_until=ends)

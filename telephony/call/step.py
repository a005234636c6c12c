"""What one event does to a call: the record every action and the machine itself return."""

from typing import Any

import msgspec
from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.model import Call, Leg, LegState
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.commands import Command
from telephony.errors import Refusal
from telephony.events import Event


class Step(msgspec.Struct, frozen=True):
    """The call after the event, what is to be done, what was concluded, and a refusal where a person asked in vain."""

    call: Call
    commands: tuple[Command, ...] = ()
    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None

    def then(self, *, commands: tuple[Command, ...] = (), events: tuple[Event, ...] = (), **changes: Any) -> "Step":
        """This step with more to do, more concluded, and the call's fields changed."""
        call = replace(self.call, **changes) if changes else self.call
        return Step(call, self.commands + commands, self.events + events, self.refusal)


def end_caller(call: Call, cause: HangupCause = HangupCause.NORMAL) -> Step:
    """The caller's leg is asked to end, if it is alive and was not asked before."""
    ending, commands = _ask_to_end(call, call.caller, cause)
    return Step(replace(call, caller=ending), commands)


def end_agent(call: Call, release: ReleaseReason, cause: HangupCause = HangupCause.NORMAL) -> Step:
    """The agent's leg is asked to end, and the bond will be released for that reason once the leg is gone."""
    bond = None if call.bond is None else replace(call.bond, release=call.bond.release or release)
    call = replace(call, bond=bond, ring_overdue_at=None, ring_again_at=None, recovery_over_at=None)
    return cancel_agent_leg(call, cause)


def cancel_agent_leg(call: Call, cause: HangupCause = HangupCause.NORMAL) -> Step:
    """The agent's leg is asked to end; the bond stands."""
    if call.agent is None:
        return Step(call)
    ending, commands = _ask_to_end(call, call.agent, cause)
    return Step(replace(call, agent=ending), commands)


def end_both(call: Call, end_reason: EndReason, release: ReleaseReason) -> Step:
    """Both legs are asked to end; the reason for the call's end is kept if one stood already."""
    without_agent = end_agent(call, release)
    without_both = end_caller(without_agent.call)
    call = replace(without_both.call, end_reason=call.end_reason or end_reason)
    return Step(call, without_agent.commands + without_both.commands)


def _ask_to_end(call: Call, leg: Leg, cause: HangupCause) -> tuple[Leg, tuple[Command, ...]]:
    if leg.state in (LegState.GONE, LegState.ENDING):
        return leg, ()
    return replace(leg, state=LegState.ENDING), to_switch.let_go(call, leg, cause)

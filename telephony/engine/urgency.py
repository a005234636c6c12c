"""Which of a turn's commands go first. Pure.

A switch works off requests one after the other, and telling a caller "it rings" takes it as long as ringing a phone: what makes
a phone ring goes before what a caller hears meanwhile, and before the tidying up of other calls.
"""

from collections.abc import Sequence

from telephony.commands import AnswerLeg, Command, CreateBridge, IndicateRinging, RingEndpoint, StartMusic

BESIDE_RINGING = (AnswerLeg, CreateBridge, IndicateRinging, StartMusic)
"""Commands of the same call that a ringing phone need not wait for."""


def rings_first(commands: list[Command]) -> Sequence[Command]:
    """The same commands; each call's own keep their order but for `BESIDE_RINGING`."""
    if len(commands) < 2:
        return commands
    first = [
        command
        for place, command in enumerate(commands)
        if type(command) is RingEndpoint and _may_pass(command, commands[:place])
    ]
    if not first:
        return commands
    return first + [command for command in commands if command not in first]


def _may_pass(ring: RingEndpoint, before: Sequence[Command]) -> bool:
    return all(other.call_id != ring.call_id or isinstance(other, BESIDE_RINGING) for other in before)

"""Whether a person or an answering machine took the call, by how long the first words last. Unsure is a person.

A person says a name or a greeting and waits; a machine speaks on. So only the first words count, those that begin soon after the
answer: later ones answer what the agent said. The agent is there and hears all of it; nobody waits for a verdict.
"""

from collections.abc import Callable, Mapping
from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState, LegState, require_terms
from telephony.call.step import Step, end_agent, end_caller
from telephony.causes import EndReason, ReleaseReason
from telephony.commands import Command
from telephony.events import CallTimerFired, Envelope
from telephony.identifiers import MS, Instant, after_ms
from telephony.machines import LegTalkBegan, LegTalkEnded, MachineHeard
from telephony.terms import MachineRule

SILENCE_MS = 900
"""First words are over when it is silent for so long: longer than a machine draws breath, shorter than a person waits."""
FIRST_WORDS_MS = 4_000
"""First words begin within this time of the answer."""
NOISE_MS = 150
"""What is shorter is no word: a click of the line, the receiver being lifted."""
LATE_MS = 1_000
"""A due time that came later than this came after a gap, which may have hidden the silence."""

MISTAKEN_MS = 60_000
"""Whom an agent who was told of a machine goes on talking with for so long is a person."""

HEARD_SOUND = "fernamt/dial-machine"


def listen(call: Call, envelope: Envelope) -> tuple[Call, tuple[Command, ...]]:
    """The callee, who has just answered, is listened to where the project wants that."""
    if not call.is_outbound or require_terms(call).machines is MachineRule.IGNORE:
        return call, ()
    until = after_ms(envelope.received_at, FIRST_WORDS_MS)
    return replace(call, listens_until=until, hears_greeting=False), (to_switch.listen_for_talk(call, SILENCE_MS),)


def words_begin(call: Call, envelope: Envelope) -> Step:
    """The callee speaks; a person will have stopped in time."""
    if call.listens_until is None or call.hears_greeting or not isinstance(envelope.event, LegTalkBegan):
        return Step(call)
    until = after_ms(envelope.received_at, require_terms(call).machine_after_ms)
    return Step(replace(call, listens_until=until, hears_greeting=True))


def words_end(call: Call, envelope: Envelope) -> Step:
    """First words that ended are a person's; noise is none, and is not counted."""
    talked_ms = cast(LegTalkEnded, envelope.event).talked_ms
    if call.listens_until is None:
        return Step(call)
    if talked_ms < NOISE_MS:
        return Step(replace(call, listens_until=after_ms(envelope.received_at, FIRST_WORDS_MS), hears_greeting=False))
    return _stop(call)


def time_is_over(call: Call, envelope: Envelope) -> Step:
    """Nothing was said, which proves nothing; or the first words still go on."""
    event = cast(CallTimerFired, envelope.event)
    is_late = envelope.received_at > event.due_at + LATE_MS * MS
    is_theirs = call.state in (CallState.TALKING, CallState.PHONE_HELD)
    if call.callee is None or not call.hears_greeting or is_late or not is_theirs:
        return _stop(call)
    is_ended = require_terms(call).machines is MachineRule.END
    heard = MachineHeard(
        call_id=call.call_id,
        leg_id=call.caller.leg_id,
        agent_id=None if call.bond is None else call.bond.agent_id,
        is_ended=is_ended,
    )
    stopped = _stop(replace(call, callee=replace(call.callee, machine_heard_at=envelope.received_at)))
    return stopped.then(events=(heard,))


def end_for_machine(call: Call, envelope: Envelope) -> Step:
    """The machine's leg is ended; the agent hears why, and has a code to choose."""
    call = replace(call, end_reason=call.end_reason or EndReason.CALLEE_MACHINE)
    callee, agent = end_caller(call), call.agent
    call, said = callee.call, callee.commands
    if agent is not None and agent.state is LegState.UP and agent.is_in_bridge:
        said += to_switch.say_and_end(call, agent, HEARD_SOUND)
        call = replace(call, agent=replace(agent, state=LegState.ENDING))
    ended = end_agent(call, ReleaseReason.TALKED)
    return Step(ended.call, said + ended.commands)


def reason_of_end(call: Call, at: Instant) -> EndReason | None:
    """How the call has ended: with a machine, whoever hung up on it, unless the agent found a person there."""
    heard_at = None if call.callee is None else call.callee.machine_heard_at
    is_machines = heard_at is not None and at < after_ms(heard_at, MISTAKEN_MS)
    return EndReason.CALLEE_MACHINE if is_machines else call.end_reason


def _stop(call: Call) -> Step:
    return Step(replace(call, listens_until=None, hears_greeting=False), (to_switch.stop_listening(call),))


F = CallFact
_NOT_ANSWERED = (
    *(CallState.OFFERED, CallState.CHOOSING, CallState.CONFIRMING, CallState.LEAVING, CallState.AT_MACHINE),
    *(CallState.PLACED, CallState.PLACE_KEPT, CallState.RESTING, CallState.CALLING_AGENT, CallState.CALLING_OUT),
    *(CallState.STEPPING_BACK, CallState.ENDING, CallState.ENDED),
)
"""States in which no callee of ours is on the line, or not for long."""

LISTENING: Mapping[tuple[CallState, CallFact], tuple[CallState, Callable[[Call, Envelope], Step]]] = {
    **{
        (state, fact): (state, action)
        for state in CallState
        if state not in _NOT_ANSWERED
        for fact, action in ((F.CALLER_TALKS, words_begin), (F.CALLER_SILENT, words_end), (F.LISTENING_OVER, time_is_over))
    },
    (CallState.TALKING, F.MACHINE_HEARD): (CallState.ENDING, end_for_machine),
    (CallState.PHONE_HELD, F.MACHINE_HEARD): (CallState.ENDING, end_for_machine),
}
"""The part of the call's table in which somebody is listened to: noted wherever the call is, decided on in a conversation."""

"""Who may listen to a call: the outside party's yes, and the one who listens. Pure.

Nobody is let near a call without a yes that stands. What ends the yes ends the listening with it, and an end is an end only when
the switch has proven it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import cast

import msgspec
from msgspec.structs import replace

from telephony.commands import Command
from telephony.errors import Refusal, RefusalCode
from telephony.events import Event
from telephony.identifiers import AgentId, CallId, LegId, SwitchName, leg_id
from telephony.order_segments import ConsentWords
from telephony.overhearing import (
    EarClosed,
    EarEnd,
    EarEnded,
    EarHears,
    EndListening,
    LetListen,
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningLapsed,
    ListeningRevoked,
    ListenRequested,
)

RING_MS = 20_000
"""So long the phone of who wants to listen rings."""
SIGN = "Mithören"
"""Before the project's name on that phone."""


class Answer(StrEnum):
    """What the outside party has said to being listened to."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """The talk it was given for is not the talk of now."""


class Ear(msgspec.Struct, frozen=True, kw_only=True):
    """Who listens, or is about to. `ends`: it was told to end, for that reason, and the switch has not said yet that it has."""

    ear_id: LegId
    by: str
    has_heard: bool = False
    ends: EarEnd | None = None


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The one pair of legs that may be listened to, the answer, and who listens: one at a time."""

    call_id: CallId
    switch: SwitchName
    agent_id: AgentId
    caller_leg_id: LegId
    agent_leg_id: LegId
    words: ConsentWords
    answer: Answer = Answer.ASKED
    ear: Ear | None = None
    ears: int = 0


class GateStep(msgspec.Struct, frozen=True):
    """The gate after the event, what is to be done, what was concluded, and a refusal where somebody asked in vain."""

    gate: Gate
    commands: tuple[Command, ...] = ()
    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None


def step(gate: Gate, event: Event, *, project: str = "") -> GateStep:
    """What the event does to it. `project`: what the phone of who wants to listen shows."""
    if isinstance(event, ListenRequested):
        return _listen(gate, event, project)
    act = _STEPS.get(type(event))
    return GateStep(gate) if act is None else act(gate, event)


def lapse(gate: Gate, reason: EarEnd) -> GateStep:
    """The yes, or the question, is over, and the listening with it."""
    if gate.answer not in (Answer.ASKED, Answer.AGREED):
        return GateStep(gate)
    ended = _end(replace(gate, answer=Answer.LAPSED), reason)
    lapsed = ListeningLapsed(call_id=gate.call_id, agent_id=gate.agent_id, reason=reason)
    return GateStep(ended.gate, ended.commands, (lapsed,))


def close(gate: Gate) -> tuple[EarClosed, ...]:
    """The call is over: who listened hears nobody. What was told before stands."""
    return () if gate.ear is None else (_closed(gate, gate.ear, gate.ear.ends or EarEnd.CALL_ENDED),)


def end_of(gate: Gate, ear_id: LegId) -> EndListening:
    """No more for that phone."""
    return EndListening(call_id=gate.call_id, switch=gate.switch, leg_id=gate.agent_leg_id, ear_id=ear_id)


def _ask(gate: Gate, event: Event) -> GateStep:
    """Asked anew, after a no too; not while the yes stands."""
    if gate.answer is Answer.AGREED:
        return _refused(gate)
    return GateStep(replace(gate, words=cast(ListeningAsked, event).words, answer=Answer.ASKED))


def _agree(gate: Gate, _event: Event) -> GateStep:
    if gate.answer is not Answer.ASKED:
        return _not_asked(gate)
    return GateStep(replace(gate, answer=Answer.AGREED))


def _decline(gate: Gate, _event: Event) -> GateStep:
    if gate.answer is not Answer.ASKED:
        return _not_asked(gate)
    return GateStep(replace(gate, answer=Answer.DECLINED))


def _revoke(gate: Gate, _event: Event) -> GateStep:
    if gate.answer is not Answer.AGREED:
        return _not_asked(gate)
    return _end(replace(gate, answer=Answer.WITHDRAWN), EarEnd.WITHDRAWN)


def _lapsed(gate: Gate, event: Event) -> GateStep:
    """Concluded before, and read again at a start: what it rested on (a cut line) stands in no call's stream."""
    return GateStep(lapse(gate, cast(ListeningLapsed, event).reason).gate)


def _listen(gate: Gate, event: ListenRequested, project: str) -> GateStep:
    if gate.answer is not Answer.AGREED:
        return GateStep(gate, refusal=Refusal(code=RefusalCode.LISTENING_NOT_AGREED, facts={"answer": gate.answer.value}))
    if gate.ear is not None:
        return GateStep(gate, refusal=Refusal(code=RefusalCode.SOMEBODY_LISTENS, facts={"call": gate.call_id}))
    ear_id = leg_id(gate.call_id, "ear", gate.ears + 1)
    command = LetListen(
        call_id=gate.call_id,
        switch=gate.switch,
        leg_id=gate.agent_leg_id,
        ear_id=ear_id,
        endpoint_id=event.endpoint_id,
        mode=event.mode,
        display_name=f"{SIGN} {project}".strip(),
        timeout_ms=RING_MS,
    )
    return GateStep(replace(gate, ear=Ear(ear_id=ear_id, by=event.by), ears=gate.ears + 1), (command,))


def _end_asked(gate: Gate, _event: Event) -> GateStep:
    return _refused(gate) if gate.ear is None else _end(gate, EarEnd.ASKED)


def _hears(gate: Gate, event: Event) -> GateStep:
    """One that hears though nobody wants it, or not any more, is told to end (again)."""
    ear, ear_id = gate.ear, cast(EarHears, event).leg_id
    if ear is None or ear.ear_id != ear_id:
        return GateStep(gate, (end_of(gate, ear_id),))
    heard = replace(gate, ear=replace(ear, has_heard=True))
    return GateStep(heard, () if ear.ends is None else (end_of(gate, ear_id),))


def _ended(gate: Gate, event: Event) -> GateStep:
    ear = gate.ear
    if ear is None or ear.ear_id != cast(EarEnded, event).leg_id:
        return GateStep(gate)
    return GateStep(replace(gate, ear=None), events=(_closed(gate, ear, ear.ends or EarEnd.PHONE_ENDED),))


def _end(gate: Gate, reason: EarEnd) -> GateStep:
    ear = gate.ear
    if ear is None or ear.ends is not None:
        return GateStep(gate)
    return GateStep(replace(gate, ear=replace(ear, ends=reason)), (end_of(gate, ear.ear_id),))


def _closed(gate: Gate, ear: Ear, reason: EarEnd) -> EarClosed:
    return EarClosed(
        call_id=gate.call_id, agent_id=gate.agent_id, ear_id=ear.ear_id, by=ear.by, reason=reason, has_heard=ear.has_heard
    )


def _not_asked(gate: Gate) -> GateStep:
    return GateStep(gate, refusal=Refusal(code=RefusalCode.NOT_ASKED, facts={"call": gate.call_id}))


def _refused(gate: Gate) -> GateStep:
    return GateStep(gate, refusal=Refusal(code=RefusalCode.WRONG_STATE, facts={"state": gate.answer.value}))


_STEPS: Mapping[type[Event], Callable[[Gate, Event], GateStep]] = {
    ListeningAsked: _ask,
    ListeningAgreed: _agree,
    ListeningDeclined: _decline,
    ListeningRevoked: _revoke,
    ListeningLapsed: _lapsed,
    ListenEndRequested: _end_asked,
    EarHears: _hears,
    EarEnded: _ended,
}

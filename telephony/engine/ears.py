"""The gates of all live calls: who may be asked, who may listen, and what ends it.

A yes is of one talk. Whatever parts agent and outside party, or brings anybody else, ends it, looked for after every step of
the call; the end goes to the switch ahead of all else that the step wants.
"""

from typing import Protocol

from recording import listening
from recording.listening import Answer, Gate, GateStep
from routing.directory import Directory
from telephony.agent.model import Agent
from telephony.call.model import Call
from telephony.call.recording_guard import are_alone
from telephony.commands import Command
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallRequest, Envelope, LegHeld
from telephony.identifiers import AgentId, CallId, SwitchName, call_of
from telephony.order_segments import ConsentPurpose
from telephony.overhearing import (
    EarClosed,
    EarEnd,
    EarFact,
    EarHears,
    EndListening,
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningRevoked,
    ListenRequested,
)

LISTENING_REQUESTS = (
    *(ListeningAsked, ListeningAgreed, ListeningDeclined, ListeningRevoked),
    *(ListenRequested, ListenEndRequested),
)
_NEEDS_BOTH_ALONE = (ListeningAsked, ListeningAgreed, ListenRequested)


class Floor(Protocol):
    """What a request is held against."""

    directory: Directory
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]


class Ears:
    """The gates there are. Kept by the turn alone."""

    def __init__(self) -> None:
        self.gates: dict[CallId, Gate] = {}

    def refusal_of(self, request: CallRequest, known: Floor) -> Refusal | None:
        """Why this cannot be asked; None where the gate may decide, or for another request."""
        if not isinstance(request, LISTENING_REQUESTS):
            return None
        call, gate = known.calls[request.call_id], self.gates.get(request.call_id)
        refusal = _refusal_of_talk(call, request)
        if refusal is None and isinstance(request, ListenRequested):
            return _refusal_of_phone(request, known) or (None if gate is not None else _not_agreed())
        if refusal is not None or isinstance(request, ListeningAsked):
            return refusal
        is_theirs = gate is not None and (request.agent_id in (None, gate.agent_id) or gate.answer is Answer.LAPSED)
        return None if is_theirs else Refusal(code=RefusalCode.NOT_ASKED, facts={"call": request.call_id})

    def step(self, call: Call, envelope: Envelope) -> GateStep | None:
        """What the event does to the call's gate; None where it has none."""
        event, gate = envelope.event, self.gates.get(call.call_id)
        if isinstance(event, ListeningAsked):
            gate = _gate_of(call, event, gate)
        if gate is None:
            return None
        project = "" if call.terms is None else call.terms.name
        done = listening.step(gate, event, project=project)
        if done.refusal is None:
            self.gates[call.call_id] = done.gate
        return done

    def parted(self, call: Call, envelope: Envelope) -> GateStep | None:
        """The end of the yes, where the two it is of are not alone together any more; None where they are.

        An end that was told before is told again with every step: a line that was cut may have lost it.
        """
        gate = self.gates.get(call.call_id)
        if gate is None:
            return None
        legs = (call.caller.leg_id, None if call.agent is None else call.agent.leg_id)
        is_same = legs == (gate.caller_leg_id, gate.agent_leg_id)
        holds = isinstance(envelope.event, LegHeld) and envelope.event.leg_id == gate.caller_leg_id
        return None if is_same and are_alone(call) and not holds else _told_again(self._lapse(gate, EarEnd.APART))

    def cut(self, switch: SwitchName) -> list[GateStep]:
        """The line to the switch was cut, or is back: nobody listens on. Where an end was told already, it is told again."""
        there = [gate for gate in self.gates.values() if gate.switch == switch]
        return [_told_again(self._lapse(gate, EarEnd.CUT)) for gate in there]

    def still_there(self, switch: SwitchName) -> list[EndListening]:
        """The ends for all who may hear on at a switch that speaks again, before anything else is done to their calls there."""
        return [listening.end_of(gate, gate.ear.ear_id) for gate in self.gates.values() if gate.switch == switch and gate.ear]

    def ended(self, call_id: CallId) -> tuple[EarClosed, ...]:
        """The call is over, and its gate with it."""
        gate = self.gates.pop(call_id, None)
        return () if gate is None else listening.close(gate)

    def _lapse(self, gate: Gate, reason: EarEnd) -> GateStep:
        done = listening.lapse(gate, reason)
        self.gates[gate.call_id] = done.gate
        return done


def _told_again(done: GateStep) -> GateStep:
    gate = done.gate
    if gate.ear is None:
        return done
    return GateStep(gate, (listening.end_of(gate, gate.ear.ear_id),), done.events)


def refused_ear(event: EarFact, envelope: Envelope) -> tuple[Command, ...]:
    """Who hears a call that nobody has, or that may not be heard, is told to end."""
    call_id = call_of(event.leg_id)
    if not isinstance(event, EarHears) or envelope.switch is None or call_id is None:
        return ()
    return (EndListening(call_id=call_id, switch=envelope.switch, leg_id=event.leg_id, ear_id=event.leg_id),)


def _gate_of(call: Call, event: ListeningAsked, before: Gate | None) -> Gate:
    """The gate of the two who talk now; one of the same two is asked at again."""
    if call.agent is None or event.agent_id is None:
        raise AssertionError("only the agent of a talk asks")
    if before is not None and (before.caller_leg_id, before.agent_leg_id) == (call.caller.leg_id, call.agent.leg_id):
        return before
    return Gate(
        call_id=call.call_id,
        switch=call.switch,
        agent_id=event.agent_id,
        caller_leg_id=call.caller.leg_id,
        agent_leg_id=call.agent.leg_id,
        words=event.words,
        ears=0 if before is None else before.ears,
        ear=None if before is None else before.ear,
    )


def _refusal_of_talk(call: Call, request: CallRequest) -> Refusal | None:
    """Somebody has to be there who can be asked, alone with the agent, and by a text for this."""
    if call.callee is not None and call.callee.is_machine:
        return Refusal(code=RefusalCode.NOBODY_TO_ASK)
    if isinstance(request, _NEEDS_BOTH_ALONE) and not are_alone(call):
        return Refusal(code=RefusalCode.WRONG_STATE, facts={"state": call.state.value})
    if isinstance(request, ListeningAsked) and request.words.purpose is not ConsentPurpose.LISTENING:
        return Refusal(code=RefusalCode.NOT_ASKED, facts={"purpose": request.words.purpose.value})
    return None


def _refusal_of_phone(request: ListenRequested, known: Floor) -> Refusal | None:
    """The phone has to be one of ours, and of nobody who is on duty with it."""
    owner = known.directory.endpoints.get(request.endpoint_id)
    if owner is None:
        return Refusal(code=RefusalCode.NO_ENDPOINT, facts={"endpoint": request.endpoint_id})
    if owner in known.agents or any(agent.endpoint_id == request.endpoint_id for agent in known.agents.values()):
        return Refusal(code=RefusalCode.ENDPOINT_IN_USE, facts={"endpoint": request.endpoint_id})
    return None


def _not_agreed() -> Refusal:
    return Refusal(code=RefusalCode.LISTENING_NOT_AGREED, facts={"answer": "not_asked"})

"""Callers handed on by the transfer key of an agent's own phone: the same request as by the desk or a code, by the same gate.

| where the phone points               | who gets the caller                                              |
|--------------------------------------|------------------------------------------------------------------|
| a colleague's phone or id, or number | the colleague (a number as of the codes: what their id ends with)|
| `*4` n, `*5` n, `*3` n               | as by these keys (talk_codes.py)                                 |
| one of our numbers                   | the queue of its project                                         |
| any other number                     | who has it, outside, if the desk permits                         |

The phone learns what came of it. It is told that somebody outside gets the caller when the desk has permitted it, and not before:
a phone that is told so hangs up.
"""

from collections.abc import Callable, Mapping, Sequence

from routing.did_table import Malformed, OurNumber, digits_of, look_up
from routing.directory import Directory
from telephony.call.model import Call
from telephony.commands import AnswerTransfer, Command
from telephony.dialling import DialEvent, DialPermitted
from telephony.engine.lines import call_with
from telephony.engine.ports import PartyRecord, TransferDialled
from telephony.engine.talk_codes import BY_PHONE, colleague_of, request_in_talk
from telephony.events import CallRequest
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, PartyId
from telephony.transfers import TransferRequested

AWAITED_KEPT = 1_000

NewParty = Callable[[str], PartyRecord]
"""Somebody new of that number."""


class PhoneTransfers:
    """What phones ask, and which of them still wait for an answer; in memory only."""

    def __init__(self) -> None:
        self._awaited: dict[CallId, AnswerTransfer] = {}

    def asked(
        self, what: TransferDialled, calls: Mapping[CallId, Call], directory: Directory, new_party: NewParty
    ) -> tuple[TransferRequested, PartyRecord | None] | None:
        """What the phone's agent asks for, and who outside is named by it; None where it can be nothing."""
        call = call_with(what.leg_id, calls)
        agent_id = None if call is None or call.leg(what.leg_id) is None else call.agent_of(what.leg_id)
        if call is None or agent_id is None or what.is_attended:
            return None
        found = _within(what.target, call, agent_id, directory)
        if found is not None or isinstance(digits_of(what.target), Malformed):
            return None if found is None else (found, None)
        party = new_party(what.target)
        return _request(call.call_id, agent_id, to_party_id=party.party_id), party

    def told(self, what: TransferDialled, call: Call, *, is_taken: bool) -> Sequence[Command]:
        """The phone is told."""
        return (AnswerTransfer(call_id=call.call_id, switch=call.switch, leg_id=what.leg_id, is_taken=is_taken),)

    def waits_for_desk(self, leg_id: LegId, call: Call) -> None:
        """The phone is told once the desk has spoken."""
        if len(self._awaited) >= AWAITED_KEPT:
            del self._awaited[next(iter(self._awaited))]
        self._awaited[call.call_id] = AnswerTransfer(call_id=call.call_id, switch=call.switch, leg_id=leg_id, is_taken=True)

    def desk_said(self, event: DialEvent) -> Sequence[Command]:
        """What the phone that asked for this is told."""
        answer = self._awaited.pop(event.call_id, None)
        if answer is None:
            return ()
        is_taken = isinstance(event, DialPermitted)
        return (AnswerTransfer(call_id=answer.call_id, switch=answer.switch, leg_id=answer.leg_id, is_taken=is_taken),)


def _within(target: str, call: Call, agent_id: AgentId, directory: Directory) -> TransferRequested | None:
    """To a colleague, a department or a queue."""
    if target.startswith("*"):
        project_id = None if call.terms is None else call.terms.project_id
        asked: CallRequest | None = request_in_talk(target.removesuffix("#"), call.call_id, agent_id, project_id, directory)
        return asked if isinstance(asked, TransferRequested) else None
    colleague = directory.endpoints.get(EndpointId(target)) or colleague_of(target, directory)
    if colleague is None and AgentId(target) in directory.agents:
        colleague = AgentId(target)
    if colleague is not None:
        return _request(call.call_id, agent_id, to_agent_id=colleague)
    ours = look_up(directory, target)
    return _request(call.call_id, agent_id, to_project_id=ours.project_id) if isinstance(ours, OurNumber) else None


def _request(call_id: CallId, agent_id: AgentId, **to: AgentId | PartyId | str) -> TransferRequested:
    return TransferRequested(call_id=call_id, agent_id=agent_id, by=BY_PHONE, **to)  # type: ignore[arg-type]

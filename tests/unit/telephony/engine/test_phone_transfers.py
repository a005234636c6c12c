"""The transfer key of an agent's phone: the same request as by the desk, and the phone learns what came of it."""

from collections.abc import Mapping

import pytest

from telephony.call.model import Call
from telephony.commands import AnswerTransfer
from telephony.dialling import DialPermitted, DialPurpose, DialRefused
from telephony.engine.phone_transfers import PhoneTransfers
from telephony.engine.ports import PartyRecord, TransferDialled
from telephony.identifiers import AgentId, CallId, LegId, PartyId
from telephony.transfers import TransferRequested
from tests.unit.telephony.scene import CALLER, DID, NORD, Scene, a_directory

ANNA, BEN = AgentId("anna"), AgentId("agent07")


def a_party(number: str) -> PartyRecord:
    return PartyRecord(party_id=PartyId("p9"), number=number, name=None, seen_at=0)  # type: ignore[arg-type]


def a_talk() -> tuple[Scene, Call, LegId]:
    scene = Scene(a_directory("anna", BEN)).on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    return scene, scene.turn.calls[call_id], scene.leg(call_id)


@pytest.mark.parametrize(
    ("target", "to"),
    [
        ("agent07", {"to_agent_id": BEN}),
        ("phone-agent07", {"to_agent_id": BEN}),
        ("7", {"to_agent_id": BEN}),
        ("*47", {"to_agent_id": BEN}),
        (DID, {"to_project_id": NORD}),
        ("03055501", {"to_project_id": NORD}),
    ],
)
def test_it_leads_where_the_codes_and_the_desk_lead(target: str, to: dict[str, str]) -> None:
    scene, call, leg = a_talk()
    asked = PhoneTransfers().asked(TransferDialled(leg_id=leg, target=target), scene.turn.calls, scene.turn.directory, a_party)
    assert asked == (TransferRequested(call_id=call.call_id, agent_id=ANNA, by="phone", **to), None)  # type: ignore[arg-type]


def test_another_number_is_somebody_outside_whom_the_request_names_by_id_alone() -> None:
    scene, _, leg = a_talk()
    asked = PhoneTransfers().asked(
        TransferDialled(leg_id=leg, target="030 112233"), scene.turn.calls, scene.turn.directory, a_party
    )
    assert asked is not None
    request, party = asked
    assert (request.to_party_id, party) == ("p9", a_party("030 112233"))
    assert "112233" not in repr(request)


@pytest.mark.parametrize("target", ["", "nobody", "*99", "*1", "*2 7", "1" * 30, "x\r\ny"])
def test_what_can_be_nothing_is_asked_of_nobody(target: str) -> None:
    scene, _, leg = a_talk()
    said = PhoneTransfers().asked(TransferDialled(leg_id=leg, target=target), scene.turn.calls, scene.turn.directory, a_party)
    assert said is None


def test_neither_the_callers_leg_nor_another_call_of_the_phone_hands_anything_on() -> None:
    scene, call, leg = a_talk()
    for what in (
        TransferDialled(leg_id=call.caller.leg_id, target="7"),
        TransferDialled(leg_id=leg, target="7", is_attended=True),
        TransferDialled(leg_id=LegId(f"{call.call_id}.agent.9"), target="7"),
    ):
        assert PhoneTransfers().asked(what, scene.turn.calls, scene.turn.directory, a_party) is None


@pytest.mark.parametrize("is_permitted", [True, False])
def test_for_somebody_outside_the_phone_is_told_when_the_desk_has_spoken_once(is_permitted: bool) -> None:
    _, call, leg = a_talk()
    transfers = PhoneTransfers()
    transfers.waits_for_desk(leg, call)
    of = {"call_id": call.call_id, "leg_id": LegId("out"), "party_id": PartyId("p9"), "purpose": DialPurpose.TRANSFER}
    refused = DialRefused(**of, code="no")  # type: ignore[arg-type]
    said = permitted(of) if is_permitted else refused
    expected = AnswerTransfer(call_id=call.call_id, switch=call.switch, leg_id=leg, is_taken=is_permitted)
    assert transfers.desk_said(said) == (expected,)
    assert transfers.desk_said(said) == ()
    assert transfers.desk_said(replace_call(refused)) == ()


def permitted(of: Mapping[str, object]) -> DialPermitted:
    return DialPermitted(
        **of,  # type: ignore[arg-type]
        number=CALLER,
        shown=None,
        right_id=None,
        rules_version="1",
        revision=1,
        ring_limit_ms=1,
        max_duration_ms=1,
        rate_micros=1,
        cost_limit_micros=1,
    )


def replace_call(event: DialRefused) -> DialRefused:
    return DialRefused(
        call_id=CallId("other"), leg_id=event.leg_id, party_id=event.party_id, purpose=event.purpose, code=event.code
    )

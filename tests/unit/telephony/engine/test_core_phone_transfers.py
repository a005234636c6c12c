"""The transfer key of an agent's phone through the core: handed on before the leg ends, refused, or left to the desk."""

from telephony.commands import AnswerTransfer, AskPermission, HangUp
from telephony.dialling import DialRefused
from telephony.engine.ports import TransferDialled
from telephony.events import EndpointChanged, LegAnswered, LegJoined, LegRinging, LogInRequested
from telephony.identifiers import AgentId, EndpointId, LegId, leg_id
from tests.unit.telephony.engine.test_core import House
from tests.unit.telephony.scene import SWITCH

ANNA, BEN = AgentId("anna"), AgentId("ben")


def a_talk() -> tuple[House, LegId]:
    house = House()
    house.core.connected(SWITCH)
    house.reconciled()
    house.anna_comes()
    house.a_caller()
    call = house.core.turn.calls[house.call_id]
    leg = leg_id(call.call_id, "agent", 1)
    for fact in (
        LegRinging(leg_id=leg),
        LegAnswered(leg_id=leg),
        LegAnswered(leg_id=LegId("caller")),
        LegJoined(leg_id=LegId("caller"), bridge_id=call.bridge_id),
        LegJoined(leg_id=leg, bridge_id=call.bridge_id),
    ):
        house.tells(fact)
    house.commands.clear()
    return house, leg


def told(house: House) -> list[bool]:
    return [command.is_taken for command in house.commands if isinstance(command, AnswerTransfer)]


def test_a_colleague_gets_the_caller_and_the_phone_is_told_before_its_leg_ends() -> None:
    house, leg = a_talk()
    house.tells(EndpointChanged(endpoint_id=EndpointId("phone-ben"), is_reachable=True))
    house.core.ask(LogInRequested(agent_id=BEN, endpoint_id=EndpointId("phone-ben")), lambda _refusal: None)
    house.commands.clear()
    house.tells(TransferDialled(leg_id=leg, target="ben"))
    kinds = [type(command) for command in house.commands]
    assert told(house) == [True]
    assert kinds.index(AnswerTransfer) < kinds.index(HangUp)
    assert "TransferRequested" in house.said()


def test_what_is_refused_or_means_nothing_moves_nobody() -> None:
    house, leg = a_talk()
    for target in ("ben", "nobody"):  # not on duty; not there
        house.tells(TransferDialled(leg_id=leg, target=target))
    assert told(house) == [False, False]
    assert len(house.commands) == 2
    assert house.said()[-1] == "RequestRefused"
    house.tells(TransferDialled(leg_id=LegId("nobodys"), target="ben"))
    assert len(house.commands) == 2


def test_nobody_is_handed_on_while_the_switch_is_not_reconciled() -> None:
    house, leg = a_talk()
    house.core.disconnected(SWITCH)
    house.commands.clear()
    house.tells(TransferDialled(leg_id=leg, target="ben"))
    assert told(house) == [False]


def test_a_number_outside_goes_to_the_desk_and_stays_out_of_the_journal() -> None:
    house, leg = a_talk()
    house.tells(TransferDialled(leg_id=leg, target="030 112233"))
    (asked,) = [command for command in house.commands if isinstance(command, AskPermission)]
    assert told(house) == [], "a phone that is told too early hangs up"
    assert [party.number for party in house.parties] == ["+491701234567", "030 112233"]
    assert "112233" not in repr(house.appended)
    house.core.said(
        DialRefused(
            call_id=house.call_id,
            leg_id=asked.leg_id,
            party_id=asked.party_id,
            purpose=asked.purpose,
            agent_id=ANNA,
            code="no_reference",
        )
    )
    assert told(house) == [False]
    assert house.core.turn.calls[house.call_id].bond is not None

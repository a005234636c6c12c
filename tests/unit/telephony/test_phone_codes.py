"""Codes pressed in mid-call and dialled: what they ask for, and that nothing else anybody types is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.departments import Department
from telephony.call.model import CallState
from telephony.engine.pressed import PressedKeys
from telephony.engine.talk_codes import TalkCode, colleague_of, request_in_talk
from telephony.events import CallRequest, FeatureCodeDialled, LegPressedKey
from telephony.identifiers import AgentId, CallId, EndpointId, Instant, LegId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)
from tests.unit.telephony.consult_scene import ANNA, BEN, Consult
from tests.unit.telephony.scene import DID, NORD, a_directory

DIRECTORY = a_directory("a01", "a02", "b-17", "anna")
CALL, A01 = CallId("c"), AgentId("a01")


def codes(keys: str, pause_us: int = 200_000) -> Iterator[str]:
    typed = TalkCode()
    for place, key in enumerate(keys):
        code = typed.press(key, Instant(1_000_000 + place * pause_us))
        if code is not None:
            yield code


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ("*1", CompleteRequested),
        ("*0", CancelRequested),
        ("*6", SwapRequested),
        ("*9", ConferenceRequested),
        ("*8", ParkRequested),
        ("*22#", ConsultRequested),
        ("*202#", ConsultRequested),
        ("*417#", TransferRequested),
        ("*53055501#", TransferRequested),
    ],
)
def test_a_code_asks_for_what_the_table_says(keys: str, kind: type[CallRequest]) -> None:
    (code,) = codes(keys)
    request = request_in_talk(code, CALL, A01, NORD, DIRECTORY)
    assert type(request) is kind
    assert request is not None
    assert (request.call_id, request.agent_id, request.by) == (CALL, A01, "phone")


def test_a_colleague_is_named_by_the_number_their_id_ends_with() -> None:
    assert colleague_of("02", DIRECTORY) == colleague_of("2", DIRECTORY) == "a02"
    assert colleague_of("17", DIRECTORY) == "b-17"
    assert colleague_of("9", DIRECTORY) is None
    twins = replace(DIRECTORY, agents={**DIRECTORY.agents, AgentId("b02"): DIRECTORY.agents[AgentId("a02")]})
    assert colleague_of("2", twins) is None, "two of that number are nobody"


def test_a_project_is_named_by_a_number_of_ours() -> None:
    request = request_in_talk(f"*5{DID[1:]}", CALL, A01, NORD, DIRECTORY)
    assert isinstance(request, TransferRequested)
    assert request.to_project_id == NORD
    assert request_in_talk("*5110", CALL, A01, NORD, DIRECTORY) is None


def test_a_department_is_named_by_its_digits_in_the_project_of_the_call() -> None:
    nord = replace(DIRECTORY.projects[NORD], departments=(Department(name="Technik", digits="12"), Department(name="Büro")))
    directory = replace(DIRECTORY, projects={NORD: nord})
    (handed,), (asked,) = codes("*312#"), codes("*712#")
    transfer = request_in_talk(handed, CALL, A01, NORD, directory)
    consult = request_in_talk(asked, CALL, A01, NORD, directory)
    assert isinstance(transfer, TransferRequested)
    assert isinstance(consult, ConsultRequested)
    assert transfer.to_department == consult.to_department == "Technik"
    assert request_in_talk("*3", CALL, A01, NORD, directory) is None
    assert request_in_talk("*313", CALL, A01, NORD, directory) is None
    assert request_in_talk("*312", CALL, A01, None, directory) is None


def test_keys_that_come_too_late_begin_anew() -> None:
    assert list(codes("*1", pause_us=6_000_000)) == []


@given(st.text("0123456789#ABCD", max_size=60))
def test_keys_without_a_star_are_never_a_code(keys: str) -> None:
    typed = TalkCode()
    assert list(codes(keys)) == []
    for key in keys:
        typed.press(key, Instant(1))
    assert typed._keys == "", "and nothing of them is kept"


@given(st.text("0123456789#*ABCD", max_size=80))
def test_of_whatever_is_typed_no_more_is_kept_than_a_code_may_have(keys: str) -> None:
    typed = TalkCode()
    for place, key in enumerate(keys):
        typed.press(key, Instant(place))
        assert len(typed._keys) <= 20


def pressed(scene: Consult, leg_id: LegId, keys: Sequence[str]) -> list[CallRequest]:
    reader = PressedKeys()
    events = [LegPressedKey(leg_id=leg_id, key=key) for key in keys]
    found = [reader.asked(event, scene.now, scene.turn.calls, scene.turn.directory) for event in events]
    return [request for request in found if request is not None]


def test_the_agents_keys_are_read_and_nobody_elses() -> None:
    scene = Consult().consulting()
    (request,) = pressed(scene, scene.annas, "*1")
    scene.happens(request)
    assert scene.refusal is None
    assert scene.state is CallState.TALKING
    assert pressed(Consult(), LegId("caller"), "*1") == []
    assert pressed(scene, LegId("phone-of-nobody"), "*1") == []


def test_a_colleagues_keys_are_the_colleagues() -> None:
    scene = Consult().consulting()
    (request,) = pressed(scene, scene.bens, "*1")
    assert request.agent_id == BEN
    scene.happens(request)
    assert scene.refusal is not None


def dialled(scene: Consult, digits: str) -> None:
    scene.happens(FeatureCodeDialled(leg_id=LegId("dial-1"), endpoint_id=EndpointId("phone-ben"), digits=digits))


def test_a_parked_caller_is_picked_up_by_dialling_the_number() -> None:
    scene = Consult()
    scene.happens(ParkRequested(call_id=scene.call_id, agent_id=ANNA))
    dialled(scene, "*71")
    assert any(isinstance(event, PickUpRequested) for event in scene.events)
    assert scene.done() == ["RingEndpoint", "PlayTone"] or scene.done() == ["PlayTone", "RingEndpoint"]
    assert scene.turn.calls[scene.call_id].state is CallState.ALERTING


@pytest.mark.parametrize("digits", ["*72", "*7", "*7x", "*70"])
def test_a_number_under_which_nobody_is_parked_is_refused_by_tone(digits: str) -> None:
    scene = Consult()
    scene.happens(ParkRequested(call_id=scene.call_id, agent_id=ANNA))
    dialled(scene, digits)
    assert scene.done() == ["PlayTone"]
    assert scene.turn.calls[scene.call_id].state is CallState.PARKED

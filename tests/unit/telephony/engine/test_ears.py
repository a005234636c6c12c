"""The gates of live calls: each of the one pair that talks, and told to end whenever that pair is not alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from recording.listening import Answer, Ear, Gate, GateStep
from routing.directory import Directory
from telephony.agent.model import Agent
from telephony.call.model import Call, Callee, CallState, Leg
from telephony.commands import Command
from telephony.dialling import DialPurpose, DialReference
from telephony.engine.ears import Ears, refused_ear
from telephony.errors import RefusalCode
from telephony.events import CallRequest, Envelope, Event, HoldRequested, LegHeld, LegUnheld
from telephony.identifiers import AgentId, CallId, EndpointId, EventId, Instant, LegId, PartyId, SwitchName, leg_id
from telephony.order_segments import ConsentPurpose, ConsentWords
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
    ListenMode,
    ListenRequested,
)
from tests.unit.recording.listening_story import PHONE, SUE, WORDS, Overheard
from tests.unit.recording.segment_story import ANNA
from tests.unit.recording.segment_story import WORDS as ORDER_WORDS
from tests.unit.telephony.scene import SWITCH

BEN = AgentId("ben")
STORY = Overheard()
CALL_ID = STORY.call_id
CALL = STORY.turn.calls[CALL_ID]
NOW = Instant(1_800_000_100_000_000)
EAR = leg_id(CALL_ID, "ear", 1)
NEWER = ConsentWords(language="de", version=4, sha256="ef" * 32, purpose=ConsentPurpose.LISTENING)

ASKED = ListeningAsked(call_id=CALL_ID, agent_id=ANNA, words=WORDS)
AGREED = ListeningAgreed(call_id=CALL_ID, agent_id=ANNA)
DECLINED = ListeningDeclined(call_id=CALL_ID, agent_id=ANNA)
REVOKED = ListeningRevoked(call_id=CALL_ID, agent_id=ANNA)
WANTED = ListenRequested(call_id=CALL_ID, agent_id=None, by=SUE, endpoint_id=PHONE, mode=ListenMode.LISTEN, reason="training")
ENOUGH = ListenEndRequested(call_id=CALL_ID, agent_id=None, by=SUE)
EVERY: tuple[CallRequest, ...] = (ASKED, AGREED, DECLINED, REVOKED, WANTED, ENOUGH)


@dataclass
class Floor:
    """What a request is held against."""

    directory: Directory = STORY.turn.directory
    calls: dict[CallId, Call] = field(default_factory=lambda: {CALL_ID: CALL})
    agents: dict[AgentId, Agent] = field(default_factory=lambda: dict(STORY.turn.agents))


def told(event: Event) -> Envelope:
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=NOW, received_at=NOW, event=event, call_id=CALL_ID, switch=SWITCH)


def ears(*events: Event) -> Ears:
    """After these, in this call."""
    found = Ears()
    for event in events:
        assert found.step(CALL, told(event)) is not None
    return found


def heard() -> Ears:
    return ears(ASKED, AGREED, WANTED)


def gate_of(found: Ears) -> Gate:
    return found.gates[CALL_ID]


def end(ear: LegId = EAR) -> EndListening:
    assert CALL.agent is not None
    return EndListening(call_id=CALL_ID, switch=SWITCH, leg_id=CALL.agent.leg_id, ear_id=ear)


def with_person(call: Call) -> Call:
    reference = DialReference(kind="contract", id="c-1")
    return replace(call, callee=Callee(party_id=PartyId("p"), purpose=DialPurpose.TRANSFER, rests_on=reference))


def with_machine(call: Call) -> Call:
    callee = with_person(call).callee
    assert callee is not None
    return replace(call, callee=replace(callee, machine_heard_at=Instant(1)))


def code(found: Ears, request: CallRequest, floor: Floor | None = None) -> tuple[RefusalCode, object] | None:
    refusal = found.refusal_of(request, floor or Floor())
    return None if refusal is None else (refusal.code, refusal.facts)


# -- who may ask -------------------------------------------------------------------------------------------------------------


def test_two_who_are_alone_together_may_be_asked() -> None:
    assert code(Ears(), ASKED) is None
    for call in (CALL, with_person(CALL)):
        assert all(code(ears(ASKED), each, Floor(calls={CALL_ID: call})) is None for each in EVERY)
    assert code(Ears(), HoldRequested(call_id=CALL_ID, agent_id=BEN), Floor(calls={})) is None


@pytest.mark.parametrize("request_", EVERY, ids=lambda each: type(each).__name__)
def test_a_machine_is_asked_nothing_and_listened_to_by_nobody(request_: CallRequest) -> None:
    assert code(heard(), request_, Floor(calls={CALL_ID: with_machine(CALL)})) == (RefusalCode.NOBODY_TO_ASK, {})


@pytest.mark.parametrize("request_", EVERY, ids=lambda each: type(each).__name__)
def test_apart_nothing_is_asked_or_agreed_to_and_a_no_and_an_end_are_heard_all_the_same(request_: CallRequest) -> None:
    apart = Floor(calls={CALL_ID: replace(CALL, state=CallState.HELD)})
    needs_both = request_ in (ASKED, AGREED, WANTED)
    assert code(heard(), request_, apart) == ((RefusalCode.WRONG_STATE, {"state": "held"}) if needs_both else None)


def test_a_text_for_something_else_is_no_question() -> None:
    other = replace(ASKED, words=ORDER_WORDS)
    assert code(Ears(), other) == (RefusalCode.NOT_ASKED, {"purpose": "order"})


@pytest.mark.parametrize("request_", [AGREED, DECLINED, REVOKED, ENOUGH], ids=lambda each: type(each).__name__)
def test_what_was_not_asked_or_is_said_by_another_agent_has_no_answer(request_: CallRequest) -> None:
    assert code(Ears(), request_) == (RefusalCode.NOT_ASKED, {"call": CALL_ID})
    as_ben = replace(request_, agent_id=BEN)
    assert code(ears(ASKED), as_ben) == (RefusalCode.NOT_ASKED, {"call": CALL_ID})
    assert code(ears(ASKED), replace(request_, agent_id=None)) is None


def test_of_a_talk_that_lapsed_the_gate_decides() -> None:
    lapsed = ears(ASKED, ListeningLapsed(call_id=CALL_ID, agent_id=ANNA, reason=EarEnd.CUT))
    assert code(lapsed, replace(DECLINED, agent_id=BEN)) is None


def test_without_a_question_nobody_listens() -> None:
    assert code(Ears(), WANTED) == (RefusalCode.LISTENING_NOT_AGREED, {"answer": "not_asked"})


def test_a_phone_is_one_of_ours_and_of_nobody_who_is_on_duty_with_it() -> None:
    nobodys, bens = EndpointId("phone-nobodys"), EndpointId("phone-ben")
    assert code(ears(ASKED), replace(WANTED, endpoint_id=nobodys)) == (RefusalCode.NO_ENDPOINT, {"endpoint": nobodys})
    assert code(ears(ASKED), replace(WANTED, endpoint_id=bens)) == (RefusalCode.ENDPOINT_IN_USE, {"endpoint": bens})
    on_sues = {BEN: replace(STORY.turn.agents[BEN], endpoint_id=PHONE)}
    assert code(ears(ASKED), WANTED, Floor(agents=on_sues)) == (RefusalCode.ENDPOINT_IN_USE, {"endpoint": PHONE})
    elsewhere = {BEN: replace(STORY.turn.agents[BEN], endpoint_id=EndpointId("another"))}
    in_use = code(ears(ASKED), replace(WANTED, endpoint_id=bens), Floor(agents=elsewhere))
    assert in_use == (RefusalCode.ENDPOINT_IN_USE, {"endpoint": bens})


# -- the gate ----------------------------------------------------------------------------------------------------------------


def test_a_question_makes_a_gate_of_the_two_who_talk() -> None:
    assert CALL.agent is not None
    assert gate_of(ears(ASKED)) == Gate(
        call_id=CALL_ID,
        switch=SWITCH,
        agent_id=ANNA,
        caller_leg_id=CALL.caller.leg_id,
        agent_leg_id=CALL.agent.leg_id,
        words=WORDS,
    )


def test_asked_again_the_gate_of_the_same_two_is_asked_at_again() -> None:
    found = ears(ASKED, AGREED, WANTED, REVOKED, replace(ASKED, words=NEWER))
    assert (gate_of(found).answer, gate_of(found).words, gate_of(found).ears) == (Answer.ASKED, NEWER, 1)
    before = gate_of(heard())
    for refused in (ASKED, AGREED):
        found = ears(ASKED, AGREED, WANTED, refused)
        assert found.gates == {CALL_ID: before}, "what is refused changes nothing"


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_another_pair_has_a_gate_of_its_own_and_who_still_listens_is_not_forgotten(who: str) -> None:
    found = heard()
    leg = replace(getattr(CALL, who), leg_id=LegId("another"))
    done = found.step(replace(CALL, **{who: leg}), told(replace(ASKED, agent_id=BEN, words=NEWER)))
    assert done is not None
    gate = gate_of(found)
    assert (gate.agent_id, gate.words, gate.answer) == (BEN, NEWER, Answer.ASKED)
    assert "another" in (gate.caller_leg_id, gate.agent_leg_id)
    assert (gate.ears, gate.ear) == (1, Ear(ear_id=EAR, by=SUE))


def test_nobody_asks_but_an_agent_who_talks() -> None:
    for call, asked in ((replace(CALL, agent=None), ASKED), (CALL, replace(ASKED, agent_id=None))):
        with pytest.raises(AssertionError, match="only the agent"):
            Ears().step(call, told(asked))


def test_a_call_without_a_gate_has_nothing_to_do_with_listening() -> None:
    found = Ears()
    assert found.step(CALL, told(AGREED)) is None
    assert found.parted(CALL, told(AGREED)) is None
    assert (found.cut(SWITCH), found.still_there(SWITCH), found.ended(CALL_ID)) == ([], [], ())


def test_the_phone_shows_the_project_of_the_call_and_a_blank_where_there_is_none() -> None:
    for call, shown in ((CALL, "Mithören Projekt Nord"), (replace(CALL, terms=None), "Mithören")):
        done = ears(ASKED, AGREED).step(call, told(WANTED))
        assert done is not None
        assert [each.display_name for each in done.commands if isinstance(each, LetListen)] == [shown]


# -- its end -----------------------------------------------------------------------------------------------------------------

PARTED: dict[str, Callable[[Call], Call]] = {
    "held": lambda call: replace(call, state=CallState.HELD),
    "agent gone": lambda call: replace(call, agent=None),
    "another agent's leg": lambda call: replace(call, agent=replace(_agent(call), leg_id=LegId("another"))),
    "another caller's leg": lambda call: replace(call, caller=replace(call.caller, leg_id=LegId("another"))),
    "a machine": with_machine,
}


def _agent(call: Call) -> Leg:
    assert call.agent is not None
    return call.agent


def lapse_of(reason: EarEnd) -> ListeningLapsed:
    return ListeningLapsed(call_id=CALL_ID, agent_id=ANNA, reason=reason)


@pytest.mark.parametrize("how", PARTED)
def test_two_who_are_parted_are_listened_to_no_more_and_that_is_told_until_it_is_proven(how: str) -> None:
    found = heard()
    apart = PARTED[how](CALL)
    done = found.parted(apart, told(LegUnheld(leg_id=CALL.caller.leg_id)))
    ended = replace(gate_of(heard()), answer=Answer.LAPSED, ear=Ear(ear_id=EAR, by=SUE, ends=EarEnd.APART))
    assert done == GateStep(ended, (end(),), (lapse_of(EarEnd.APART),))
    assert gate_of(found) == ended
    assert found.parted(apart, told(LegUnheld(leg_id=CALL.caller.leg_id))) == GateStep(ended, (end(),))


def test_two_who_stay_together_are_not_parted_but_where_the_outside_party_holds() -> None:
    assert CALL.agent is not None
    for event in (LegUnheld(leg_id=CALL.caller.leg_id), LegHeld(leg_id=CALL.agent.leg_id)):
        assert heard().parted(CALL, told(event)) is None
    assert heard().parted(CALL, told(LegHeld(leg_id=CALL.caller.leg_id))) is not None


def test_a_yes_that_lapses_while_nobody_listens_is_told_to_nobody_at_the_switch() -> None:
    found = ears(ASKED, AGREED)
    done = found.cut(SWITCH)
    assert done == [GateStep(gate_of(found), (), (lapse_of(EarEnd.CUT),))]
    assert gate_of(found).answer is Answer.LAPSED


def test_a_cut_line_ends_what_is_listened_to_there_and_tells_it_again_when_it_is_back() -> None:
    found = heard()
    assert found.cut(SwitchName("another")) == []
    [cut], [back] = found.cut(SWITCH), found.cut(SWITCH)
    assert (cut.commands, cut.events) == ((end(),), (lapse_of(EarEnd.CUT),))
    assert (back.commands, back.events, back.gate) == ((end(),), (), gate_of(found))


def test_a_switch_that_speaks_again_is_told_of_each_who_may_hear_on_there() -> None:
    assert heard().still_there(SWITCH) == [end()]
    assert heard().still_there(SwitchName("another")) == []
    assert ears(ASKED, AGREED).still_there(SWITCH) == []


def test_with_its_call_the_gate_is_gone_and_who_listened_hears_nobody() -> None:
    closed = EarClosed(call_id=CALL_ID, agent_id=ANNA, ear_id=EAR, by=SUE, reason=EarEnd.CALL_ENDED, has_heard=False)
    found = heard()
    assert found.ended(CALL_ID) == (closed,)
    assert found.gates == {}


def test_who_hears_what_no_gate_lets_them_hear_is_told_to_end() -> None:
    refused: tuple[Command, ...] = (EndListening(call_id=CALL_ID, switch=SWITCH, leg_id=EAR, ear_id=EAR),)
    hears = EarHears(leg_id=EAR)
    assert refused_ear(hears, told(hears)) == refused
    assert refused_ear(EarEnded(leg_id=EAR), told(EarEnded(leg_id=EAR))) == ()
    assert refused_ear(hears, replace(told(hears), switch=None)) == ()
    nobodys = EarHears(leg_id=LegId("nobodys"))
    assert refused_ear(nobodys, told(nobodys)) == ()

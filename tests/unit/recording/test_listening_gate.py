"""The gate's rules one by one: what each word does to the yes, to who listens, and to the switch."""

import pytest
from msgspec.structs import replace

from recording import listening
from recording.listening import Answer, Ear, Gate, GateStep
from telephony.errors import RefusalCode
from telephony.events import Event, LegHeld
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, SwitchName, leg_id
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

CALL, ANNA, SUE, SWITCH = CallId("call"), AgentId("anna"), "sue", SwitchName("one")
AGENTS_LEG, EAR, OTHER = LegId("call.agent.1"), leg_id(CALL, "ear", 1), LegId("call.ear.7")
WORDS = ConsentWords(language="de", version=1, sha256="ab" * 32, purpose=ConsentPurpose.LISTENING)
NEWER = ConsentWords(language="de", version=2, sha256="cd" * 32, purpose=ConsentPurpose.LISTENING)
OPEN = (Answer.ASKED, Answer.AGREED)

GATE = Gate(
    call_id=CALL, switch=SWITCH, agent_id=ANNA, caller_leg_id=LegId("call.caller.1"), agent_leg_id=AGENTS_LEG, words=WORDS
)
LISTENED = replace(GATE, answer=Answer.AGREED, ear=Ear(ear_id=EAR, by=SUE), ears=1)
END = EndListening(call_id=CALL, switch=SWITCH, leg_id=AGENTS_LEG, ear_id=EAR)
ASKED, AGREED, DECLINED, REVOKED = (
    ListeningAsked(call_id=CALL, agent_id=ANNA, words=NEWER),
    ListeningAgreed(call_id=CALL, agent_id=ANNA),
    ListeningDeclined(call_id=CALL, agent_id=ANNA),
    ListeningRevoked(call_id=CALL, agent_id=ANNA),
)
WANTED = ListenRequested(
    call_id=CALL, agent_id=None, by=SUE, endpoint_id=EndpointId("phone"), mode=ListenMode.WHISPER, reason="training"
)
ENOUGH = ListenEndRequested(call_id=CALL, agent_id=None, by=SUE)


def at(answer: Answer) -> Gate:
    return replace(GATE, answer=answer)


def told_to_end(reason: EarEnd) -> Gate:
    return replace(LISTENED, ear=Ear(ear_id=EAR, by=SUE, ends=reason))


def refused(gate: Gate, event: Event) -> tuple[RefusalCode, object]:
    """The refusal of a word that changes nothing."""
    step = listening.step(gate, event)
    assert step.refusal is not None
    assert step == GateStep(gate, refusal=step.refusal)
    return step.refusal.code, step.refusal.facts


def closed(reason: EarEnd, *, has_heard: bool = False) -> EarClosed:
    return EarClosed(call_id=CALL, agent_id=ANNA, ear_id=EAR, by=SUE, reason=reason, has_heard=has_heard)


def lapsed(reason: EarEnd) -> ListeningLapsed:
    return ListeningLapsed(call_id=CALL, agent_id=ANNA, reason=reason)


# -- the question and its answer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [each for each in Answer if each is not Answer.AGREED])
def test_it_is_asked_anew_by_the_words_of_now_unless_the_yes_stands(answer: Answer) -> None:
    assert listening.step(at(answer), ASKED) == GateStep(replace(GATE, words=NEWER, answer=Answer.ASKED))


def test_while_the_yes_stands_nothing_is_asked_and_no_other_words_take_its_place() -> None:
    assert refused(LISTENED, ASKED) == (RefusalCode.WRONG_STATE, {"state": "agreed"})


@pytest.mark.parametrize(("event", "after"), [(AGREED, Answer.AGREED), (DECLINED, Answer.DECLINED)])
def test_an_answer_is_one_to_a_question_that_stands(event: Event, after: Answer) -> None:
    assert listening.step(GATE, event) == GateStep(at(after))
    for answer in Answer:
        if answer is not Answer.ASKED:
            assert refused(at(answer), event) == (RefusalCode.NOT_ASKED, {"call": CALL})


def test_a_yes_is_taken_back_where_there_is_one() -> None:
    assert listening.step(at(Answer.AGREED), REVOKED) == GateStep(at(Answer.WITHDRAWN))
    for answer in Answer:
        if answer is not Answer.AGREED:
            assert refused(at(answer), REVOKED) == (RefusalCode.NOT_ASKED, {"call": CALL})


def test_what_is_no_word_of_listening_changes_nothing() -> None:
    assert listening.step(LISTENED, LegHeld(leg_id=AGENTS_LEG)) == GateStep(LISTENED)


# -- the phone of who listens ------------------------------------------------------------------------------------------------


def test_the_phone_rings_for_twenty_seconds_and_shows_the_project() -> None:
    step = listening.step(replace(at(Answer.AGREED), ears=3), WANTED, project="Nord")
    ear_id = leg_id(CALL, "ear", 4)
    command = LetListen(
        call_id=CALL,
        switch=SWITCH,
        leg_id=AGENTS_LEG,
        ear_id=ear_id,
        endpoint_id=EndpointId("phone"),
        mode=ListenMode.WHISPER,
        display_name="Mithören Nord",
        timeout_ms=20_000,
    )
    assert step == GateStep(replace(at(Answer.AGREED), ear=Ear(ear_id=ear_id, by=SUE), ears=4), (command,))


def test_a_project_without_a_name_leaves_no_blank_behind() -> None:
    (command,) = listening.step(at(Answer.AGREED), WANTED).commands
    assert isinstance(command, LetListen)
    assert command.display_name == "Mithören"


@pytest.mark.parametrize("answer", [each for each in Answer if each is not Answer.AGREED])
def test_without_a_yes_that_stands_the_refusal_names_the_answer(answer: Answer) -> None:
    assert refused(at(answer), WANTED) == (RefusalCode.LISTENING_NOT_AGREED, {"answer": answer.value})


def test_beside_one_who_listens_nobody_else_does() -> None:
    assert refused(LISTENED, WANTED) == (RefusalCode.SOMEBODY_LISTENS, {"call": CALL})


def test_who_has_heard_enough_is_told_to_end_once() -> None:
    step = listening.step(LISTENED, ENOUGH)
    assert step == GateStep(told_to_end(EarEnd.ASKED), (END,))
    assert listening.step(step.gate, ENOUGH) == GateStep(step.gate)


def test_where_nobody_listens_nobody_can_end_it() -> None:
    assert refused(at(Answer.DECLINED), ENOUGH) == (RefusalCode.WRONG_STATE, {"state": "declined"})


def test_the_switchs_word_that_it_hears_is_kept() -> None:
    heard = replace(LISTENED, ear=Ear(ear_id=EAR, by=SUE, has_heard=True))
    assert listening.step(LISTENED, EarHears(leg_id=EAR)) == GateStep(heard)


def test_one_that_hears_after_its_end_was_told_is_told_again() -> None:
    step = listening.step(told_to_end(EarEnd.WITHDRAWN), EarHears(leg_id=EAR))
    ear = Ear(ear_id=EAR, by=SUE, has_heard=True, ends=EarEnd.WITHDRAWN)
    assert step == GateStep(replace(LISTENED, ear=ear), (END,))


@pytest.mark.parametrize("gate", [GATE, LISTENED], ids=["nobody may listen", "somebody else does"])
def test_another_that_hears_is_told_to_end(gate: Gate) -> None:
    end = EndListening(call_id=CALL, switch=SWITCH, leg_id=AGENTS_LEG, ear_id=OTHER)
    assert listening.step(gate, EarHears(leg_id=OTHER)) == GateStep(gate, (end,))


def test_an_end_of_another_is_none_of_who_listens() -> None:
    assert listening.step(LISTENED, EarEnded(leg_id=OTHER)) == GateStep(LISTENED)
    assert listening.step(GATE, EarEnded(leg_id=EAR)) == GateStep(GATE)


@pytest.mark.parametrize("reason", [None, EarEnd.ASKED, EarEnd.APART])
def test_the_end_names_why_it_was_told_and_else_the_phone(reason: EarEnd | None) -> None:
    gate = LISTENED if reason is None else told_to_end(reason)
    said = closed(reason or EarEnd.PHONE_ENDED)
    assert listening.step(gate, EarEnded(leg_id=EAR)) == GateStep(replace(gate, ear=None), events=(said,))


# -- the end of the talk -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", list(Answer))
def test_a_question_and_a_yes_lapse_and_nothing_else_does(answer: Answer) -> None:
    step = listening.lapse(at(answer), EarEnd.APART)
    assert step == (GateStep(at(Answer.LAPSED), events=(lapsed(EarEnd.APART),)) if answer in OPEN else GateStep(at(answer)))


def test_a_yes_that_lapses_ends_the_listening_for_the_first_reason_told() -> None:
    gate = replace(told_to_end(EarEnd.CUT), answer=Answer.LAPSED)
    assert listening.lapse(LISTENED, EarEnd.CUT) == GateStep(gate, (END,), (lapsed(EarEnd.CUT),))
    before = told_to_end(EarEnd.ASKED)
    assert listening.lapse(before, EarEnd.CUT) == GateStep(replace(before, answer=Answer.LAPSED), (), (lapsed(EarEnd.CUT),))


@pytest.mark.parametrize("gate", [*map(at, Answer), LISTENED, told_to_end(EarEnd.ASKED)])
def test_a_lapse_that_is_read_again_leaves_the_gate_it_left_and_tells_nobody(gate: Gate) -> None:
    after = listening.lapse(gate, EarEnd.CUT).gate
    assert listening.step(gate, lapsed(EarEnd.CUT)) == GateStep(after)


def test_the_end_of_the_call_ends_who_listens_and_what_was_told_before_stands() -> None:
    assert listening.close(GATE) == ()
    assert listening.close(LISTENED) == (closed(EarEnd.CALL_ENDED),)
    assert listening.close(told_to_end(EarEnd.WITHDRAWN)) == (closed(EarEnd.WITHDRAWN),)

"""What an observer makes of callers who are called back."""

from routing.whatif.observe import Observer
from routing.whatif.promised import AGREES, DECLINES, IN_VAIN, REACHED
from telephony.agent.model import AgentRules
from telephony.causes import HangupCause
from telephony.events import LegAnswered
from telephony.identifiers import MS, Instant, LegId
from tests.unit.telephony.callback_story import MINUTE_MS, Journaled
from tests.unit.telephony.scene import NORD


def observed(scene: Journaled) -> Observer:
    first, last = scene.journal[0].occurred_at, scene.journal[-1].occurred_at
    observer = Observer(scene.turn.directory, AgentRules(), from_at=first, to_at=Instant(last + 1), threshold_ms=20_000)
    for envelope in scene.journal:
        observer.take(envelope)
    observer.finish()
    return observer


def promised() -> Journaled:
    scene = Journaled()
    scene.later(7_000)
    scene.presses("1")
    scene.hangs_up(LegId("caller"))
    scene.on_duty("anna")
    return scene


def dialled(scene: Journaled, number: int = 1) -> None:
    scene.agent_takes(number)
    scene.desk_permits()


def test_attempts_and_their_ends_are_known_and_the_line_has_answered_nobody() -> None:
    scene = promised()
    dialled(scene)
    scene.later(20_000)
    scene.hangs_up(scene.callee(), HangupCause.BUSY)
    scene.agent_gone()
    scene.later(10 * MINUTE_MS)
    dialled(scene, 2)
    scene.later(12_000)
    scene.happens(LegAnswered(leg_id=scene.callee(2)))
    scene.hangs_up(scene.callee(2))
    scene.hangs_up(scene.leg(scene.call_id, 2), by_phone=False)
    observer = observed(scene)
    [(answer, waited_us, took_us)] = observer.demand.answers[NORD]
    assert (answer, waited_us // MS // 1_000, took_us // MS // 1_000) == (AGREES, 30, 7)
    outcomes = dict(observer.demand.attempts[NORD].values)
    assert {outcome: bound // MS // 1_000 for outcome, bound in outcomes.items()} == {IN_VAIN: 20, REACHED: 12}
    counts = observer.tally.projects[NORD]
    assert (counts.offered, counts.callbacks, counts.reached, counts.answered, counts.abandoned) == (1, 1, 1, 0, 0)
    assert observer.demand.offers_of_all.seen == 0


def test_the_last_attempt_in_vain_is_one_as_well() -> None:
    scene = promised()
    for number in (1, 2):
        dialled(scene, number)
        scene.hangs_up(scene.callee(number), HangupCause.NO_ANSWER)
        scene.agent_gone(number)
        scene.later(10 * MINUTE_MS)
    observer = observed(scene)
    assert [outcome for outcome, _ in observer.demand.attempts[NORD].values] == [IN_VAIN, IN_VAIN]
    assert observer.tally.projects[NORD].reached == 0


def test_an_agent_who_does_not_answer_before_a_callback_has_missed_no_waiting_caller() -> None:
    """Else misses would be counted of callbacks, and answers would not: agents would miss more than they did."""
    scene = promised()
    scene.hangs_up(scene.leg(scene.call_id, 1), HangupCause.NO_ANSWER)
    observer = observed(scene)
    assert observer.demand.offers_of_all.seen == 0


def test_who_says_no_waits_on_and_gives_up_like_any_other() -> None:
    scene = Journaled()
    scene.presses("*")
    scene.later(5_000)
    scene.hangs_up(LegId("caller"))
    observer = observed(scene)
    assert observer.demand.answers[NORD][0][0] == DECLINES
    counts = observer.tally.projects[NORD]
    assert (counts.callbacks, counts.abandoned) == (0, 1)

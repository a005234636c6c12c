"""Callers whom an agent hands on wait once more under every rule, and count once."""

from routing.whatif.demand import Mark
from routing.whatif.observe import Observer
from telephony.agent.model import AgentRules
from telephony.causes import HangupCause
from telephony.events import AvailableRequested, Event
from telephony.identifiers import SECOND, AgentId, Instant, LegId
from telephony.transfers import TransferRequested
from tests.unit.routing.centre import at
from tests.unit.routing.whatif.test_play import ANNA, BEN, HOTLINE, HOUR, a_day, played
from tests.unit.telephony.scene import NORD, Scene, a_directory
from tests.unit.telephony.test_handing_on import SUED, with_sued


def handed_on(*, waits_ms: int) -> Observer:
    """Anna talks for five minutes and hands the caller on; Ben comes so much later and talks for two."""
    scene = Scene(with_sued(a_directory()))
    observer = Observer(
        scene.turn.directory,
        AgentRules(),
        from_at=scene.now,
        to_at=Instant(scene.now + HOUR * SECOND),
        threshold_ms=20_000,
    )
    happens = scene.happens

    def told(event: Event, **more: object):  # type: ignore[no-untyped-def]
        result = happens(event, **more)  # type: ignore[arg-type]
        for envelope in result.envelopes:
            observer.take(envelope)
        return result

    scene.happens = told  # type: ignore[method-assign]
    scene.on_duty("anna")
    call_id = scene.a_caller()
    scene.later(1_000)
    scene.answers(call_id)
    scene.later(300_000)
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_project_id=SUED))
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.later(waits_ms)
    scene.on_duty("ben")
    scene.answers(call_id, 2)
    scene.later(120_000)
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.NORMAL, by_phone=False)
    for agent in ("anna", "ben"):
        scene.happens(AvailableRequested(agent_id=AgentId(agent)))
    observer.finish()
    return observer


def test_both_talks_are_work_and_the_caller_is_one() -> None:
    observer = handed_on(waits_ms=30_000)
    demand, counts = observer.demand, observer.tally.all
    assert (counts.offered, counts.answered, len(demand)) == (1, 1, 1)
    [(_, waited_us, mark)] = demand.handed_on
    assert (waited_us // SECOND, mark.project_id, mark.did) == (1, SUED, "")
    talks = {key: talk_us // SECOND for key, sample in demand.work.items() for talk_us, _ in sample.values}
    assert talks == {(NORD, ANNA): 300, (SUED, BEN): 120}
    assert list(demand.waits) == [NORD]


def test_the_agent_of_the_second_talk_was_there_for_other_callers() -> None:
    demand = handed_on(waits_ms=30_000).demand
    [(since, until)] = demand.duty[BEN]
    assert until - since > 120 * SECOND


def test_who_is_handed_on_takes_an_agent_but_counts_in_no_figure() -> None:
    day = a_day([0, 150], agents={ANNA: [(0, HOUR)]})
    day.handed_on.append((at(140), 5 * SECOND, Mark(project_id=HOTLINE)))
    tally = played(day)
    assert (tally.all.offered, tally.all.answered) == (2, 2)
    assert tally.all.waited_us == 50 * SECOND, "the caller at 150 s waits for the end of the second talk at 200 s"
    assert sum(tally.busy_us) == 180 * SECOND


def test_who_is_handed_on_and_gives_up_is_not_abandoned() -> None:
    day = a_day([0], agents={ANNA: [(0, HOUR)]}, talk_s=600, gives_up_s=30)
    day.handed_on.append((at(10), 0, Mark(project_id=HOTLINE)))
    tally = played(day)
    assert (tally.all.offered, tally.all.answered, tally.all.abandoned) == (1, 1, 0)

"""Who counts as present: every witness of it, alone, through the whole turn."""

import pytest

from telephony.agent.evidence import Absence
from telephony.agent.judged import DesktopSeen, LineMeasured, PresenceJudged
from telephony.agent.line_quality import LineFault
from telephony.agent.model import AgentState
from telephony.causes import HangupCause
from telephony.engine.turn import Turn
from telephony.events import AgentReserved, AgentTimerFired, EndpointChanged, Envelope, LogInRequested, LogOutRequested
from telephony.identifiers import SECOND, AgentId, EndpointId, Instant
from tests.unit.telephony.scene import SWITCH, CountingIds, Scene, a_directory

ANNA, BEN = AgentId("anna"), AgentId("ben")
PHONE = EndpointId("phone-anna")


def absence(scene: Scene, phone: EndpointId = PHONE) -> Absence | None:
    return scene.turn.presence[phone].absence


def probe(scene: Scene, round_trip_ms: float = 20) -> None:
    scene.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=True, round_trip_us=int(round_trip_ms * 1_000)))


def voice(scene: Scene, *, lost: int = 0, jitter_ms: float = 5, round_trip_ms: float = 30) -> None:
    scene.happens(
        LineMeasured(
            endpoint_id=PHONE,
            expected=1_000,
            lost=lost,
            jitter_us=int(jitter_ms * 1_000),
            round_trip_us=int(round_trip_ms * 1_000),
        )
    )


def blinks(scene: Scene) -> None:
    scene.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=False))
    scene.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=True))


def test_a_phone_that_comes_and_goes_has_to_stand_for_a_while_before_it_is_offered_a_call() -> None:
    scene = Scene().on_duty("anna")
    blinks(scene)
    blinks(scene)
    assert absence(scene) is None
    blinks(scene)
    assert absence(scene) is Absence.UNSTEADY
    assert ANNA not in scene.turn.floor.available
    scene.a_caller()
    assert "AgentReserved" not in scene.said()
    scene.later(44_000)
    assert absence(scene) is Absence.UNSTEADY
    scene.later(2_000)
    assert scene.turn.agents[ANNA].state is AgentState.RESERVED, "the caller who waits is offered at once"


def test_a_phone_that_went_away_off_duty_is_no_flapping() -> None:
    scene = Scene().on_duty("anna")
    blinks(scene)
    blinks(scene)
    scene.happens(LogOutRequested(agent_id=ANNA))
    blinks(scene)
    scene.happens(LogInRequested(agent_id=ANNA, endpoint_id=PHONE))
    blinks(scene)
    assert absence(scene) is None


def test_blinks_that_are_far_apart_are_no_flapping() -> None:
    scene = Scene().on_duty("anna")
    for _ in range(5):
        blinks(scene)
        scene.later(100_000)
    assert absence(scene) is None


def test_a_desktop_that_is_closed_keeps_offers_away_and_ends_nothing_else() -> None:
    scene = Scene().on_duty("anna")
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=45_000))
    assert scene.said() == [], "a beat is not kept"
    scene.later(40_000)
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=45_000))
    scene.later(44_000)
    assert ANNA in scene.turn.floor.available, "a late beat throws nobody out"
    scene.later(2_000)
    assert absence(scene) is Absence.DESKTOP_GONE
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE, "nobody is logged out by a witness"
    scene.a_caller()
    assert "AgentReserved" not in scene.said()
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=45_000))
    assert scene.said()[0] == "PresenceJudged"
    assert "AgentReserved" in scene.said()


def test_a_desktop_that_is_closed_in_mid_call_leaves_the_call_alone() -> None:
    scene = Scene().on_duty("anna")
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=10_000))
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.later(20_000)
    assert absence(scene) is Absence.DESKTOP_GONE
    assert scene.turn.agents[ANNA].state is AgentState.TALKING


def test_an_agent_without_a_desktop_needs_none_and_the_log_in_begins_anew() -> None:
    scene = Scene().on_duty("anna")
    scene.later(600_000)
    assert absence(scene) is None
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=1_000))
    scene.later(5_000)
    assert absence(scene) is Absence.DESKTOP_GONE
    scene.happens(LogOutRequested(agent_id=ANNA))
    scene.happens(LogInRequested(agent_id=ANNA, endpoint_id=PHONE))
    assert absence(scene) is None
    assert ANNA in scene.turn.floor.available


def test_a_voice_that_stopped_in_mid_call_keeps_offers_away_until_probes_could_notice() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False, is_estimated=True)
    assert scene.turn.agents[ANNA].state is AgentState.RECOVERING
    assert absence(scene) is Absence.SILENT
    scene.later(16_000)
    assert absence(scene) is None


@pytest.mark.parametrize(
    ("figures", "fault"),
    [
        ({"lost": 120}, LineFault.LOSS),
        ({"jitter_ms": 120}, LineFault.JITTER),
        ({"round_trip_ms": 700}, LineFault.ROUND_TRIP),
        ({"lost": 40, "jitter_ms": 70, "round_trip_ms": 450}, LineFault.SCORE),
    ],
)
def test_a_line_too_bad_for_a_talk_is_offered_nothing_and_the_reason_is_told(figures: dict[str, int], fault: LineFault) -> None:
    scene = Scene().on_duty("anna")
    voice(scene, **figures)
    assert absence(scene) is None, "one figure is no verdict"
    voice(scene, **figures)
    (judged,) = [envelope for envelope in scene.events if isinstance(envelope, PresenceJudged)]
    assert (judged.agent_id, judged.absence, judged.fault) == (ANNA, Absence.BAD_LINE, fault)
    assert judged.mos_hundredths is not None
    scene.a_caller()
    assert "AgentReserved" not in scene.said()


def test_a_bad_line_is_tried_again_when_its_figures_are_old_and_waits_longer_each_time_it_fails() -> None:
    scene = Scene().on_duty("anna")
    waits = []
    for _ in range(3):
        voice(scene, lost=200)
        voice(scene, lost=200)
        assert absence(scene) is Absence.BAD_LINE
        began_at = scene.now
        while absence(scene) is Absence.BAD_LINE:
            scene.later(1_000)
        waits.append((scene.now - began_at) // SECOND)
    assert waits[0] in range(119, 125)
    assert waits[1] in range(waits[0] + 58, waits[0] + 63)
    assert waits[2] in range(waits[1] + 118, waits[1] + 123)


def test_round_trips_of_probes_close_the_gate_and_open_it() -> None:
    scene = Scene().on_duty("anna")
    probe(scene, 900)
    probe(scene, 900)
    assert absence(scene) is Absence.BAD_LINE
    for _ in range(12):
        scene.later(10_000)
        probe(scene, 40)
    assert absence(scene) is None


def test_a_clock_that_is_set_forward_lets_no_lease_run_out() -> None:
    scene = Scene().on_duty("anna")
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=45_000))
    scene.now = Instant(scene.now + 3_600 * SECOND)
    (due,) = [event for _, event in scene.turn.due_now() if isinstance(event, AgentTimerFired)]
    scene.happens(due)
    assert absence(scene) is None
    scene.later(46_000)
    assert absence(scene) is Absence.DESKTOP_GONE


def test_a_clock_that_is_set_back_makes_no_lease_longer() -> None:
    scene = Scene().on_duty("anna")
    scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=45_000))
    scene.now = Instant(scene.now - 3_600 * SECOND)
    probe(scene)
    assert absence(scene) is None
    scene.later(46_000)
    assert absence(scene) is Absence.DESKTOP_GONE


def test_a_replay_of_the_journal_knows_the_same_verdict_and_lets_it_run_out_as_usual() -> None:
    scene = Scene()
    journal: list[Envelope] = []
    for name in ("anna", "ben"):
        phone = EndpointId(f"phone-{name}")
        journal += scene.happens(EndpointChanged(endpoint_id=phone, is_reachable=True)).envelopes
        journal += scene.happens(LogInRequested(agent_id=AgentId(name), endpoint_id=phone)).envelopes
    for _ in range(2):
        measured = LineMeasured(endpoint_id=PHONE, expected=100, lost=30)
        journal += scene.happens(measured).envelopes
    assert not any(isinstance(envelope.event, LineMeasured) for envelope in journal)
    after = Scene()
    after.turn = Turn(directory=a_directory(), rules=scene.turn.rules, ids=CountingIds(), next_seq=journal[-1].seq + 1)
    after.turn.restore(journal)
    after.now = scene.now
    assert after.turn.presence[PHONE].absence is absence(scene) is Absence.BAD_LINE
    assert list(after.turn.floor.available) == [BEN]
    after.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=True, round_trip_us=20_000))
    assert absence(after) is Absence.BAD_LINE
    after.later(125_000)
    assert absence(after) is None


def test_a_reservation_made_before_the_verdict_stands() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    assert any(isinstance(event, AgentReserved) for event in scene.events)
    blinks(scene)
    blinks(scene)
    blinks(scene)
    assert absence(scene) is Absence.UNSTEADY
    assert scene.turn.agents[ANNA].call_id in (call_id, None)
    assert scene.turn.calls[call_id].switch == SWITCH

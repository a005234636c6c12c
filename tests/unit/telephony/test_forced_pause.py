"""A pause that the service sets by itself lasts no longer than one shift, unless a person stands behind it."""

import pytest

from store.journal_codec import JournalCodec
from telephony.agent.model import MISSED_CALLS, Agent, AgentRules, AgentState, AgentTimer
from telephony.agent.noted import AgentNoted
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.causes import HangupCause
from telephony.engine.arrival import TurnResult
from telephony.errors import RefusalCode
from telephony.events import AgentTimerFired, AvailableRequested, Envelope, Event, LogOutRequested, PauseRequested
from telephony.identifiers import AgentId, Instant, SwitchName, after_ms
from tests.unit.telephony.scene import SWITCH, CountingIds, Scene, a_directory

ANNA = AgentId("anna")
HOUR_MS = 3_600_000
RULES = AgentRules(misses_until_pause=1, forced_pause_ms=8 * HOUR_MS)


class Kept(Scene):
    """A scene that keeps its journal."""

    def __init__(self, rules: AgentRules = RULES) -> None:
        self.journal: list[Envelope] = []
        super().__init__(a_directory("anna"), rules)

    def happens(self, event: Event, *, switch: SwitchName = SWITCH) -> TurnResult:
        result = super().happens(event, switch=switch)
        self.journal += result.envelopes
        return result

    @property
    def anna(self) -> Agent:
        return self.turn.agents[ANNA]

    def refused(self) -> RefusalCode | None:
        return None if self.refusal is None else self.refusal.code

    def miss(self) -> None:
        call_id = self.a_caller(f"caller-{self.now}")
        self.hangs_up(self.leg(call_id), HangupCause.BUSY)
        self.hangs_up(self.turn.calls[call_id].caller.leg_id)

    def restarted(self) -> "Kept":
        codec = JournalCodec()
        other = Kept(self.turn.rules)
        other.turn.restore([codec.decode(codec.encode(envelope)) for envelope in self.journal])
        other.ids = CountingIds()
        other.now = self.now
        return other


def a_forced_pause() -> Kept:
    scene = Kept()
    scene.on_duty("anna")
    scene.miss()
    assert (scene.anna.state, scene.anna.pause_reason) == (AgentState.PAUSED, MISSED_CALLS)
    return scene


def on_shift_for(scene: Kept, hours: int) -> Instant:
    until = after_ms(scene.now, hours * HOUR_MS)
    scene.happens(ShiftTold(agent_id=ANNA, until_at=until))
    return until


def test_without_a_plan_it_ends_after_the_rules_time_and_the_misses_are_forgiven() -> None:
    scene = a_forced_pause()
    assert scene.anna.forced_until == after_ms(scene.anna.since, 8 * HOUR_MS)
    scene.later(8 * HOUR_MS - 2_000)
    assert scene.anna.state is AgentState.PAUSED
    scene.later(3_000)
    assert (scene.anna.state, scene.anna.misses, scene.anna.is_forced) == (AgentState.AVAILABLE, 0, False)


def test_it_ends_with_the_shift() -> None:
    scene = Kept()
    scene.on_duty("anna")
    until = on_shift_for(scene, 3)
    scene.miss()
    assert scene.anna.forced_until == until
    scene.later(3 * HOUR_MS)
    assert scene.anna.state is AgentState.AVAILABLE


def test_a_shift_that_is_over_is_none() -> None:
    scene = Kept()
    scene.on_duty("anna")
    on_shift_for(scene, 1)
    scene.later(2 * HOUR_MS)
    scene.miss()
    assert scene.anna.forced_until == after_ms(scene.anna.since, 8 * HOUR_MS)


@pytest.mark.parametrize(("hours", "left_ms"), [(2, 2 * HOUR_MS), (20, 8 * HOUR_MS)])
def test_a_plan_that_changes_can_only_bring_the_end_nearer(hours: int, left_ms: int) -> None:
    scene = a_forced_pause()
    on_shift_for(scene, hours)
    ends = scene.anna.forced_until
    assert ends is not None
    assert abs(ends - after_ms(scene.now, left_ms)) < 10_000
    scene.happens(ShiftTold(agent_id=ANNA, until_at=None))
    assert scene.anna.forced_until == ends


def test_a_person_who_confirms_it_lets_it_last_and_is_named() -> None:
    scene = a_forced_pause()
    scene.happens(PauseConfirmed(agent_id=ANNA, by="sven"))
    assert (scene.refusal, scene.anna.forced_until, scene.anna.pause_confirmed_by) == (None, None, "sven")
    scene.later(48 * HOUR_MS)
    assert scene.anna.state is AgentState.PAUSED
    scene.happens(AvailableRequested(agent_id=ANNA))
    assert (scene.anna.state, scene.anna.pause_confirmed_by) == (AgentState.AVAILABLE, "")


def test_only_a_forced_pause_can_be_confirmed() -> None:
    scene = Kept()
    scene.happens(PauseConfirmed(agent_id=ANNA, by="sven"))
    assert scene.refused() is RefusalCode.NOT_LOGGED_IN
    scene.on_duty("anna")
    scene.happens(PauseConfirmed(agent_id=ANNA, by="sven"))
    assert scene.refused() is RefusalCode.WRONG_STATE
    scene.happens(PauseRequested(agent_id=ANNA, pause_reason=MISSED_CALLS))
    assert scene.anna.forced_until is None, "whoever pauses by themselves is not forced, whatever they call it"
    scene.happens(PauseConfirmed(agent_id=ANNA, by="sven"))
    assert scene.refused() is RefusalCode.NOT_FORCED


def test_a_pause_or_log_out_the_agent_had_asked_for_is_their_own() -> None:
    for wish in (PauseRequested(agent_id=ANNA, pause_reason="lunch"), LogOutRequested(agent_id=ANNA)):
        scene = Kept()
        scene.on_duty("anna")
        call_id = scene.a_caller()
        scene.happens(wish)
        scene.hangs_up(scene.leg(call_id), HangupCause.BUSY)
        agent = scene.turn.agents.get(ANNA)
        assert agent is None or (agent.pause_reason, agent.is_forced) == ("lunch", False)


def test_a_restart_forgets_neither_the_end_nor_the_shift_nor_the_person() -> None:
    scene = Kept()
    scene.on_duty("anna")
    until = on_shift_for(scene, 3)
    scene.miss()
    again = scene.restarted()
    assert again.anna == scene.anna
    due = [event for _, event in again.turn.due_now() if isinstance(event, AgentTimerFired) and event.agent_id == ANNA]
    assert due == [AgentTimerFired(agent_id=ANNA, timer=AgentTimer.FORCED_PAUSE_OVER, due_at=until)]
    again.later(3 * HOUR_MS)
    assert again.anna.state is AgentState.AVAILABLE
    scene.happens(PauseConfirmed(agent_id=ANNA, by="sven"))
    assert scene.restarted().anna.pause_confirmed_by == "sven"


def test_what_is_noted_after_the_call_is_enough_to_go_on_from() -> None:
    scene = a_forced_pause()
    notes = [envelope for envelope in scene.journal if isinstance(envelope.event, AgentNoted)]
    fresh = Kept()
    fresh.turn.restore(notes[-1:])
    assert fresh.anna.forced_until == scene.anna.forced_until is not None


def test_an_end_that_was_taken_back_does_nothing() -> None:
    scene = a_forced_pause()
    due_at = scene.anna.forced_until
    assert due_at is not None
    scene.happens(PauseConfirmed(agent_id=ANNA, by="sven"))
    scene.happens(AgentTimerFired(agent_id=ANNA, timer=AgentTimer.FORCED_PAUSE_OVER, due_at=due_at))
    assert scene.anna.state is AgentState.PAUSED

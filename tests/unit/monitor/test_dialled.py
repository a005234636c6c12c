"""The board shows a call that begins with us from the wish to its end, and counts it among none that came in."""

from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from monitor.kpis import Figures
from monitor.live_view import BoardSettings, LiveView
from monitor.metrics import Metrics
from monitor.rows import AgentRow, CalleePhase, CallPhase, CallRow, QueueRow
from monitor.scope import WHOLE_FLOOR
from telephony.causes import HangupCause
from telephony.errors import RefusalCode
from telephony.events import AvailableRequested, LegRinging
from telephony.identifiers import AgentId
from tests.unit.telephony.dial_story import Dialled
from tests.unit.telephony.scene import NORD


class Seen:
    """A call by hand and the board that follows it."""

    def __init__(self) -> None:
        self.scene = Dialled()
        first = self.scene.journal[0].received_at
        self._view = LiveView(self.scene.turn.directory, BoardSettings(zone=ZoneInfo("Europe/Berlin")), first)
        self._registry = CollectorRegistry()
        self._metrics = Metrics(self._registry)
        self._told = 0

    def row(self) -> CallRow | None:
        self._tell()
        calls = self._view.snapshot(WHOLE_FLOOR).calls
        return next((row for row in calls if row.call_id == self.scene.call_id), None)

    def shown(self) -> tuple[str, CallPhase, CalleePhase | None, str | None]:
        row = self.row()
        assert row is not None
        return row.direction, row.phase, row.callee, row.outside_note

    def queue(self) -> QueueRow:
        self._tell()
        return next(row for row in self._view.snapshot(WHOLE_FLOOR).queues if row.project_id == NORD)

    def agent(self) -> AgentRow:
        self._tell()
        return next(row for row in self._view.snapshot(WHOLE_FLOOR).agents if row.agent_id == "anna")

    def metric(self, name: str) -> float | None:
        self._tell()
        return self._registry.get_sample_value(f"fernamt_{name}", {"queue": NORD})

    def _tell(self) -> None:
        for envelope in self.scene.journal[self._told :]:
            self._view.apply(envelope)
            self._metrics.follow(envelope)
        self._told = len(self.scene.journal)
        self._view.collect()


def test_how_far_the_call_has_come_is_shown_at_each_step() -> None:
    seen = Seen()
    scene = seen.scene.wants()
    assert seen.shown() == ("outbound", CallPhase.ALERTING, None, None)
    scene.agent_takes().desk_permits()
    assert seen.shown() == ("outbound", CallPhase.ALERTING, CalleePhase.DIALLING, None)
    scene.happens(LegRinging(leg_id=scene.callee))
    assert seen.shown() == ("outbound", CallPhase.ALERTING, CalleePhase.RINGING, None)
    scene.callee_answers()
    assert seen.shown() == ("outbound", CallPhase.TALKING, CalleePhase.ANSWERED, None)
    row = seen.row()
    assert row is not None
    assert (row.agent_id, row.masked, row.project_id) == ("anna", "+49 171 •••", NORD)
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    assert seen.row() is None


def test_what_came_of_it_is_shown_while_the_agent_hears_it() -> None:
    seen = Seen()
    scene = seen.scene.wants().agent_takes().desk_permits()
    scene.hangs_up(scene.callee, HangupCause.BUSY)
    assert seen.shown() == ("outbound", CallPhase.ALERTING, None, "busy")
    scene.agent_gone()
    assert seen.row() is None


def test_a_refusal_of_the_desk_is_shown_by_its_code() -> None:
    seen = Seen()
    seen.scene.wants().agent_takes().desk_refuses(RefusalCode.ON_DO_NOT_CALL_LIST)
    assert seen.shown() == ("outbound", CallPhase.ALERTING, None, "on_do_not_call_list")


def test_no_figure_of_the_calls_that_come_in_counts_it_nor_its_wrap_up() -> None:
    seen = Seen()
    scene = seen.scene.talks()
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    scene.later(5_000)
    scene.happens(AvailableRequested(agent_id=AgentId("anna")))
    assert (seen.queue().today, seen.queue().waiting, seen.queue().aht_ms) == (Figures(), 0, None)
    assert (seen.metric("calls_placed_total"), seen.metric("calls_offered_total"), seen.metric("calls_answered_total")) == (
        1.0,
        None,
        None,
    )
    assert seen.agent().calls_today == 1


def test_the_wrap_up_of_a_call_that_came_in_counts_again_afterwards() -> None:
    seen = Seen()
    scene = seen.scene.talks()
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    scene.happens(AvailableRequested(agent_id=AgentId("anna")))
    caller = scene.a_caller()
    scene.answers(caller)
    scene.hangs_up(scene.turn.calls[caller].caller.leg_id)
    scene.hangs_up(scene.leg(caller), by_phone=False)
    scene.later(5_000)
    scene.happens(AvailableRequested(agent_id=AgentId("anna")))
    assert seen.queue().today.handled == 1
    assert seen.queue().today.handled_ms >= 5_000

"""The board keeps a caller who hung up with the promise to be called, and says since when they rest."""

from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import asdict
from prometheus_client import CollectorRegistry

from monitor.live_view import BoardSettings, LiveView
from monitor.metrics import Metrics
from monitor.rows import CallPhase, CallRow, QueueRow
from monitor.scope import WHOLE_FLOOR
from telephony.causes import HangupCause
from telephony.errors import RefusalCode
from telephony.events import HangUpRequested, LegAnswered
from telephony.identifiers import LegId
from tests.unit.telephony.callback_story import MINUTE_MS, Journaled
from tests.unit.telephony.scene import NORD


class Seen:
    """A callback and the board that follows it."""

    def __init__(self) -> None:
        self.scene = Journaled()
        first = self.scene.journal[0].received_at
        self._view = LiveView(self.scene.turn.directory, BoardSettings(zone=ZoneInfo("Europe/Berlin")), first)
        self._registry = CollectorRegistry()
        self._metrics = Metrics(self._registry)
        self._told = 0

    def row(self) -> CallRow | None:
        """The call's row, with all that happened up to now."""
        self._tell()
        snapshot = self._view.snapshot(WHOLE_FLOOR)
        return next((row for row in snapshot.calls if row.call_id == self.scene.call_id), None)

    def waiting(self) -> int:
        return self.queue().waiting

    def queue(self) -> QueueRow:
        self._tell()
        return next(row for row in self._view.snapshot(WHOLE_FLOOR).queues if row.project_id == NORD)

    def today(self) -> dict[str, int]:
        """Today's figures of the project that are not zero, the handling left out."""
        figures = asdict(self.queue().today)
        return {name: value for name, value in figures.items() if value and not name.startswith("handled")}

    def metric(self, name: str, **labels: str) -> float | None:
        self._tell()
        return self._registry.get_sample_value(f"fernamt_{name}", {"queue": NORD, **labels})

    def _tell(self) -> None:
        for envelope in self.scene.journal[self._told :]:
            self._view.apply(envelope)
            self._metrics.follow(envelope)
        self._told = len(self.scene.journal)
        self._view.collect()


def test_a_caller_who_hung_up_with_the_promise_waits_on_the_board_until_they_are_called() -> None:
    seen = Seen()
    scene = seen.scene
    scene.presses("1")
    scene.hangs_up(LegId("caller"))
    row = seen.row()
    assert row is not None
    assert (row.phase, row.is_callback, seen.waiting()) == (CallPhase.WAITING, True, 1)
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    row = seen.row()
    assert row is not None
    assert (row.phase, row.agent_id) == (CallPhase.ALERTING, "anna")
    scene.hangs_up(scene.callee(), HangupCause.BUSY)
    scene.agent_gone()
    row = seen.row()
    assert row is not None
    assert (row.phase, row.agent_id, seen.waiting()) == (CallPhase.WAITING, None, 0)
    assert row.rests_until_at is not None
    scene.later(10 * MINUTE_MS)
    scene.agent_takes(2)
    scene.desk_permits()
    scene.happens(LegAnswered(leg_id=scene.callee(2)))
    row = seen.row()
    assert row is not None
    assert (row.phase, row.rests_until_at, row.is_callback) == (CallPhase.TALKING, None, True)
    scene.hangs_up(scene.callee(2))
    row = seen.row()
    assert row is not None
    assert row.phase is CallPhase.ENDING
    scene.hangs_up(scene.leg(scene.call_id, 2), by_phone=False)
    assert seen.row() is None


def agreed() -> Seen:
    """The caller hung up with the promise."""
    seen = Seen()
    seen.scene.presses("1")
    seen.scene.hangs_up(LegId("caller"))
    assert seen.today() == {"offered": 1, "callbacks_offered": 1, "callbacks_agreed": 1}
    return seen


def dialled(seen: Seen, number: int = 1) -> None:
    seen.scene.agent_takes(number)
    seen.scene.desk_permits()


def test_who_is_called_back_late_makes_the_line_no_slower_and_nobody_abandoned() -> None:
    seen = agreed()
    scene = seen.scene
    scene.later(20 * MINUTE_MS)
    scene.on_duty("anna")
    dialled(seen)
    scene.happens(LegAnswered(leg_id=scene.callee()))
    assert seen.today() == {"offered": 1, "callbacks_offered": 1, "callbacks_agreed": 1, "callbacks_reached": 1}
    row = seen.queue()
    assert (row.asa_ms, row.service_level) == (None, None)
    assert seen.metric("callbacks_total", outcome="reached") == 1
    assert seen.metric("calls_answered_total") is None
    scene.hangs_up(scene.callee())
    scene.hangs_up(scene.leg(scene.call_id), by_phone=False)
    assert seen.today()["callbacks_reached"] == 1
    assert seen.queue().today.handled == 1
    assert "left_otherwise" not in seen.today()


def test_who_is_never_reached_counts_as_unreached_and_nothing_else() -> None:
    seen = agreed()
    scene = seen.scene
    scene.on_duty("anna")
    for number in (1, 2):
        dialled(seen, number)
        scene.hangs_up(scene.callee(number), HangupCause.BUSY)
        scene.agent_gone(number)
        scene.later(10 * MINUTE_MS)
    assert seen.today() == {"offered": 1, "callbacks_offered": 1, "callbacks_agreed": 1, "callbacks_unreached": 1}
    assert seen.metric("callbacks_total", outcome="unreached") == 1
    assert seen.metric("calls_abandoned_total") is None


@pytest.mark.parametrize("way", ["expired", "refused", "cancelled"])
def test_a_promise_that_ends_otherwise_is_told_apart(way: str) -> None:
    seen = agreed()
    scene = seen.scene
    if way == "expired":
        scene.later(121 * MINUTE_MS)
    elif way == "refused":
        scene.on_duty("anna")
        scene.agent_takes()
        scene.desk_refuses(RefusalCode.ON_DO_NOT_CALL_LIST)
        scene.agent_gone()
    else:
        scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=None))
    outcome = "expired" if way == "expired" else "dropped"
    assert seen.today() == {"offered": 1, "callbacks_offered": 1, "callbacks_agreed": 1, f"callbacks_{outcome}": 1}
    assert seen.metric("callbacks_total", outcome=outcome) == 1


def test_who_says_no_to_the_question_is_a_caller_of_the_line_like_any_other() -> None:
    seen = Seen()
    seen.scene.presses("*")
    seen.scene.hangs_up(LegId("caller"))
    assert seen.today() == {"offered": 1, "abandoned": 1, "callbacks_offered": 1}

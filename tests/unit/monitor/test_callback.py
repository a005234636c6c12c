"""The board keeps a caller who hung up with the promise to be called, and says since when they rest."""

from zoneinfo import ZoneInfo

from monitor.live_view import BoardSettings, LiveView
from monitor.rows import CallPhase, CallRow
from monitor.scope import WHOLE_FLOOR
from telephony.causes import HangupCause
from telephony.events import LegAnswered
from telephony.identifiers import LegId
from tests.unit.telephony.callback_story import MINUTE_MS, Journaled
from tests.unit.telephony.scene import NORD


class Seen:
    """A callback and the board that follows it."""

    def __init__(self) -> None:
        self.scene = Journaled()
        first = self.scene.journal[0].received_at
        self._view = LiveView(self.scene.turn.directory, BoardSettings(zone=ZoneInfo("Europe/Berlin")), first)
        self._told = 0

    def row(self) -> CallRow | None:
        """The call's row, with all that happened up to now."""
        self._tell()
        snapshot = self._view.snapshot(WHOLE_FLOOR)
        return next((row for row in snapshot.calls if row.call_id == self.scene.call_id), None)

    def waiting(self) -> int:
        self._tell()
        return next(row.waiting for row in self._view.snapshot(WHOLE_FLOOR).queues if row.project_id == NORD)

    def _tell(self) -> None:
        for envelope in self.scene.journal[self._told :]:
            self._view.apply(envelope)
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

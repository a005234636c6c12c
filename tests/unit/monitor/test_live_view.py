"""What the board shows of a call's way, of an agent's day, and of midnight."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.live_view import BoardSettings, LiveView, local_day
from monitor.rows import AgentRow, CallPhase, CallRow, QueueRow
from monitor.scope import WHOLE_FLOOR, Scope, client_scope, team_scope
from telephony import events as ev
from telephony.agent.model import AgentState
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.events import Envelope, Event, NumberFacts
from telephony.identifiers import (
    SECOND,
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    TrunkId,
)
from telephony.waiting import CallOverflowed
from tests.live_floor import a_centre, released, reserved, terms

CALL, ANNA, SUPPORT = CallId("call"), AgentId("agent-0"), ProjectId("support")
CALLER, LEG, BRIDGE = LegId("caller"), LegId("call.agent.1"), BridgeId("call.bridge")
NOON = Instant(1_793_620_800_000_000)
BERLIN = ZoneInfo("Europe/Berlin")


class Board:
    """A view that is told events, and the seconds between them."""

    def __init__(self, at: Instant = NOON) -> None:
        self.centre = a_centre()
        self.view = LiveView(self.centre, BoardSettings(zone=BERLIN), at)
        self.at, self.seq = at, 0

    def hear(self, *events: Event | float) -> "Board":
        for event in events:
            if isinstance(event, Event):
                self.seq += 1
                self.view.apply(
                    Envelope(
                        seq=self.seq,
                        event_id=EventId(f"e{self.seq}"),
                        occurred_at=self.at,
                        received_at=self.at,
                        event=event,
                        call_id=CALL,
                    )
                )
            else:
                self.at = Instant(self.at + int(event * SECOND))
        self.view.advance(self.at)
        self.view.collect()
        return self

    @property
    def queue(self) -> QueueRow:
        return next(row for row in self.view.queues() if row.project_id == SUPPORT)

    @property
    def anna(self) -> AgentRow:
        row = self.view.agent(ANNA)
        assert row is not None
        return row

    @property
    def call(self) -> CallRow | None:
        return self.view.call(CALL)


@pytest.fixture
def board() -> Board:
    return Board().hear(ev.LogInRequested(agent_id=ANNA, endpoint_id=EndpointId("phone-0")), 60.0)


def offered(board: Board) -> tuple[Event, ...]:
    caller = NumberFacts(number_class="geographic", country="DE", masked="+49 30 *** 12", metadata_version="1")
    return (
        ev.LegOffered(leg_id=CALLER, trunk_id=TrunkId("t"), dnis="1", party_id=PartyId("p"), caller=caller),
        ev.CallAdmitted(call_id=CALL, terms=terms(board.centre.projects[SUPPORT]), did="1", number_class="geographic"),
    )


def alerted(board: Board) -> tuple[Event, ...]:
    facts: dict[str, Any] = {"call_id": CALL, "agent_id": ANNA}
    return (reserved(board.centre, CALL, ANNA, SUPPORT), ev.AgentAlerted(**facts, leg_id=LEG))


CONNECTED = ev.AgentConnected(call_id=CALL, agent_id=ANNA, leg_id=LEG)
LOST = ev.AgentLost(call_id=CALL, agent_id=ANNA, leg_id=LEG)
GOODBYE = (
    ev.LegHungUp(leg_id=CALLER, cause=HangupCause.NORMAL, by_phone=True),
    ev.LegLeft(leg_id=LEG, bridge_id=BRIDGE),
    ev.LegHungUp(leg_id=LEG, cause=HangupCause.NORMAL, by_phone=False),
    released(CALL, ANNA, ReleaseReason.TALKED),
    ev.CallEnded(call_id=CALL, end_reason=EndReason.CALLER_HUNG_UP),
)


def test_a_call_counts_as_waiting_until_somebody_answers(board: Board) -> None:
    board.hear(*offered(board), 4.0)
    assert (board.queue.waiting, board.queue.oldest_waiting_at) == (1, NOON + 60 * SECOND)
    board.hear(*alerted(board), 6.0)
    assert board.queue.waiting == 1
    assert board.call is not None
    assert (board.call.phase, board.call.agent_id, board.call.masked) == (CallPhase.ALERTING, ANNA, "+49 30 *** 12")
    board.hear(CONNECTED)
    assert (board.queue.waiting, board.queue.oldest_waiting_at) == (0, None)
    assert (board.queue.asa_ms, board.queue.service_level) == (10_000, 1.0)


def test_an_agents_talk_leaves_hold_out_and_handling_counts_it(board: Board) -> None:
    board.hear(*offered(board), *alerted(board), CONNECTED, 20.0, ev.LegLeft(leg_id=LEG, bridge_id=BRIDGE), 7.0)
    assert board.call is not None
    assert board.call.phase is CallPhase.HELD
    board.hear(ev.LegJoined(leg_id=LEG, bridge_id=BRIDGE), 10.0, *GOODBYE, 5.0)
    assert board.call is None
    assert (board.anna.state, board.anna.talked_ms, board.anna.calls_today) == (AgentState.WRAP_UP, 30_000, 1)
    board.hear(ev.AvailableRequested(agent_id=ANNA))
    assert board.queue.aht_ms == 37_000 + 5_000
    assert (board.anna.busy_ms, board.anna.available_ms) == (42_000, 60_000)


def test_hold_on_the_phone_is_hold(board: Board) -> None:
    board.hear(*offered(board), *alerted(board), CONNECTED, ev.LegHeld(leg_id=LEG), 9.0, ev.LegUnheld(leg_id=LEG))
    assert board.call is not None
    assert (board.call.phase, board.call.held_ms) == (CallPhase.TALKING, 9_000)


def test_a_caller_who_holds_ends_nobodys_talk(board: Board) -> None:
    board.hear(*offered(board), *alerted(board), CONNECTED, ev.LegHeld(leg_id=CALLER))
    assert board.call is not None
    assert board.call.phase is CallPhase.TALKING


def test_a_lost_line_keeps_the_call_and_counts_one_answer(board: Board) -> None:
    board.hear(*offered(board), *alerted(board), CONNECTED, 30.0, LOST, 5.0)
    assert board.call is not None
    assert (board.call.phase, board.anna.state) == (CallPhase.RECOVERING, AgentState.RECOVERING)
    board.hear(CONNECTED, 10.0, *GOODBYE)
    assert (board.anna.talked_ms, board.anna.calls_today, board.queue.today.answered) == (40_000, 1, 1)


def test_a_caller_who_gives_up_is_abandoned_early_or_late(board: Board) -> None:
    gone = ev.CallEnded(call_id=CALL, end_reason=EndReason.ABANDONED)
    board.hear(*offered(board), 20.0, gone, *offered(board), 21.0, gone)
    assert (board.queue.today.abandoned, board.queue.today.abandoned_early, board.queue.service_level) == (2, 1, 0.0)


def test_a_call_handed_back_waits_with_its_time_kept(board: Board) -> None:
    began_at = board.at
    board.hear(*offered(board), 8.0, *alerted(board), 20.0, released(CALL, ANNA, ReleaseReason.NO_ANSWER))
    board.hear(ev.CallQueuedAgain(call_id=CALL, goes_first=False), 5.0)
    assert (board.queue.waiting, board.queue.oldest_waiting_at) == (1, began_at)
    assert board.anna.rest_until_at is not None


def test_a_refused_request_leaves_no_trace(board: Board) -> None:
    before = board.anna
    board.hear(ev.LogOutRequested(agent_id=ANNA))
    assert board.anna.state is AgentState.LOGGED_OUT
    board.hear(ev.RequestRefused(request_id=EventId(f"e{board.seq}"), code="draining", agent_id=ANNA))
    assert (board.anna.state, board.anna.since_at) == (before.state, before.since_at)


def test_a_pause_asked_for_in_a_call_is_shown_as_what_follows(board: Board) -> None:
    board.hear(*offered(board), *alerted(board), CONNECTED, ev.PauseRequested(agent_id=ANNA, pause_reason="lunch"))
    assert (board.anna.state, board.anna.next_state) == (AgentState.TALKING, AgentState.PAUSED)


def test_certified_agents_are_counted_by_state_at_their_queues(board: Board) -> None:
    assert board.queue.agents["available"] == 1
    board.hear(ev.PauseRequested(agent_id=ANNA, pause_reason="break"))
    assert "available" not in board.queue.agents
    assert board.queue.agents["paused"] == 1


def test_at_midnight_in_the_centres_zone_the_day_begins_anew() -> None:
    _, midnight = local_day(NOON, BERLIN)
    board = Board(Instant(midnight - 40 * SECOND)).hear(ev.LogInRequested(agent_id=ANNA, endpoint_id=EndpointId("phone-0")))
    board.hear(*offered(board), *alerted(board), 10.0, CONNECTED, 25.0)
    assert (board.queue.today.answered, board.anna.calls_today) == (1, 1)
    board.hear(10.0)
    assert (board.queue.today.answered, board.anna.calls_today) == (0, 0)
    assert board.anna.talking_since_at == midnight
    board.hear(20.0, *GOODBYE)
    assert (board.anna.talked_ms, board.anna.busy_ms) == (25_000, 25_000)


def test_a_day_has_as_many_hours_as_the_clocks_say() -> None:
    summer_ends = Instant(1_792_893_600_000_000)  # 2026-10-25T02:00:00Z
    started_at, ends_at = local_day(summer_ends, BERLIN)
    assert (ends_at - started_at) / SECOND == 25 * 3_600


def test_minutes_are_forgotten_after_an_hour(board: Board) -> None:
    board.hear(*offered(board))
    assert len(board.view.snapshot(WHOLE_FLOOR).minutes) == 1
    board.hear(3_601.0)
    assert board.view.snapshot(WHOLE_FLOOR).minutes == ()


def test_a_team_leader_sees_the_own_team_its_calls_and_its_queues(board: Board) -> None:
    support, booking = ProjectId("support"), ProjectId("booking")
    theirs, others = team_scope([ANNA], [support]), team_scope([AgentId("agent-1")], [booking])
    board.hear(*offered(board))
    assert (board.view.snapshot(theirs).calls, board.view.snapshot(others).calls) == ((), ()), "a waiting caller is of no team"
    assert board.view.snapshot(theirs).header.waiting == 1
    board.hear(*alerted(board), CONNECTED)
    assert [row.agent_id for row in board.view.snapshot(theirs).agents] == [ANNA]
    assert len(board.view.snapshot(theirs).calls) == 1
    assert board.view.snapshot(others).calls == ()
    assert [row.project_id for row in board.view.snapshot(others).queues] == [booking]
    assert [row.agents for row in board.view.snapshot(theirs).queues] == [{"talking": 1}], "of the own team only"
    assert board.view.snapshot(others).header.today.answered == 0


def test_a_client_sees_figures_of_its_own_projects_only(board: Board) -> None:
    board.hear(*offered(board), *alerted(board), CONNECTED)
    seen = board.view.snapshot(client_scope([ClientId("acme")]))
    assert {row.client_id for row in seen.queues} == {ClientId("acme")}
    assert (seen.agents, seen.calls, seen.switches, seen.header.agents) == ((), (), (), {})
    assert all(row.agents == {} for row in seen.queues)
    assert seen.header.today.answered == 1
    assert board.view.snapshot(client_scope([ClientId("bolt")])).header.today.answered == 0


def test_an_agent_sees_the_own_row_and_call_only(board: Board) -> None:
    board.hear(*offered(board))
    own = Scope(clients=frozenset(), agents=frozenset({ANNA}))
    assert board.view.snapshot(own).calls == ()
    board.hear(*alerted(board))
    seen = board.view.snapshot(own)
    assert (seen.queues, len(seen.agents), len(seen.calls)) == ((), 1, 1)


def test_a_header_over_projects_of_one_threshold_names_it(board: Board) -> None:
    assert board.view.snapshot(client_scope([ClientId("acme")])).header.rule.threshold_ms == 20_000
    assert board.view.snapshot(WHOLE_FLOOR).header.rule.threshold_ms is None


def test_a_caller_who_is_moved_on_waits_in_the_other_queue_with_the_time_kept(board: Board) -> None:
    booking = ProjectId("outage")
    over = CallOverflowed(
        call_id=CALL,
        project_id=SUPPORT,
        client_id=ClientId("acme"),
        reason="waiting_time",
        limit=4_000,
        target="project",
        waited_ms=4_000,
        waiting=1,
        staffed=1,
        to=terms(board.centre.projects[booking]),
    )
    board.hear(*offered(board), 4.0, over, 3.0)
    other = next(row for row in board.view.queues() if row.project_id == booking)
    assert (board.queue.waiting, board.queue.today.offered, board.queue.today.left_otherwise) == (0, 1, 1)
    assert (other.waiting, other.oldest_waiting_at, other.today.offered) == (1, NOON + 60 * SECOND, 1)
    assert board.call is not None
    assert (board.call.phase, board.call.project_id) == (CallPhase.WAITING, booking)
    board.hear(reserved(board.centre, CALL, ANNA, booking), CONNECTED)
    other = next(row for row in board.view.queues() if row.project_id == booking)
    assert (other.waiting, other.today.answered, other.asa_ms) == (0, 1, 7_000)

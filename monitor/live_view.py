"""The live board: a pure fold over the journal. What a screen is sent is always what `collect` last published, so a snapshot
and the deltas after it are of one piece: an old snapshot with its deltas equals a fresh one, for every scope.

`apply` only notes what happened and marks what changed; rows are built once per `collect`, however many events came between.
"""

import copy
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from monitor.agent_board import AgentBoard, agent_row
from monitor.call_board import MINUTE, CallBoard, LiveQueue
from monitor.call_rows import call_row
from monitor.emergency_board import KEPT_US, EmergencyBoard
from monitor.following import Boards, follow
from monitor.kpis import AbandonedCalls, aht_ms, asa_ms, service_level
from monitor.names import Centre
from monitor.published import Change, Changes, Published
from monitor.rows import AgentRow, BoardSnapshot, CallRow, Delta, EmergencyRow, QueueRow
from monitor.scope import Scope
from telephony.agent.model import AgentRules
from telephony.emergencies import AgentAddress
from telephony.events import Envelope
from telephony.identifiers import SECOND, AgentId, CallId, EventId, Instant, ProjectId

KEPT_MINUTES = 60

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """How the board counts. `zone` decides when a day begins."""

    zone: ZoneInfo
    abandoned: AbandonedCalls = AbandonedCalls.EARLY_IGNORED
    rules: AgentRules = field(default_factory=AgentRules)
    """What a missed offer leads to: the engine's own, or board and engine would disagree."""


class LiveView:
    """The centre now, after every envelope applied so far."""

    def __init__(
        self, centre: Centre, settings: BoardSettings, at: Instant, addresses: Mapping[AgentId, AgentAddress] | None = None
    ) -> None:
        """`addresses`: where agents work, looked up when one of them calls a control room; whoever keeps it may change it."""
        self._settings = settings
        self._now_at = Instant(0)
        self._day_ends_at = Instant(0)
        self._boards = Boards(
            centre=centre,
            calls=CallBoard(day_started_at=at),
            agents=AgentBoard(rules=settings.rules),
            emergencies=EmergencyBoard({} if addresses is None else addresses),
        )
        self._certified: dict[ProjectId, Counter[str]] = {}
        self._published = Published(abandoned=settings.abandoned)
        self.advance(at)
        self.use(centre)
        self.collect()

    def use(self, centre: Centre) -> None:
        """Names, projects and agents are those of this revision from here on; figures and states stay."""
        boards = self._boards
        boards.centre = centre
        self._is_new_centre = True
        for project_id in (*boards.calls.queues, *centre.projects):
            boards.calls.queue(project_id)
        for agent_id in (*boards.agents.lines, *centre.agents):
            boards.agents.line(agent_id)
        boards.calls.dirty_minutes.update(dict.fromkeys(self._published.minutes))
        self._published.certified = {agent_id: agent.certificates for agent_id, agent in centre.agents.items()}
        boards.emergencies.mark_all()
        self._certified = {project_id: Counter() for project_id in centre.projects}
        for agent_id, row in self._published.agents.items():
            self._count_certified(agent_id, row.state, 1)

    def advance(self, at: Instant) -> None:
        """Time has come to `at`: days turn over in the centre's zone, figures of old minutes are forgotten."""
        if at <= self._now_at:
            return
        if at // MINUTE != self._now_at // MINUTE:
            self._boards.emergencies.forget_before(Instant(at - KEPT_US))
            self._boards.calls.forget_minutes_before(at // MINUTE - KEPT_MINUTES + 1)
        self._now_at = at
        if at >= self._day_ends_at:
            started_at, self._day_ends_at = local_day(at, self._settings.zone)
            self._boards.calls.new_day(started_at)
            self._boards.agents.new_day(started_at)

    def apply(self, envelope: Envelope) -> None:
        """What happened is in the view; the next `collect` publishes it."""
        self.advance(envelope.received_at)
        follow(envelope.event, self._boards, envelope)

    def collect(self) -> Changes:
        """The rows that differ from those published last; from here on these are the published ones."""
        changes = Changes(is_new_minute=self._now_at // MINUTE != self._published.minute, is_new_centre=self._is_new_centre)
        self._is_new_centre = False
        self._published.minute = self._now_at // MINUTE
        self._collect_agents(changes)
        self._collect_queues(changes)
        self._collect_calls(changes)
        for name, line in self._boards.switches.items():
            _publish(changes.switches, self._published.switches, name, line)
        self._collect_emergencies(changes)
        self._collect_minutes(changes)
        return changes

    def snapshot(self, scope: Scope) -> BoardSnapshot:
        """What the scope sees of the rows published last."""
        return self._published.snapshot(scope)

    def deltas(self, changes: Changes, scope: Scope) -> tuple[Delta, ...]:
        """What the scope sees of the changes published last."""
        return self._published.deltas(changes, scope)

    # -- the live state itself, published or not -------------------------------------------------------------------------

    def agents(self) -> tuple[AgentRow, ...]:
        """All agents of the centre now."""
        return tuple(row for row in map(self.agent, sorted(self._boards.agents.lines)) if row is not None)

    def agent(self, agent_id: AgentId) -> AgentRow | None:
        """That agent now; None for one the centre does not have, or who has left it and is off duty."""
        profile, line = self._boards.centre.agents.get(agent_id), self._boards.agents.lines.get(agent_id)
        if profile is None or line is None or not (profile.is_active or line.is_on_duty):
            return None
        return agent_row(line, profile, self._boards.agents.rules)

    def calls(self) -> tuple[CallRow, ...]:
        """All live calls now."""
        return tuple(row for row in map(self.call, sorted(self._boards.calls.calls)) if row is not None)

    def call(self, call_id: CallId) -> CallRow | None:
        """That call now; None when it is not live."""
        call = self._boards.calls.calls.get(call_id)
        return call_row(call) if call is not None and call.is_visible else None

    def emergency(self, emergency_id: EventId) -> EmergencyRow | None:
        """That alert now; None where somebody looks after it."""
        return self._boards.emergencies.row(emergency_id, self._boards.centre)

    def queues(self) -> tuple[QueueRow, ...]:
        """All queues as published last."""
        return tuple(self._published.queues.values())

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _collect_agents(self, changes: Changes) -> None:
        board, published = self._boards.agents, self._published.agents
        for agent_id in board.dirty:
            row = self.agent(agent_id)
            before = published.get(agent_id)
            if before is not None and (row is None or row.state != before.state):
                self._count_certified(agent_id, before.state, -1)
            if row is not None and (before is None or row.state != before.state):
                self._count_certified(agent_id, row.state, 1)
            _publish(changes.agents, published, agent_id, row)
        board.dirty.clear()

    def _count_certified(self, agent_id: AgentId, state: str, step: int) -> None:
        profile = self._boards.centre.agents.get(agent_id)
        for project_id in profile.certificates if profile is not None else ():
            if project_id in self._certified:
                self._certified[project_id][state] += step
                self._boards.calls.dirty_queues[project_id] = None

    def _collect_queues(self, changes: Changes) -> None:
        board = self._boards.calls
        for project_id in board.dirty_queues:
            row = self._queue_row(project_id, board.queues[project_id])
            _publish(changes.queues, self._published.queues, project_id, row)
        board.dirty_queues.clear()

    def _queue_row(self, project_id: ProjectId, queue: LiveQueue) -> QueueRow | None:
        """None for a project that this revision of the centre does not have."""
        project = self._boards.centre.projects.get(project_id)
        if project is None:
            return None
        client = self._boards.centre.clients.get(project.client_id)
        return QueueRow(
            project_id=project_id,
            project=project.name,
            client_id=project.client_id,
            client=client.name if client is not None else "",
            threshold_ms=project.service_level_ms,
            waiting=len(queue.waiting),
            oldest_waiting_at=min(queue.waiting.values(), default=None),
            today=copy.copy(queue.today),
            service_level=service_level(queue.today, self._settings.abandoned),
            asa_ms=asa_ms(queue.today),
            aht_ms=aht_ms(queue.today),
            agents={state: count for state, count in sorted(self._certified[project_id].items()) if count},
        )

    def _collect_calls(self, changes: Changes) -> None:
        board = self._boards.calls
        for call_id in board.dirty_calls:
            _publish(changes.calls, self._published.calls, call_id, self.call(call_id))
        board.dirty_calls.clear()

    def _collect_emergencies(self, changes: Changes) -> None:
        board = self._boards.emergencies
        for emergency_id in board.dirty:
            row = board.row(emergency_id, self._boards.centre)
            _publish(changes.emergencies, self._published.emergencies, emergency_id, row)
        board.dirty.clear()

    def _collect_minutes(self, changes: Changes) -> None:
        board = self._boards.calls
        for minute in board.dirty_minutes:
            by_project = {p: copy.copy(q.minutes[minute]) for p, q in board.queues.items() if minute in q.minutes}
            if by_project:
                self._published.minutes[minute] = by_project
            else:
                self._published.minutes.pop(minute, None)
            changes.minutes.append(minute)
        board.dirty_minutes.clear()


def _publish(changes: list[Change[Row]], rows: dict[Key, Row], key: Key, after: Row | None) -> None:
    before = rows.get(key)
    if before == after:
        return
    changes.append(Change(before, after))
    if after is None:
        del rows[key]
    else:
        rows[key] = after


def local_day(at: Instant, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """When the local day of that instant began and when it ends; 23 or 25 hours where the clocks change."""
    local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone)
    today = local.date()
    midnights = (datetime.combine(day, time(), zone) for day in (today, today + timedelta(days=1)))
    started_at, ends_at = (Instant(int(midnight.timestamp()) * SECOND) for midnight in midnights)
    return started_at, ends_at

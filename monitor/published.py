"""What was published last, and what a scope sees of it: snapshots and deltas are made here, by one rule of visibility."""

from collections import Counter
from collections.abc import Collection, Set
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from monitor.kpis import AbandonedCalls, Figures, ServiceRule, asa_ms, service_level, total
from monitor.rows import (
    AgentChanged,
    AgentRow,
    BoardSnapshot,
    CallChanged,
    CallRow,
    Delta,
    EmergencyChanged,
    EmergencyRow,
    Header,
    HeaderChanged,
    MinuteChanged,
    MinuteRow,
    QueueChanged,
    QueueRow,
    RowGone,
    SwitchChanged,
    SwitchRow,
    Table,
)
from monitor.scope import Scope
from telephony.identifiers import AgentId, CallId, EventId, Instant, ProjectId, SwitchName

MINUTE = 60_000_000
RECENT_MINUTES = 30
NOTHING = Figures()

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Change(Generic[Row]):
    """A row before and after; None where there was or is none."""

    before: Row | None
    after: Row | None


@dataclass(slots=True, kw_only=True)
class Changes:
    """All that one `collect` published."""

    queues: list[Change[QueueRow]] = field(default_factory=list)
    agents: list[Change[AgentRow]] = field(default_factory=list)
    calls: list[Change[CallRow]] = field(default_factory=list)
    switches: list[Change[SwitchRow]] = field(default_factory=list)
    emergencies: list[Change[EmergencyRow]] = field(default_factory=list)
    minutes: list[int] = field(default_factory=list)
    is_new_minute: bool = False
    is_new_centre: bool = False
    """Who sees what may differ, so what was not touched may have gone from sight."""

    def __bool__(self) -> bool:
        has_rows = self.queues or self.agents or self.calls or self.switches or self.emergencies or self.minutes
        return bool(has_rows or self.is_new_minute or self.is_new_centre)


@dataclass(slots=True, kw_only=True)
class Published:
    """The rows every screen has, by number of the feed. `minutes` holds the figures of each minute by project."""

    abandoned: AbandonedCalls
    queues: dict[ProjectId, QueueRow] = field(default_factory=dict)
    agents: dict[AgentId, AgentRow] = field(default_factory=dict)
    calls: dict[CallId, CallRow] = field(default_factory=dict)
    switches: dict[SwitchName, SwitchRow] = field(default_factory=dict)
    emergencies: dict[EventId, EmergencyRow] = field(default_factory=dict)
    minutes: dict[int, dict[ProjectId, Figures]] = field(default_factory=dict)
    certified: dict[AgentId, Set[ProjectId]] = field(default_factory=dict)
    """Which queues an agent may serve, by the centre in force."""
    minute: int = 0
    """The minute of the last `collect`, since the epoch."""

    def snapshot(self, scope: Scope) -> BoardSnapshot:
        """All that the scope sees, rows in the order of their keys."""
        minutes = (self._minute_row(minute, scope) for minute in sorted(self.minutes))
        return BoardSnapshot(
            header=self.header(scope),
            queues=tuple(self._seen_queue(row, scope) for _, row in sorted(self.queues.items()) if sees_queue(scope, row)),
            agents=tuple(row for _, row in sorted(self.agents.items()) if sees_agent(scope, row)),
            calls=tuple(_seen_call(row, scope) for _, row in sorted(self.calls.items()) if sees_call(scope, row)),
            switches=tuple(row for _, row in sorted(self.switches.items()) if scope.sees_people),
            minutes=tuple(row for row in minutes if row is not None),
            emergencies=tuple(row for _, row in sorted(self.emergencies.items()) if sees_emergency(scope, row)),
        )

    def deltas(self, changes: Changes, scope: Scope) -> tuple[Delta, ...]:
        """What brings a screen of that scope from the state before `changes` to the present one."""
        deltas = self._queue_deltas(changes, scope)
        for agent in changes.agents:
            if agent.after is not None and sees_agent(scope, agent.after):
                deltas.append(AgentChanged(row=agent.after))
            elif agent.before is not None and sees_agent(scope, agent.before):
                deltas.append(RowGone(table=Table.AGENTS, key=agent.before.agent_id))
        for call in changes.calls:
            if call.after is not None and sees_call(scope, call.after):
                deltas.append(CallChanged(row=_seen_call(call.after, scope)))
            elif call.before is not None and sees_call(scope, call.before):
                deltas.append(RowGone(table=Table.CALLS, key=call.before.call_id))
        for emergency in changes.emergencies:
            if emergency.after is not None and sees_emergency(scope, emergency.after):
                deltas.append(EmergencyChanged(row=emergency.after))
            elif emergency.before is not None and sees_emergency(scope, emergency.before):
                deltas.append(RowGone(table=Table.EMERGENCIES, key=emergency.before.emergency_id))
        if scope.sees_people:
            deltas.extend(SwitchChanged(row=line.after) for line in changes.switches if line.after is not None)
        deltas.extend(self._minute_deltas(changes, scope))
        if deltas or changes.is_new_minute or changes.is_new_centre:
            deltas.append(HeaderChanged(row=self.header(scope)))
        return tuple(deltas)

    def header(self, scope: Scope) -> Header:
        """The figures over all projects in sight, and over the agents in sight."""
        rows = [row for row in self.queues.values() if sees_queue(scope, row)]
        today = total(row.today for row in rows)
        since = self.minute - RECENT_MINUTES
        recent = total(
            figures
            for minute, by_project in self.minutes.items()
            if minute > since
            for project_id, figures in by_project.items()
            if self._sees_project(scope, project_id)
        )
        oldest = [row.oldest_waiting_at for row in rows if row.oldest_waiting_at is not None]
        thresholds = {row.threshold_ms for row in rows}
        return Header(
            rule=ServiceRule(threshold_ms=thresholds.pop() if len(thresholds) == 1 else None, abandoned=self.abandoned),
            waiting=sum(row.waiting for row in rows),
            oldest_waiting_at=min(oldest, default=None),
            agents=dict(sorted(Counter(row.state for row in self.agents.values() if sees_agent(scope, row)).items())),
            today=today,
            service_level=service_level(today, self.abandoned),
            asa_ms=asa_ms(today),
            recent_minutes=RECENT_MINUTES,
            recent_service_level=service_level(recent, self.abandoned),
            recent_asa_ms=asa_ms(recent),
        )

    def _queue_deltas(self, changes: Changes, scope: Scope) -> list[Delta]:
        deltas: dict[ProjectId, Delta] = {}
        for queue in changes.queues:
            after = queue.after
            before = queue.before if queue.before is not None and sees_queue(scope, queue.before) else None
            if after is not None and sees_queue(scope, after):
                seen = self._seen_queue(after, scope)
                if before is None or self._seen_queue(before, scope) != seen:
                    deltas[after.project_id] = QueueChanged(row=seen)
            elif before is not None:
                deltas[before.project_id] = RowGone(table=Table.QUEUES, key=before.project_id)
        for project_id in self._staffed_anew(changes, scope):
            row = self.queues.get(project_id)
            if row is not None and project_id not in deltas and sees_queue(scope, row):
                deltas[project_id] = QueueChanged(row=self._seen_queue(row, scope))
        return list(deltas.values())

    def _staffed_anew(self, changes: Changes, scope: Scope) -> Collection[ProjectId]:
        """Queues whose staff in sight is another, whatever has become of the whole staff."""
        if not scope.sees_people or scope.agents is None:
            return ()
        if changes.is_new_centre:
            return self.queues
        rows = (change.after or change.before for change in changes.agents)
        return dict.fromkeys(
            project_id
            for row in rows
            if row is not None and sees_agent(scope, row)
            for project_id in sorted(self.certified.get(row.agent_id, ()))
        )

    def _seen_queue(self, row: QueueRow, scope: Scope) -> QueueRow:
        """The row with the staff in sight; without any for one who sees no people."""
        if scope.sees_people and scope.agents is None:
            return row
        staff = sorted(scope.agents or ()) if scope.sees_people else ()
        states = Counter(
            self.agents[each].state for each in staff if each in self.agents and row.project_id in self.certified.get(each, ())
        )
        return msgspec.structs.replace(row, agents=dict(sorted(states.items())))

    def _minute_deltas(self, changes: Changes, scope: Scope) -> list[Delta]:
        deltas: list[Delta] = []
        for minute in changes.minutes:
            row = self._minute_row(minute, scope)
            if row is not None:
                deltas.append(MinuteChanged(row=row))
            elif minute not in self.minutes or changes.is_new_centre:
                deltas.append(RowGone(table=Table.MINUTES, key=str(minute * MINUTE)))
        return deltas

    def _minute_row(self, minute: int, scope: Scope) -> MinuteRow | None:
        """None where no project in sight had anything in that minute."""
        parts = [f for p, f in self.minutes.get(minute, {}).items() if self._sees_project(scope, p)]
        return MinuteRow(minute_at=Instant(minute * MINUTE), figures=total(parts)) if parts else None

    def _sees_project(self, scope: Scope, project_id: ProjectId) -> bool:
        row = self.queues.get(project_id)
        return row is not None and sees_queue(scope, row)


def sees_queue(scope: Scope, row: QueueRow) -> bool:
    """Whether the queue is in sight, and its client."""
    is_of_clients = scope.clients is None or row.client_id in scope.clients
    return is_of_clients and (scope.projects is None or row.project_id in scope.projects)


def sees_agent(scope: Scope, row: AgentRow) -> bool:
    """Whether the agent is in sight."""
    return scope.sees_people and (scope.agents is None or row.agent_id in scope.agents)


def sees_call(scope: Scope, row: CallRow) -> bool:
    """Whether the call is: with an agent in sight, or, for one who sees all agents, with nobody and of a client in sight."""
    if not scope.sees_people:
        return False
    if scope.agents is not None:
        return row.agent_id in scope.agents or row.colleague_id in scope.agents
    return row.agent_id is not None or scope.clients is None or row.client_id in scope.clients


def sees_emergency(scope: Scope, row: EmergencyRow) -> bool:
    """Whether the alert is in sight: of an agent in sight; one of nobody's phone is for who sees all agents."""
    return scope.sees_people and (scope.agents is None or row.agent_id in scope.agents)


def _seen_call(row: CallRow, scope: Scope) -> CallRow:
    """The row as it is; where others are not to be named, without the agents out of sight."""
    if scope.names_others or scope.agents is None:
        return row
    agent_id = row.agent_id if row.agent_id in scope.agents else None
    colleague_id = row.colleague_id if row.colleague_id in scope.agents else None
    return msgspec.structs.replace(row, agent_id=agent_id, colleague_id=colleague_id)

"""An old snapshot of the board and the deltas after it are the fresh snapshot: for any events, in any order, and any eyes."""

from dataclasses import dataclass, field
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.live_view import BoardSettings, LiveView
from monitor.rows import BoardSnapshot, Delta, HeaderChanged, RowGone, Table
from monitor.scope import WHOLE_FLOOR, Scope, client_scope, team_scope
from routing.directory import AgentProfile, Client, Directory, Project
from telephony import events as ev
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.events import Envelope, Event, NumberFacts
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    DecisionId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    SwitchName,
    TrunkId,
)
from telephony.terms import ProjectTerms

MIDNIGHT = Instant(1_793_574_000_000_000)  # 2026-11-01T23:00:00Z: a day begins in Berlin
START = Instant(MIDNIGHT - 1_800_000_000)
AGENTS = [AgentId(f"agent-{n}") for n in range(3)]
CALLS = [CallId(f"call-{n}") for n in range(4)]
PROJECTS = {ProjectId("p0"): ClientId("c0"), ProjectId("p1"): ClientId("c0"), ProjectId("p2"): ClientId("c1")}
MASKED = NumberFacts(number_class="geographic", country="DE", masked="+49 30 ***12", metadata_version="1")


def centre(revision: int) -> Directory:
    """Revision 2 knows one project less, gives another to the other client, and has renamed an agent."""
    projects = dict(PROJECTS)
    if revision == 2:
        del projects[ProjectId("p1")]
        projects[ProjectId("p0")] = ClientId("c1")
    return Directory(
        revision=revision,
        clients={c: Client(client_id=c, name=f"Client {c}") for c in (ClientId("c0"), ClientId("c1"))},
        projects={p: Project(project_id=p, client_id=c, name=f"Project {p}") for p, c in projects.items()},
        numbers={},
        agents={
            a: AgentProfile(agent_id=a, name=f"{a} of {revision}", level=1, certificates=frozenset(PROJECTS)) for a in AGENTS
        },
        endpoints={EndpointId(f"phone-{a}"): a for a in AGENTS},
    )


@dataclass
class Lot:
    """One event after the other, each from its own seed and from few names, so that they meet."""

    lot: Random = field(default_factory=Random)
    seq: int = 0
    at: Instant = START

    def envelope(self, seed: int) -> Envelope:
        self.lot = Random(seed)
        self.seq += 1
        self.at = Instant(self.at + self.lot.choice([0, 1_000, 900_000, 15_000_000, 61_000_000, 1_200_000_000]))
        lag = self.lot.choice([0, 0, 0, 5_000_000, -2_000_000])
        call_id, agent_id = self.lot.choice(CALLS), self.lot.choice(AGENTS)
        event = self.event(call_id, agent_id)
        return Envelope(
            seq=self.seq,
            event_id=EventId(f"e{self.seq}"),
            occurred_at=Instant(self.at - lag),
            received_at=self.at,
            event=event,
            call_id=call_id,
            agent_id=agent_id,
        )

    def event(self, call_id: CallId, agent_id: AgentId) -> Event:
        caller, agent_leg, bridge = LegId(f"{call_id}-in"), LegId(f"{call_id}.agent.1"), BridgeId(f"{call_id}.bridge")
        leg = self.lot.choice([caller, agent_leg])
        project_id = self.lot.choice(list(PROJECTS))
        makers: list[Any] = [
            lambda: ev.LogInRequested(agent_id=agent_id, endpoint_id=EndpointId(f"phone-{agent_id}")),
            lambda: ev.LogOutRequested(agent_id=agent_id),
            lambda: ev.AvailableRequested(agent_id=agent_id),
            lambda: ev.PauseRequested(agent_id=agent_id, pause_reason="break"),
            lambda: ev.RequestRefused(request_id=EventId(f"e{self.seq - 1}"), code="no", agent_id=agent_id),
            lambda: ev.AgentTimerFired(agent_id=agent_id, timer="wrap_up_over", due_at=self.at),
            lambda: ev.EndpointChanged(endpoint_id=EndpointId(f"phone-{agent_id}"), is_reachable=True, round_trip_us=900),
            lambda: ev.SwitchConnected(switch=SwitchName("a"), boot_id="1"),
            lambda: ev.SwitchDisconnected(switch=SwitchName("a")),
            lambda: ev.LegOffered(leg_id=caller, trunk_id=TrunkId("t"), dnis="1", party_id=PartyId("x"), caller=MASKED),
            lambda: ev.CallAdmitted(call_id=call_id, terms=terms(project_id), did="+491", number_class="geographic"),
            lambda: ev.CallTurnedAway(call_id=call_id, reason=EndReason.CLOSED, to_machine=True, project_id=project_id),
            lambda: reserved(call_id, agent_id, project_id),
            lambda: ev.AgentAlerted(call_id=call_id, agent_id=agent_id, leg_id=agent_leg),
            lambda: ev.AgentConnected(call_id=call_id, agent_id=agent_id, leg_id=agent_leg),
            lambda: ev.AgentLost(call_id=call_id, agent_id=agent_id, leg_id=agent_leg),
            lambda: ev.AgentReleased(
                call_id=call_id,
                agent_id=agent_id,
                reason=self.lot.choice(list(ReleaseReason)),
                has_talked=self.lot.random() < 0.5,
            ),
            lambda: ev.CallQueuedAgain(call_id=call_id, goes_first=True),
            lambda: ev.CallEnded(call_id=call_id, end_reason=self.lot.choice(list(EndReason))),
            lambda: ev.LegLeft(leg_id=leg, bridge_id=bridge),
            lambda: ev.LegJoined(leg_id=leg, bridge_id=bridge),
            lambda: ev.LegHeld(leg_id=leg),
            lambda: ev.LegUnheld(leg_id=leg),
            lambda: ev.LegHungUp(leg_id=leg, cause=HangupCause.NORMAL, by_phone=True),
        ]
        return self.lot.choice(makers)()


def terms(project_id: ProjectId) -> ProjectTerms:
    return ProjectTerms(
        project_id=project_id,
        client_id=PROJECTS[project_id],
        name="",
        answers_early=False,
        music="",
        ring_timeout_ms=1,
        recovery_ms=1,
        wait_limit_ms=None,
        priority_weight=1,
        wrap_up_limit_ms=1,
        wrap_up_extension_ms=1,
        wrap_up_codes=(),
    )


def reserved(call_id: CallId, agent_id: AgentId, project_id: ProjectId) -> ev.AgentReserved:
    return ev.AgentReserved(
        call_id=call_id,
        agent_id=agent_id,
        endpoint_id=EndpointId(f"phone-{agent_id}"),
        project_id=project_id,
        client_id=PROJECTS[project_id],
        decision_id=DecisionId("d"),
        level=1,
        pass_after=1,
        attempt=1,
        wrap_up_limit_ms=30_000,
        wrap_up_extension_ms=0,
        wrap_up_codes=(),
    )


def replay(snapshot: BoardSnapshot, deltas: tuple[Delta, ...]) -> BoardSnapshot:
    """What a screen does with deltas."""
    tables: dict[str, dict[str, Any]] = {
        Table.QUEUES: {row.project_id: row for row in snapshot.queues},
        Table.AGENTS: {row.agent_id: row for row in snapshot.agents},
        Table.CALLS: {row.call_id: row for row in snapshot.calls},
        Table.SWITCHES: {row.switch: row for row in snapshot.switches},
        Table.MINUTES: {str(row.minute_at): row for row in snapshot.minutes},
    }
    keys = {"queue": "project_id", "agent": "agent_id", "call": "call_id", "switch": "switch", "minute": "minute_at"}
    names = dict(zip(keys, (Table.QUEUES, Table.AGENTS, Table.CALLS, Table.SWITCHES, Table.MINUTES), strict=True))
    header = snapshot.header
    for delta in deltas:
        kind = type(delta).__struct_config__.tag
        if isinstance(delta, HeaderChanged):
            header = delta.row
        elif isinstance(delta, RowGone):
            tables[delta.table].pop(delta.key, None)
        else:
            row = delta.row  # type: ignore[attr-defined]
            tables[names[kind]][str(getattr(row, keys[kind]))] = row
    return BoardSnapshot(
        header=header, **{str(table): tuple(rows[key] for key in sorted(rows)) for table, rows in tables.items()}
    )


def a_view() -> LiveView:
    return LiveView(centre(1), BoardSettings(zone=ZoneInfo("Europe/Berlin")), START)


SCOPES = st.one_of(
    st.just(WHOLE_FLOOR),
    st.builds(team_scope, st.frozensets(st.sampled_from(AGENTS)), st.frozensets(st.sampled_from(list(PROJECTS)))),
    st.frozensets(st.sampled_from([ClientId("c0"), ClientId("c1")])).map(client_scope),
    st.just(Scope(clients=frozenset(), agents=frozenset({AGENTS[0]}))),
)


STEPS = st.lists(st.integers(0, 2**32), min_size=1, max_size=120)


@given(STEPS, st.lists(SCOPES, min_size=1, max_size=3))
@settings(max_examples=300)
def test_an_old_snapshot_and_its_deltas_are_the_fresh_snapshot(steps: list[int], scopes: list[Scope]) -> None:
    lot, view, fresh = Lot(), a_view(), a_view()
    screens = {scope: view.snapshot(scope) for scope in scopes}
    for seed in steps:
        envelope = lot.envelope(seed)
        for each in (view, fresh):
            each.apply(envelope)
        if lot.lot.random() < 0.05:
            revision = lot.lot.choice([1, 2])
            for each in (view, fresh):
                each.use(centre(revision))
        if lot.lot.random() < 0.5:
            changes = view.collect()
            screens = {scope: replay(board, view.deltas(changes, scope)) for scope, board in screens.items()}
    changes = view.collect()
    fresh.collect()
    for scope, board in screens.items():
        assert replay(board, view.deltas(changes, scope)) == view.snapshot(scope)
        assert view.snapshot(scope) == fresh.snapshot(scope)


@given(STEPS)
@settings(max_examples=150)
def test_a_client_sees_nothing_of_another_client_nor_of_people(steps: list[int]) -> None:
    lot, view, mine = Lot(), a_view(), client_scope({ClientId("c0")})
    sent = [msgspec.json.encode(view.snapshot(mine))]
    for seed in steps:
        view.apply(lot.envelope(seed))
        sent.append(msgspec.json.encode(view.deltas(view.collect(), mine)))
    sent.append(msgspec.json.encode(view.snapshot(mine)))
    for word in (b"c1", b"p2", b"agent-", b"call-", b"***"):
        assert word not in b"".join(sent)

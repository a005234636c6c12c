"""A centre and a played floor that speaks in journal envelopes: agents, callers, waits, holds, misses, lost lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from routing.directory import AgentProfile, Client, Directory, Project, Team
from telephony import events as ev
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.decisions import Candidate, DecisionTaken
from telephony.events import Envelope, Event, NumberFacts
from telephony.identifiers import (
    SECOND,
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
    leg_id,
)
from telephony.terms import ProjectTerms

CLIENTS = {"acme": "Nordlicht Energie", "bolt": "Reiseland Krüger", "cura": "Curadent Versicherung"}
PROJECTS = (
    ("support", "acme", "Stromtarif-Beratung"),
    ("outage", "acme", "Störungsannahme"),
    ("booking", "bolt", "Buchung und Umbuchung"),
    ("orders", "bolt", "Katalogbestellung"),
    ("claims", "cura", "Schadenmeldung"),
    ("dental", "cura", "Zahnzusatz-Hotline"),
)
FIRST = ("Anna", "Ben", "Carla", "Deniz", "Elif", "Finn", "Greta", "Hannes", "Ida", "Jonas", "Katharina", "Levin")
LAST = ("Albrecht", "Brandt", "Çelik", "Dietrich", "Engel", "Freudenberg", "Großmann", "Hoffmann", "von der Heide", "Jäger")
PAUSES = ("break", "lunch", "meeting", "technical", "Rückruf Kunde")


def a_centre(agents: int = 14, projects: int = 6) -> Directory:
    """A centre of that size; every agent is certified for some of the projects."""
    chosen = [PROJECTS[n % 6] + (n // 6,) for n in range(projects)]
    rows = {
        ProjectId(f"{key}{more or ''}"): Project(
            project_id=ProjectId(f"{key}{more or ''}"),
            client_id=ClientId(client),
            name=f"{name} {more + 1}" if more else name,
            service_level_ms=20_000 if key != "dental" else 30_000,
        )
        for key, client, name, more in chosen
    }
    ids = list(rows)
    people = {}
    for n in range(agents):
        agent_id = AgentId(f"agent-{n}")
        name = f"{FIRST[n % len(FIRST)]} {LAST[(n + n // 60) % len(LAST)]}"
        certified = frozenset(ids[(n + k) % len(ids)] for k in range(3))
        people[agent_id] = AgentProfile(
            agent_id=agent_id,
            name=name,
            level=n % 3 + 1,
            certificates=certified,
            endpoint_id=EndpointId(f"phone-{n}"),
            team="red" if n % 2 else "blue",
            mailbox=f"agent-{n}@centre.example",
        )
    return Directory(
        revision=1,
        clients={ClientId(c): Client(client_id=ClientId(c), name=name) for c, name in CLIENTS.items()},
        projects=rows,
        numbers={},
        agents=people,
        endpoints={EndpointId(f"phone-{n}"): AgentId(f"agent-{n}") for n in range(agents)},
        teams={team: Team(team_id=team, name=name) for team, name in (("red", "Team Rot"), ("blue", "Team Blau"))},
    )


@dataclass
class Waiting:
    """A caller in the line."""

    call_id: CallId
    project_id: ProjectId
    since: Instant
    patience_s: float
    offers: int = 0


@dataclass
class PlayedFloor:
    """Plays a floor second by second. The same seed plays the same floor."""

    centre: Directory
    at: Instant
    seed: int = 1
    calls_per_minute: float = 6.0
    talk_s: float = 150.0
    seq: int = 0
    calls: int = 0
    journal: dict[CallId, list[Envelope]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lot = Random(self.seed)
        self._free: list[AgentId] = []
        self.waiting: list[Waiting] = []
        self._later: list[tuple[Instant, int, Iterator[float]]] = []
        self._out: list[Envelope] = []

    # -- for tests -----------------------------------------------------------------------------------------------------

    def open(self) -> list[Envelope]:
        """The switch is there, and all but a few agents are on duty."""
        self.say(ev.SwitchConnected(switch=SwitchName("berlin"), boot_id="1"))
        for n, (agent_id, profile) in enumerate(self.centre.agents.items()):
            if n % 9 == 8 or profile.endpoint_id is None:
                continue
            rtt = self._lot.randint(8_000, 60_000)
            self.say(ev.EndpointChanged(endpoint_id=profile.endpoint_id, is_reachable=True, round_trip_us=rtt))
            self.say(ev.LogInRequested(agent_id=agent_id, endpoint_id=profile.endpoint_id), agent_id=agent_id)
            self._free.append(agent_id)
        return self.take()

    def play(self, seconds: int) -> list[Envelope]:
        """What happens in the next seconds."""
        for _ in range(seconds):
            self.at = Instant(self.at + SECOND)
            while self._later and min(self._later)[0] <= self.at:
                due = min(self._later)
                self._later.remove(due)
                self._go_on(due[2])
            if self._lot.random() < self.calls_per_minute / 60:
                self.arrive()
            self._give_up()
            self._offer()
            if self._lot.random() < 0.01:
                self._pause()
        return self.take()

    # -- what callers and agents do ------------------------------------------------------------------------------------

    def arrive(self) -> None:
        """A caller waits."""
        self.calls += 1
        call_id = CallId(f"{self.seed:08d}-0000-7000-8000-{self.calls:012d}")
        project = self._lot.choice(list(self.centre.projects.values()))
        masked = f"+49 {self._lot.choice(['30', '40', '171', '89'])} *** {self._lot.randint(10, 99)}"
        caller = NumberFacts(number_class="geographic", country="DE", masked=masked, metadata_version="1")
        leg = LegId(f"caller-{call_id}")
        self.say(
            ev.LegOffered(
                leg_id=leg,
                trunk_id=TrunkId("carrier"),
                dnis="493000",
                party_id=PartyId(f"party-{self.calls}"),
                caller=caller if self._lot.random() > 0.1 else None,
            ),
            call_id,
        )
        self.say(ev.CallAdmitted(call_id=call_id, terms=terms(project), did="+493000", number_class="geographic"), call_id)
        self.waiting.append(Waiting(call_id, project.project_id, self.at, self._lot.expovariate(1 / 70)))

    def _give_up(self) -> None:
        for call in [c for c in self.waiting if (self.at - c.since) / SECOND > c.patience_s + 15]:
            self.waiting.remove(call)
            leg = LegId(f"caller-{call.call_id}")
            self.say(ev.LegHungUp(leg_id=leg, cause=HangupCause.NORMAL, by_phone=True), call.call_id)
            self.say(ev.CallEnded(call_id=call.call_id, end_reason=EndReason.ABANDONED), call.call_id)

    def _offer(self) -> None:
        for call in list(self.waiting):
            fit = [a for a in self._free if call.project_id in self.centre.agents[a].certificates]
            if fit:
                self.waiting.remove(call)
                self._free.remove(fit[0])
                self._go_on(self._serve(call, fit[0], fit))

    def _serve(self, call: Waiting, agent_id: AgentId, fit: list[AgentId]) -> Iterator[float]:
        call_id, number = call.call_id, call.offers + 1
        call.offers = number
        leg, caller = leg_id(call_id, "agent", number), LegId(f"caller-{call_id}")
        bridge = BridgeId(f"{call_id}.bridge")
        self.say(self._decision(call, agent_id, fit), call_id)
        self.say(reserved(self.centre, call_id, agent_id, call.project_id, number), call_id, agent_id)
        yield 0
        self.say(ev.AgentAlerted(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
        if self._lot.random() < 0.06:
            yield 15
            yield from self._miss(call, agent_id)
            return
        yield self._lot.randint(2, 9)
        self.say(ev.AgentConnected(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
        yield self._lot.expovariate(1 / self.talk_s)
        if self._lot.random() < 0.3:
            self.say(ev.LegLeft(leg_id=leg, bridge_id=bridge), call_id)
            yield self._lot.randint(10, 60)
            self.say(ev.LegJoined(leg_id=leg, bridge_id=bridge), call_id)
            yield self._lot.randint(5, 40)
        if self._lot.random() < 0.04:
            self.say(ev.AgentLost(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
            yield 12
            self.say(ev.AgentConnected(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
            yield 30
        self.say(ev.LegHungUp(leg_id=caller, cause=HangupCause.NORMAL, by_phone=True), call_id)
        self.say(released(call_id, agent_id, ReleaseReason.TALKED), call_id, agent_id)
        self.say(ev.CallEnded(call_id=call_id, end_reason=EndReason.CALLER_HUNG_UP), call_id)
        yield self._lot.randint(8, 45)
        yield from self._free_again(agent_id)

    def _miss(self, call: Waiting, agent_id: AgentId) -> Iterator[float]:
        self.say(released(call.call_id, agent_id, ReleaseReason.NO_ANSWER), call.call_id, agent_id)
        self.waiting.insert(0, call)
        yield 10
        yield from self._free_again(agent_id)

    def _free_again(self, agent_id: AgentId) -> Iterator[float]:
        if self._lot.random() < 0.08:
            self.say(ev.PauseRequested(agent_id=agent_id, pause_reason=self._lot.choice(PAUSES)), agent_id=agent_id)
            yield self._lot.randint(60, 600)
        self.say(ev.AvailableRequested(agent_id=agent_id), agent_id=agent_id)
        self._free.append(agent_id)

    def _pause(self) -> None:
        if len(self._free) > 2:
            agent_id = self._free.pop(0)
            self.say(ev.PauseRequested(agent_id=agent_id, pause_reason=self._lot.choice(PAUSES)), agent_id=agent_id)
            self._later.append((Instant(self.at + 240 * SECOND), self.seq, self._free_again(agent_id)))

    # -- how it is said ------------------------------------------------------------------------------------------------

    def _go_on(self, story: Iterator[float]) -> None:
        wait_s = next(story, None)
        if wait_s is not None:
            self.seq += 1  # also breaks ties between stories due in the same instant
            self._later.append((Instant(self.at + int(wait_s * SECOND)), self.seq, story))

    def _decision(self, call: Waiting, agent_id: AgentId, fit: list[AgentId]) -> DecisionTaken:
        level = self.centre.agents[agent_id].level
        return DecisionTaken(
            decision_id=DecisionId(f"{call.call_id}.{call.offers}"),
            call_id=call.call_id,
            agent_id=agent_id,
            project_id=call.project_id,
            level=level,
            weight=float(level),
            pass_before=4.0,
            pass_after=4.0 + 1 / level,
            waited_ms=(self.at - call.since) // 1_000,
            candidates=tuple(
                Candidate(agent_id=a, level=self.centre.agents[a].level, share_pass=4.0 + n / 3, idle_since=self.at)
                for n, a in enumerate(fit[:5])
            ),
            candidates_in_all=len(fit),
            skipped=(),
            heads_looked_at=1,
            rule_version="1",
            directory_revision=1,
        )

    def say(self, event: Event, call_id: CallId | None = None, agent_id: AgentId | None = None) -> None:
        """It is in the journal now."""
        self.seq += 1
        envelope = Envelope(
            seq=self.seq,
            event_id=EventId(f"event-{self.seq}"),
            occurred_at=self.at,
            received_at=self.at,
            event=event,
            call_id=call_id,
            agent_id=agent_id,
            switch=SwitchName("berlin"),
        )
        self._out.append(envelope)
        if call_id is not None:
            self.journal.setdefault(call_id, []).append(envelope)

    def take(self) -> list[Envelope]:
        """What was said since the last time."""
        out, self._out = self._out, []
        return out


def terms(project: Project) -> ProjectTerms:
    """The project's terms as the engine journals them."""
    return ProjectTerms(
        project_id=project.project_id,
        client_id=project.client_id,
        name=project.name,
        answers_early=False,
        music="default",
        ring_timeout_ms=20_000,
        recovery_ms=20_000,
        wait_limit_ms=None,
        priority_weight=1.0,
        wrap_up_limit_ms=60_000,
        wrap_up_extension_ms=30_000,
        wrap_up_codes=(),
    )


def reserved(centre: Directory, call_id: CallId, agent_id: AgentId, project_id: ProjectId, attempt: int = 1) -> ev.AgentReserved:
    """The agent is bound to the call."""
    profile = centre.agents[agent_id]
    return ev.AgentReserved(
        call_id=call_id,
        agent_id=agent_id,
        endpoint_id=profile.endpoint_id or EndpointId(""),
        project_id=project_id,
        client_id=centre.projects[project_id].client_id,
        decision_id=DecisionId(f"{call_id}.{attempt}"),
        level=profile.level,
        pass_after=1.0,
        attempt=attempt,
        wrap_up_limit_ms=60_000,
        wrap_up_extension_ms=30_000,
        wrap_up_codes=(),
    )


def released(call_id: CallId, agent_id: AgentId, reason: ReleaseReason) -> ev.AgentReleased:
    """The agent is free of the call."""
    return ev.AgentReleased(call_id=call_id, agent_id=agent_id, reason=reason, has_talked=reason is ReleaseReason.TALKED)

"""After any sequence of operations the floor decides as a search through everything would."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from routing.directory import AgentProfile, Directory
from routing.floor import Floor
from routing.queueing import WaitingCall
from telephony.decisions import DecisionTaken
from telephony.demands import SkillNeed
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, ProjectId
from tests.property.routing_oracle import Oracle, offered_again
from tests.unit.routing.centre import T0, a_centre, a_project

PROJECTS = ("p1", "p2", "p3", "p4")
AGENTS = tuple(f"agent{n}" for n in range(6))
WEIGHTS = st.sampled_from((None, (1.0, 2.0, 3.0), (1.0, 1.0, 1.0), (0.5, 3.0, 7.0)))
agents = st.sampled_from([AgentId(a) for a in AGENTS])
SKILLS = ("sales", "tax")
grades = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=2)
NEEDS = tuple(SkillNeed(skill=skill, grade=grade) for skill in (*SKILLS, "language:en") for grade in (1, 3))


@st.composite
def needs(draw: st.DrawFn) -> tuple[SkillNeed, ...]:
    asked = draw(st.lists(st.sampled_from(NEEDS), max_size=2, unique_by=lambda need: need.skill))
    return tuple(sorted(asked, key=lambda need: need.skill)) if draw(st.booleans()) else ()


@st.composite
def asked(draw: st.DrawFn) -> dict[str, object]:
    """What a call asks for beside its project: often nothing."""
    return {
        "needs": draw(needs()),
        "preferred": draw(needs()),
        "preferred_until": Instant(T0 + draw(st.sampled_from((0, 60, 10_000))) * SECOND),
        "priority_ms": draw(st.sampled_from((0, 0, 0, 20_000, 600_000))),
        "sticky_agent_id": draw(st.one_of(st.none(), agents)),
        "blocked_agents": tuple(draw(st.one_of(st.just([]), st.lists(agents, max_size=3, unique=True)))),
    }


@st.composite
def centres(draw: st.DrawFn) -> Directory:
    clients = draw(st.tuples(*[st.sampled_from(("acme", "bank"))] * len(PROJECTS)))
    there = draw(st.sets(st.sampled_from(PROJECTS), min_size=2))
    projects = [a_project(p, c, weights=draw(WEIGHTS)) for p, c in zip(PROJECTS, clients, strict=True) if p in there]
    people = [
        AgentProfile(
            agent_id=AgentId(name),
            name=name,
            level=draw(st.integers(1, 3)),
            certificates=frozenset(ProjectId(p) for p in draw(st.sets(st.sampled_from(PROJECTS)))),
            level_by_project=draw(
                st.dictionaries(st.sampled_from([ProjectId(p) for p in PROJECTS]), st.integers(1, 3), max_size=2)
            ),
            blocked_clients=frozenset(ClientId(c) for c in draw(st.sets(st.sampled_from(("acme", "bank")), max_size=1))),
            is_active=draw(st.sampled_from((True, True, True, False))),
            skills=draw(grades),
            languages=draw(st.dictionaries(st.just("en"), st.integers(1, 5), max_size=1)),
        )
        for name in AGENTS
    ]
    return a_centre(projects, people, revision=draw(st.integers(1, 9)), ageing_ms=draw(st.sampled_from((40_000, 1_200_000))))


class FloorAgainstOracle(RuleBasedStateMachine):
    @initialize(directory=centres())
    def begin(self, directory: Directory) -> None:
        self.floor, self.oracle = Floor(directory), Oracle(directory)
        self.now = T0
        self.calls = 0
        self.claimed: dict[CallId, tuple[AgentId, WaitingCall]] = {}

    def is_bound(self, agent_id: AgentId) -> bool:
        return any(bound == agent_id for bound, _ in self.claimed.values())

    @rule(seconds=st.integers(0, 30))
    def time_goes_on(self, seconds: int) -> None:
        self.now = Instant(self.now + seconds * SECOND)

    @rule(agent_id=agents)
    def an_agent_becomes_available(self, agent_id: AgentId) -> None:
        if not self.is_bound(agent_id):
            self.floor.agent_available(agent_id, self.now)
            self.oracle.agent_available(agent_id, self.now)

    @rule(agent_id=agents)
    def an_agent_pauses(self, agent_id: AgentId) -> None:
        self.floor.agent_unavailable(agent_id)
        self.oracle.agent_unavailable(agent_id)

    @rule(agent_id=agents)
    def an_agent_logs_out(self, agent_id: AgentId) -> None:
        self.floor.agent_away(agent_id)
        self.oracle.agent_away(agent_id)

    @rule(agent_id=agents)
    def an_agent_comes_on_duty(self, agent_id: AgentId) -> None:
        self.floor.agent_on_duty(agent_id)
        self.oracle.agent_on_duty(agent_id)

    @rule(
        asked=asked(),
        project=st.sampled_from(PROJECTS),
        weight=st.sampled_from((0.5, 1.0, 1.0, 3.0)),
        waited=st.integers(-5, 60),
        goes_first=st.sampled_from((False, False, False, True)),
    )
    def a_caller_arrives(self, project: str, weight: float, waited: int, goes_first: bool, asked: dict[str, object]) -> None:
        self.calls += 1
        call = WaitingCall(
            call_id=CallId(f"c{self.calls:03}"),
            project_id=ProjectId(project),
            client_id=ClientId("acme"),
            waiting_since=Instant(self.now - waited * SECOND),
            priority_weight=weight,
            goes_first=goes_first,
            **asked,  # type: ignore[arg-type]
        )
        self.floor.call_waiting(call)
        self.oracle.call_waiting(call)

    @rule(data=st.data())
    def a_caller_gives_up(self, data: st.DataObject) -> None:
        if self.oracle.waiting:
            call_id = data.draw(st.sampled_from(list(self.oracle.waiting)))
            self.floor.call_gone(call_id)
            self.oracle.call_gone(call_id)

    @rule(data=st.data(), comes_back=st.booleans(), waits_again=st.booleans(), goes_first=st.booleans())
    def a_claim_ends(self, data: st.DataObject, comes_back: bool, waits_again: bool, goes_first: bool) -> None:
        if not self.claimed:
            return
        agent_id, call = self.claimed.pop(data.draw(st.sampled_from(list(self.claimed))))
        for floor in (self.floor, self.oracle):
            if waits_again:
                floor.call_waiting(offered_again(call, goes_first=goes_first))
            if comes_back:
                floor.agent_available(agent_id, self.now)

    @rule(data=st.data())
    def a_waiting_call_changes_its_place(self, data: st.DataObject) -> None:
        if self.oracle.waiting:
            call = self.oracle.waiting[data.draw(st.sampled_from(list(self.oracle.waiting)))]
            again = offered_again(call, goes_first=data.draw(st.booleans()))
            self.floor.call_waiting(again)
            self.oracle.call_waiting(again)

    @rule(data=st.data(), asked=asked())
    def a_waiting_call_asks_for_something_else(self, data: st.DataObject, asked: dict[str, object]) -> None:
        """A relaxation step became due, waiting for the last agent ran out, or somebody gave it priority."""
        if self.oracle.waiting:
            call = self.oracle.waiting[data.draw(st.sampled_from(list(self.oracle.waiting)))]
            again = replace(call, **asked)
            self.floor.call_waiting(again)
            self.oracle.call_waiting(again)

    @rule(project=st.sampled_from(PROJECTS), calls=st.integers(1, 12))
    def a_busy_spell(self, project: str, calls: int) -> None:
        """Calls of one project, each short: passes move apart."""
        for _ in range(calls):
            self.a_caller_arrives(project, 1.0, 0, goes_first=False, asked={})
            for decision in self.match():
                agent_id, _ = self.claimed.pop(decision.call_id)
                for floor in (self.floor, self.oracle):
                    floor.agent_available(agent_id, self.now)

    @rule(directory=centres())
    def a_new_revision_comes(self, directory: Directory) -> None:
        self.floor.use(directory)
        self.oracle.use(directory)

    @rule()
    def the_floor_matches(self) -> None:
        self.match()

    def match(self) -> list[DecisionTaken]:
        before = dict(self.oracle.waiting)
        decisions = list(self.floor.match(self.now))
        claims = self.oracle.match(self.now)
        assert [(d.call_id, d.agent_id, d.pass_before, d.pass_after) for d in decisions] == [
            (c.call_id, c.agent_id, c.pass_before, c.pass_after) for c in claims
        ]
        for decision in decisions:
            assert decision.call_id not in self.claimed, "two decisions for one call"
            assert not self.is_bound(decision.agent_id), "two decisions for one agent"
            assert decision.candidates[0].agent_id == decision.agent_id
            assert 1 <= len(decision.candidates) <= min(5, decision.candidates_in_all)
            assert {r.agent_id for r in decision.refused}.isdisjoint({c.agent_id for c in decision.candidates})
            self.claimed[decision.call_id] = (decision.agent_id, before[decision.call_id])
        for call in self.oracle.waiting.values():
            takers = [a for a, found in self.floor.explain_call(call.call_id).items() if found is None]
            assert takers == self.oracle.takers(call) == [], "the reasons told are not those decided by"
        for agent_id in AGENTS:
            assert self.floor.pass_of(AgentId(agent_id)) == self.oracle.passes.get(AgentId(agent_id))
        return decisions

    @invariant()
    def both_hold_the_same(self) -> None:
        if hasattr(self, "floor"):
            assert self.floor.available == self.oracle.available
            assert {c.call_id: c for c in self.floor.waiting} == self.oracle.waiting
            for project_id in self.oracle.directory.projects:
                standing = [a for a in self.oracle.available if self.oracle.may(a, project_id)]
                assert self.floor.available_for(project_id) == len(standing)


TestFloorAgainstOracle = FloorAgainstOracle.TestCase
TestFloorAgainstOracle.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)

"""A restart changes nothing of who gets which call: pauses, calls, phones and rules before it count as without it."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.directory import Directory
from routing.floor import Floor
from store.journal_codec import JournalCodec
from telephony.agent.noted import LastShare, ShareNoted, share_after
from telephony.decisions import DecisionTaken
from telephony.events import AgentReserved, Envelope, Event
from telephony.identifiers import SECOND, AgentId, ClientId, EndpointId, EventId, Instant, ProjectId
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent

PROJECTS = ("busy", "calm", "rare")
CODEC = JournalCodec()


def a_floor(rng: random.Random) -> Directory:
    people = [
        an_agent(f"a{n}", *rng.sample(PROJECTS, rng.randint(1, 3)), level=rng.randint(1, 3)) for n in range(rng.randint(2, 7))
    ]
    return a_centre([a_project(name) for name in PROJECTS], people)


class Shift:
    """A floor, and beside it what its journal would hold. With `restarts` the floor is made anew of that before every act."""

    def __init__(self, directory: Directory, *, restarts: bool) -> None:
        self.restarts = restarts
        self.directory = directory
        self.floor = Floor(directory)
        self.on_duty: dict[AgentId, None] = {}
        self.decisions: list[DecisionTaken] = []
        self._known: dict[AgentId, LastShare] = {}
        self._seq = 0

    def act(self, kind: str, who: AgentId, project_id: ProjectId, number: int) -> None:
        now = Instant(T0 + number * SECOND)
        if self.restarts:
            self._restart(now)
        floor = self.floor
        match kind:
            case "comes":
                self.on_duty[who] = None
                floor.agent_available(who, now)
            case "unreachable":
                floor.agent_unavailable(who)
            case "pauses":
                self.on_duty.pop(who, None)
                floor.agent_away(who)
            case "kept away":
                floor.keep_from(who, frozenset({project_id}))
            case "let in again":
                floor.keep_from(who, frozenset())
            case "calls":
                floor.call_waiting(a_call(f"c{number}", project_id, now))
        self._settle(now)

    def _settle(self, now: Instant) -> None:
        for agent_id in self.floor.moved:
            share = self.floor.take_moved(agent_id)
            if share is not None:
                self._note(ShareNoted(agent_id=agent_id, share=share), agent_id)
        for decision in self.floor.match(now):
            self.decisions.append(decision)
            self._note(reservation(decision), decision.agent_id)

    def _note(self, event: Event, agent_id: AgentId) -> None:
        self._seq += 1
        row = CODEC.encode(
            Envelope(seq=self._seq, event_id=EventId(f"e{self._seq}"), occurred_at=T0, received_at=T0, event=event)
        )
        share = share_after(self._known.get(agent_id), CODEC.decode(row).event, self._seq)
        assert share is not None
        self._known[agent_id] = share

    def _restart(self, now: Instant) -> None:
        after = Floor(self.directory)
        for agent_id in reversed(self.on_duty):
            after.agent_on_duty(agent_id)
            after.agent_available(agent_id, now)  # what the open streams alone would make of it
        after.restore(self._known)
        for call in self.floor.waiting:
            after.call_waiting(call)
        assert list(after.match(now)) == []
        self.floor = after


def reservation(decision: DecisionTaken) -> AgentReserved:
    return AgentReserved(
        call_id=decision.call_id,
        agent_id=decision.agent_id,
        endpoint_id=EndpointId("p"),
        project_id=decision.project_id,
        client_id=ClientId("acme"),
        decision_id=decision.decision_id,
        level=decision.level,
        pass_after=decision.pass_after,
        attempt=1,
        wrap_up_limit_ms=0,
        wrap_up_extension_ms=0,
        wrap_up_codes=(),
    )


KINDS = ("comes", "comes", "comes", "calls", "calls", "calls", "unreachable", "pauses", "kept away", "let in again")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(20, 120))
def test_a_restart_at_every_point_changes_no_decision_and_no_pass(seed: int, acts: int) -> None:
    rng = random.Random(seed)
    directory = a_floor(rng)
    on, off = Shift(directory, restarts=False), Shift(directory, restarts=True)
    for number in range(acts):
        kind, who, project_id = rng.choice(KINDS), rng.choice(list(directory.agents)), ProjectId(rng.choice(PROJECTS))
        for shift in (on, off):
            shift.act(kind, who, project_id, number)
    assert [replace_ids(each) for each in off.decisions] == [replace_ids(each) for each in on.decisions]
    for agent_id in directory.agents:
        assert (off.floor.pass_of(agent_id) or 0.0) == (on.floor.pass_of(agent_id) or 0.0)
    for name in PROJECTS:
        assert off.floor.smallest_pass(ProjectId(name)) == on.floor.smallest_pass(ProjectId(name))


def replace_ids(decision: DecisionTaken) -> tuple[object, ...]:
    return (decision.call_id, decision.agent_id, decision.pass_before, decision.pass_after, decision.candidates)

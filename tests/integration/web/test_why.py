"""Stories and reasons over the API: in the reader's language, and no further than their reach."""

from msgspec.structs import replace

from telephony.agent.model import Agent, AgentState
from telephony.decisions import Candidate, DecisionTaken
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, DecisionId, EventId, Instant, ProjectId
from tests.integration.web.edge import World
from tests.integration.web.memory import T0
from tests.integration.web.stories import a_talk
from tests.unit.routing.centre import a_call

CALL = "00000000-0000-7000-8000-00000000aaaa"
ANNA, BEN = AgentId("anna"), AgentId("ben")


def a_decision(winner: str, other: str, seq: int, call: str = CALL, project: str = "acme-service") -> Envelope:
    decision = DecisionTaken(
        decision_id=DecisionId(f"{call}.decision.1"),
        call_id=CallId(call),
        agent_id=AgentId(winner),
        project_id=ProjectId(project),
        level=1,
        weight=1.0,
        pass_before=2.0,
        pass_after=3.0,
        waited_ms=1_500,
        candidates=tuple(
            Candidate(agent_id=AgentId(name), level=1, share_pass=share_pass, idle_since=Instant(T0))
            for name, share_pass in ((winner, 2.0), (other, 2.5))
        ),
        candidates_in_all=2,
        skipped=(),
        heads_looked_at=1,
        rule_version="2",
        directory_revision=1,
    )
    return Envelope(
        seq=seq,
        event_id=EventId(f"event-{seq}"),
        occurred_at=Instant(T0 + seq * 1_000_000),
        received_at=Instant(T0 + seq * 1_000_000),
        event=decision,
        call_id=CallId(call),
        agent_id=AgentId(winner),
    )


def populate(world: World) -> None:
    talk = a_talk(CALL, client="acme", agent="anna", first_seq=1)
    world.journal.envelopes += [*talk[:3], a_decision("anna", "ben", 4), *(replace(e, seq=e.seq + 1) for e in talk[3:])]
    world.journal.envelopes.append(a_decision("ben", "anna", 20, "other-call"))


def be_free(world: World, *agents: AgentId) -> None:
    for place, agent_id in enumerate(agents):
        world.standings.agents[agent_id] = Agent(agent_id=agent_id, state=AgentState.AVAILABLE)
        world.standings.floor.agent_available(agent_id, Instant(T0))
        world.standings.floor.restore_pass(agent_id, 1.0 + place / 2)


async def test_a_story_is_told_in_the_language_asked_for(world: World) -> None:
    populate(world)
    status, told = await world.ask("GET", f"/api/v1/calls/{CALL}/story", by="sven", headers={"Accept-Language": "de"})
    assert status == 200
    sentences = [line["sentence"] for line in told["lines"]]
    assert sentences[0] == "Ein Anruf für +4930111 kommt herein."
    assert "Ben (Stufe 1) lag mit Zählerstand 2,500 um 0,500 zurück." in sentences
    assert sentences[-1] == "Der Anruf ist zu Ende: der Anrufer hat aufgelegt."
    _, english = await world.ask("GET", f"/api/v1/calls/{CALL}/story", by="sven")
    assert len(english["lines"]) == len(told["lines"])
    assert english["lines"][0]["sentence"] == "A call for +4930111 comes in."


async def test_an_agent_reads_the_own_story_without_the_names_of_colleagues(world: World) -> None:
    populate(world)
    status, told = await world.ask("GET", f"/api/v1/calls/{CALL}/story", by="anna")
    assert status == 200
    text = " ".join(line["sentence"] for line in told["lines"])
    assert "another agent (level 1) was 0.500 behind" in text
    assert "Anna (level 1) got the call" in text
    assert "Ben" not in text
    assert (await world.ask("GET", f"/api/v1/calls/{CALL}/story", by="carla"))[0] == 404
    assert (await world.ask("GET", f"/api/v1/calls/{CALL}/story", by="acme"))[0] == 403


async def test_why_says_who_is_next_and_how_far_behind_the_others_are(world: World) -> None:
    populate(world)
    be_free(world, BEN, ANNA)
    _, ben = await world.ask("GET", "/api/v1/agents/ben/why", by="sven")
    _, anna = await world.ask("GET", "/api/v1/agents/anna/why", by="sven")
    here = {project["project_id"]: project for project in anna["projects"]}
    assert [p["code"] for p in ben["projects"]] == ["next", "not_certified"]
    assert here["acme-service"]["code"] == "behind"
    assert (here["acme-service"]["place"], here["acme-service"]["behind"]) == (2, 0.5)
    assert "is 0.500 above the smallest" in here["acme-service"]["sentence"]
    assert here["bolt-service"]["sentence"] == "Anna is not certified for project bolt-service; there is no exception to that."
    assert [(d["code"], d["call_id"]) for d in anna["decisions"]] == [("compared", "other-call"), ("chosen", CALL)]
    assert anna["decisions"][0]["sentence"] == "Ben came before Anna: pass 2.000 against 2.500, Anna was 0.500 behind."


async def test_an_agent_reads_their_own_why_and_nobody_elses(world: World) -> None:
    populate(world)
    be_free(world, BEN, ANNA)
    status, own = await world.ask("GET", "/api/v1/agents/anna/why?last=1", by="anna", headers={"Accept-Language": "de"})
    assert status == 200
    assert [p["project_id"] for p in own["projects"]] == ["acme-service"]
    assert own["decisions"][0]["sentence"].startswith("ein anderer Agent war vor Anna: Zählerstand 2,000")
    assert "Ben" not in str(own)
    assert (await world.ask("GET", "/api/v1/agents/ben/why", by="anna"))[0] == 404


async def test_what_keeps_an_agent_from_the_waiting_callers_is_counted(world: World) -> None:
    be_free(world, ANNA)
    world.standings.agents[BEN] = Agent(agent_id=BEN, state=AgentState.PAUSED, pause_reason="lunch")
    world.standings.floor.call_waiting(a_call("blocked", "acme-service", blocked_agents=(ANNA,)))
    _, anna = await world.ask("GET", "/api/v1/agents/anna/why", by="sven")
    assert [(k["code"], k["callers"]) for k in anna["projects"][0]["kept_from"]] == [("caller_blocked", 1)]
    _, ben = await world.ask("GET", "/api/v1/agents/ben/why", by="sven")
    assert [r["sentence"] for r in ben["reasons"]] == ["Ben is paused (lunch)."]
    assert ben["projects"][0]["code"] == "paused"
    assert not ben["is_free"]

"""Progressive calling: callers first, one lead an agent, nobody dialled ahead."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.outbound.pacing import LONGEST_REST_MS, REST_MS, SETTLES_MS, FreeAgent, Given, Unreached, Work, to_give
from telephony.identifiers import MS, AgentId, Instant, ProjectId

NOW = Instant(10**12)
LONG_AGO = Instant(NOW - 60_000 * MS)
OUT, OTHER, IN, SERVICE = (ProjectId(each) for each in ("out", "other", "in", "service"))


def free(
    name: str, *, since: Instant = LONG_AGO, out: tuple[ProjectId, ...] = (OUT,), into: tuple[ProjectId, ...] = ()
) -> FreeAgent:
    return FreeAgent(agent_id=AgentId(name), free_since=since, calls_for=frozenset(out), answers_for=frozenset(into))


def work(project: ProjectId = OUT, in_flight: int = 0, keeps_free: int = 0) -> Work:
    return Work(project_id=project, in_flight=in_flight, keeps_free=keeps_free)


def who(given_out: list[Given]) -> list[str]:
    return [each.agent_id for each in given_out]


def test_whoever_is_free_longest_is_given_a_lead_first_and_each_only_one() -> None:
    agents = [free("b"), free("a", since=Instant(LONG_AGO - 1)), free("c")]
    assert who(to_give(agents, [work()], (), NOW)) == ["a", "b", "c"]


def test_nobody_is_taken_from_callers_who_wait() -> None:
    agents = [free("a", into=(IN,)), free("b")]
    assert who(to_give(agents, [work()], {IN}, NOW)) == ["b"]
    assert who(to_give(agents, [work()], {SERVICE}, NOW)) == ["a", "b"]


def test_so_many_stay_free_for_callers_as_the_project_says_in_each_project_they_answer() -> None:
    agents = [free(name, into=(IN,)) for name in "abc"]
    assert who(to_give(agents, [work(keeps_free=2)], (), NOW)) == ["a"]
    assert who(to_give([*agents, free("d", into=(IN, SERVICE))], [work(keeps_free=1)], (), NOW)) == ["a", "b", "c"]


def test_who_answers_nobody_is_kept_for_nobody() -> None:
    assert who(to_give([free("a")], [work(keeps_free=9)], (), NOW)) == ["a"]


def test_who_has_just_become_free_is_left_alone_for_a_moment() -> None:
    assert to_give([free("a", since=Instant(NOW - SETTLES_MS * MS + 1))], [work()], (), NOW) == []
    assert who(to_give([free("a", since=Instant(NOW - SETTLES_MS * MS))], [work()], (), NOW)) == ["a"]


def test_the_project_with_the_fewest_at_work_goes_first() -> None:
    agents = [free(name, out=(OUT, OTHER)) for name in "abc"]
    found = to_give(agents, [work(in_flight=2), work(OTHER)], (), NOW)
    assert [each.project_id for each in found] == [OTHER, OTHER, OTHER]
    assert to_give([free("a", out=())], [work()], (), NOW) == []


def test_a_phone_that_is_not_answered_is_left_alone_longer_and_longer() -> None:
    anna, known = AgentId("anna"), Unreached()
    rests = []
    for _ in range(9):
        known = known.after(anna, NOW)
        rests.append((known.until[anna] - NOW) // MS)
    assert rests[:3] == [REST_MS, 2 * REST_MS, 4 * REST_MS]
    assert rests[-1] == LONGEST_REST_MS
    assert known.rests(anna, NOW)
    assert not known.rests(anna, Instant(NOW + LONGEST_REST_MS * MS))
    assert not known.reached(anna).rests(anna, NOW)
    assert known.reached(AgentId("ben")) is known


_PROJECTS = st.frozensets(st.sampled_from([IN, SERVICE]))
_AGENTS = st.lists(
    st.builds(
        FreeAgent,
        agent_id=st.text("abcdefgh", min_size=1, max_size=3).map(AgentId),
        free_since=st.integers(NOW - 10_000 * MS, NOW).map(Instant),
        calls_for=st.frozensets(st.sampled_from([OUT, OTHER])),
        answers_for=_PROJECTS,
    ),
    unique_by=lambda agent: agent.agent_id,
    max_size=12,
)


@settings(max_examples=300)
@given(agents=_AGENTS, keeps=st.integers(0, 4), waiting=_PROJECTS, flying=st.integers(0, 5))
def test_whatever_the_floor_nobody_gets_two_and_callers_keep_theirs(
    agents: list[FreeAgent], keeps: int, waiting: frozenset[ProjectId], flying: int
) -> None:
    found = to_give(agents, [work(in_flight=flying, keeps_free=keeps), work(OTHER, keeps_free=keeps)], waiting, NOW)
    taken = {each.agent_id for each in found}
    known = {agent.agent_id: agent for agent in agents}
    assert len(taken) == len(found)
    assert all(each.project_id in known[each.agent_id].calls_for for each in found)
    assert all(known[agent_id].answers_for.isdisjoint(waiting) for agent_id in taken)
    for project_id in (IN, SERVICE):
        able = [agent.agent_id for agent in agents if project_id in agent.answers_for]
        if taken.intersection(able):
            assert len(set(able) - taken) >= keeps

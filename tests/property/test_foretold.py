"""Who the floor says would get a call that came now is who gets it when it comes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routing.directory import Directory
from routing.floor import Floor
from routing.queueing import WaitingCall
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, ProjectId
from tests.property.test_floor_matches_oracle import AGENTS, NEEDS, PROJECTS, asked, centres
from tests.unit.routing.centre import T0, a_centre, a_project, an_agent

calls = st.tuples(st.sampled_from(PROJECTS), asked())
another = st.one_of(st.none(), st.none(), st.none(), calls)
back = st.sampled_from((None, "just now", "and is matched"))


@given(directory=centres(), comers=st.lists(st.tuples(calls, another, back), min_size=1, max_size=20))
def test_who_is_foretold_gets_the_call(directory: Directory, comers: list[tuple[Any, Any, str | None]]) -> None:
    """Before some come another has come whom nobody has matched yet, and some find an agent who is just back."""
    floor, now, busy = Floor(directory), T0, list[AgentId]()
    for place, name in enumerate(AGENTS):
        floor.agent_available(AgentId(name), Instant(T0 - place * SECOND))
    list(floor.match(now))
    for number, (comer, another, comes_back) in enumerate(comers):
        now = Instant(now + 5 * SECOND)
        if another is not None:
            floor.call_waiting(_a_call(f"a{number:02}", another, now))
        call = _a_call(f"c{number:02}", comer, now)
        foretold = floor.next_for(call, now)
        floor.call_waiting(call)
        taken = {each.call_id: each.agent_id for each in floor.match(now)}
        if foretold is not None:
            assert taken == {call.call_id: foretold}
        busy += taken.values()
        if comes_back and busy:
            floor.agent_available(busy.pop(0), now)
        if comes_back == "and is matched":
            busy += [each.agent_id for each in floor.match(now)]


def _a_call(name: str, comer: tuple[str, dict[str, Any]], now: Instant) -> WaitingCall:
    project, asks = comer
    return WaitingCall(call_id=CallId(name), project_id=ProjectId(project), client_id=ClientId("acme"), waiting_since=now, **asks)


def test_where_all_is_matched_somebody_free_is_foretold() -> None:
    floor = Floor(a_centre([a_project("p1", "acme")], [an_agent("anna", "p1")]))
    call = _a_call("c", ("p1", {}), T0)
    assert floor.next_for(call, T0) is None
    floor.agent_available(AgentId("anna"), T0)
    assert floor.next_for(call, T0) is None, "who has just come is not matched yet"
    list(floor.match(T0))
    assert floor.next_for(call, T0) == "anna"
    assert floor.next_for(_a_call("d", ("p1", {"needs": NEEDS[:1]}), T0), T0) is None
    assert floor.waiting == ()

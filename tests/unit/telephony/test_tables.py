"""The tables are total: every pair of state and fact has a rule, is a known harmless race, or is impossible; never two."""

from telephony.agent import transitions as agent_tables
from telephony.agent.model import AgentState
from telephony.call import transitions as call_tables
from telephony.call.attempt_table import OFF_THE_LINE
from telephony.call.facts import REQUESTS, CallFact
from telephony.call.model import CallState


def test_every_pair_of_call_state_and_fact_is_in_exactly_one_list() -> None:
    for state in CallState:
        for fact in CallFact:
            pair = (state, fact)
            lists = [pair in call_tables.TRANSITIONS, pair in call_tables.LATE, pair in call_tables.IMPOSSIBLE]
            if fact in REQUESTS and not lists[0]:
                assert not lists[2], pair
            else:
                assert lists.count(True) == 1, pair


def test_every_pair_of_agent_state_and_fact_is_in_exactly_one_list() -> None:
    for state in AgentState:
        for fact in agent_tables.FACTS:
            pair = (state, fact)
            lists = [pair in agent_tables.TRANSITIONS, pair in agent_tables.LATE, pair in agent_tables.IMPOSSIBLE]
            assert lists.count(True) == 1, pair


def test_every_state_can_be_left_but_the_last() -> None:
    left = {state for (state, _), rule in call_tables.TRANSITIONS.items() if rule.to is not state}
    assert {state for state in CallState if state is not CallState.ENDED} <= left | {CallState.RETURNING, CallState.ENDING}
    assert {state for (state, _), rule in agent_tables.TRANSITIONS.items() if rule.to is not state} == set(AgentState)


def test_every_state_with_a_live_caller_knows_what_to_do_when_the_caller_hangs_up() -> None:
    for state in CallState:
        if state not in (CallState.ENDED, CallState.COLLEAGUES, *OFF_THE_LINE):  # whose caller is gone
            assert (state, CallFact.CALLER_HUNG_UP) in call_tables.TRANSITIONS, state

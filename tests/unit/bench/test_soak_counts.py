"""What judges a soak finds what it is for: each count on a story in which exactly that went wrong, and none on a clean one."""

from dataclasses import replace as changed
from functools import partial
from typing import Any

import pytest

from bench import soak_counts as counts
from bench.wire import SipSeen
from telephony.causes import EndReason, ReleaseReason
from telephony.events import AgentReleased, AgentReserved, CallEnded, Envelope, Event, LegOffered
from telephony.identifiers import (
    AgentId,
    CallId,
    ClientId,
    DecisionId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    TrunkId,
)

SWITCH, CALLERS, PHONES = 5060, 6060, 7060
TALK, LEAVES = "+4930231401", "+4930231402"
S = 1_000_000


# -- the packets -------------------------------------------------------------------------------------------------------


class Wire:
    """Packets of a floor with the agents anna and ben, one after the other a second apart unless told otherwise."""

    def __init__(self) -> None:
        self.seen: list[SipSeen] = []
        self.at_us = 0

    def says(
        self, call_id: str, first: str, source: int, target: int, *, method: str, asked_of: str = "", sender: str = ""
    ) -> None:
        self.at_us += S
        self.seen.append(SipSeen(self.at_us, source, target, first, call_id, f"1 {method}", asked_of, sender))

    def caller(self, call_id: str, number: str = TALK) -> None:
        first = f"INVITE sip:{number}@127.0.0.1 SIP/2.0"
        self.says(call_id, first, CALLERS, SWITCH, method="INVITE", asked_of=number, sender="+491701")

    def offer(self, call_id: str, user: str, number: str = TALK) -> None:
        first = f"INVITE sip:{user}@127.0.0.1 SIP/2.0"
        self.says(call_id, first, SWITCH, PHONES, method="INVITE", asked_of=user, sender=number)

    def answers(self, call_id: str, source: int, target: int, status: str = "200 OK") -> None:
        self.says(call_id, f"SIP/2.0 {status}", source, target, method="INVITE")

    def ends(self, call_id: str, source: int, target: int, method: str = "BYE") -> None:
        self.says(call_id, f"{method} sip:x SIP/2.0", source, target, method=method)

    def call(self, name: str, user: str = "anna", number: str = TALK) -> None:
        """A caller who is served by the agent, talks and says goodbye."""
        self.caller(name, number)
        self.offer(f"{name}-agent", user, number)
        self.answers(f"{name}-agent", PHONES, SWITCH)
        self.answers(name, SWITCH, CALLERS)
        self.ends(name, CALLERS, SWITCH)
        self.ends(f"{name}-agent", SWITCH, PHONES)

    @property
    def lines(self) -> counts.Lines:
        return counts.lines_of(self.seen, switch_port=SWITCH, agents={"anna", "ben"}, numbers={TALK, LEAVES})


@pytest.fixture
def wire() -> Wire:
    """Two calls, one after the other, at one phone."""
    clean = Wire()
    clean.call("one")
    clean.call("two", "anna-0x55d1c0")  # as baresip has it
    return clean


def all_of(lines: counts.Lines) -> list[str]:
    return [
        *counts.double_offers_on_the_wire(lines),
        *counts.stuck_calls_on_the_wire(lines),
        *counts.lost_callers(lines, agents_end=LEAVES),
        *counts.never_rung(lines, {"anna"}, since_us=0),
    ]


def test_nothing_is_found_where_nothing_went_wrong(wire: Wire) -> None:
    assert all_of(wire.lines) == []
    assert counts.waits_ms(wire.lines) == [3_000, 3_000]


@pytest.mark.parametrize("user", ["anna", "anna-0x55d1c0"])
def test_a_second_ring_at_a_phone_that_still_has_a_call_is_a_double_offer(wire: Wire, user: str) -> None:
    wire.offer("first", "anna")
    wire.offer("second", user)
    assert len(counts.double_offers_on_the_wire(wire.lines)) == 1


def test_a_second_ring_after_a_cancel_a_refusal_or_at_another_phone_is_none(wire: Wire) -> None:
    wire.offer("first", "anna")
    wire.ends("first", SWITCH, PHONES, "CANCEL")
    wire.offer("second", "anna")
    wire.answers("second", PHONES, SWITCH, "486 Busy Here")
    wire.offer("third", "anna")
    wire.offer("fourth", "ben")
    assert counts.double_offers_on_the_wire(wire.lines) == []


def test_an_invite_sent_again_is_one_offer(wire: Wire) -> None:
    wire.offer("first", "anna")
    wire.offer("first", "anna")
    assert counts.double_offers_on_the_wire(wire.lines) == []


def test_what_a_killed_phone_had_is_gone_with_it_but_not_what_came_later(wire: Wire) -> None:
    wire.offer("first", "anna")
    killed = {"anna": [(wire.at_us + 1, wire.at_us + 2)]}
    wire.offer("second", "anna")
    assert counts.double_offers_on_the_wire(wire.lines, killed) == []
    wire.offer("third", "anna")
    assert len(counts.double_offers_on_the_wire(wire.lines, killed)) == 1
    assert len(counts.stuck_calls_on_the_wire(wire.lines, killed)) == 2


def test_what_is_sent_to_a_dead_phone_is_over_when_another_one_stands_in_its_place(wire: Wire) -> None:
    killed = {"anna": [(wire.at_us, wire.at_us + S + S // 2)]}
    wire.offer("first", "anna")
    wire.offer("second", "anna")
    assert counts.double_offers_on_the_wire(wire.lines, killed) == []
    wire.offer("third", "anna")
    assert len(counts.double_offers_on_the_wire(wire.lines, killed)) == 1


@pytest.mark.parametrize("how", ["BYE", "503 Service Unavailable"])
def test_a_caller_whom_the_switch_ends_is_lost(wire: Wire, how: str) -> None:
    wire.caller("three")
    if how == "BYE":
        wire.answers("three", SWITCH, CALLERS)
        wire.ends("three", SWITCH, CALLERS)
    else:
        wire.answers("three", SWITCH, CALLERS, how)
    assert len(counts.lost_callers(wire.lines, agents_end=LEAVES)) == 1


def test_a_caller_who_gives_up_is_not_lost(wire: Wire) -> None:
    wire.caller("three")
    wire.ends("three", CALLERS, SWITCH, "CANCEL")
    wire.answers("three", SWITCH, CALLERS, "487 Request Terminated")
    assert counts.lost_callers(wire.lines, agents_end=LEAVES) == []


def test_an_agents_goodbye_explains_one_callers_end_and_no_other(wire: Wire) -> None:
    for name, user in (("three", "anna"), ("four", "ben")):
        wire.caller(name, LEAVES)
        wire.offer(f"{name}-agent", user, LEAVES)
        wire.answers(f"{name}-agent", PHONES, SWITCH)
        wire.answers(name, SWITCH, CALLERS)
    wire.ends("three-agent", PHONES, SWITCH)
    wire.ends("three", SWITCH, CALLERS)
    assert counts.lost_callers(wire.lines, agents_end=LEAVES) == []
    wire.ends("four", SWITCH, CALLERS)
    assert len(counts.lost_callers(wire.lines, agents_end=LEAVES)) == 1


def test_an_agents_goodbye_where_agents_do_not_hang_up_explains_nothing(wire: Wire) -> None:
    wire.caller("three")
    wire.offer("three-agent", "anna")
    wire.answers("three-agent", PHONES, SWITCH)
    wire.answers("three", SWITCH, CALLERS)
    wire.ends("three-agent", PHONES, SWITCH)
    wire.ends("three", SWITCH, CALLERS)
    assert len(counts.lost_callers(wire.lines, agents_end=LEAVES)) == 1


def test_the_switchs_own_machine_explains_the_end_of_its_caller_and_of_no_other(wire: Wire) -> None:
    for name, number in (("three", TALK), ("four", TALK)):
        wire.caller(name, number)
        wire.answers(name, SWITCH, CALLERS)
        wire.ends(name, SWITCH, CALLERS)
    at = wire.at_us
    assert len(counts.lost_callers(wire.lines, agents_end=LEAVES, machine=[(TALK, at)])) == 1
    assert len(counts.lost_callers(wire.lines, agents_end=LEAVES, machine=[(LEAVES, at)])) == 2
    assert len(counts.lost_callers(wire.lines, agents_end=LEAVES, machine=[(TALK, at + 60 * S)])) == 2


def test_a_caller_without_an_end_and_a_phone_without_an_end_are_stuck_calls(wire: Wire) -> None:
    wire.caller("three")
    wire.offer("three-agent", "ben")
    assert len(counts.stuck_calls_on_the_wire(wire.lines)) == 2


def test_an_agent_whom_no_late_call_reached_is_stuck(wire: Wire) -> None:
    assert counts.never_rung(wire.lines, {"anna", "ben"}, since_us=0) == ["ben got none of the last calls"]
    assert len(counts.never_rung(wire.lines, {"anna"}, since_us=wire.at_us)) == 1


# -- the journal -------------------------------------------------------------------------------------------------------


def envelope(at_s: float, event: Event, call: str | None = None) -> Envelope:
    at = Instant(int(at_s * S))
    call_id = None if call is None else CallId(call)
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=call_id)


def reserved(at_s: float, agent: str, call: str) -> Envelope:
    bound = AgentReserved(
        call_id=CallId(call),
        agent_id=AgentId(agent),
        endpoint_id=EndpointId(agent),
        project_id=ProjectId("p"),
        client_id=ClientId("c"),
        decision_id=DecisionId("d"),
        level=1,
        pass_after=0.0,
        attempt=1,
        wrap_up_limit_ms=0,
        wrap_up_extension_ms=0,
        wrap_up_codes=(),
    )
    return envelope(at_s, bound, call)


def released(at_s: float, agent: str, call: str) -> Envelope:
    free = AgentReleased(call_id=CallId(call), agent_id=AgentId(agent), reason=ReleaseReason.TALKED, has_talked=True)
    return envelope(at_s, free, call)


def offered(at_s: float, call: str) -> Envelope:
    came = LegOffered(leg_id=LegId(call), trunk_id=TrunkId("t"), dnis=TALK, party_id=PartyId("p"), caller=None)
    return envelope(at_s, came, call)


def ended(at_s: float, call: str) -> Envelope:
    return envelope(at_s, CallEnded(call_id=CallId(call), end_reason=EndReason.CALLER_HUNG_UP), call)


CLEAN = [
    *(offered(0, "one"), reserved(0, "anna", "one"), released(5, "anna", "one"), ended(5, "one")),
    *(offered(6, "two"), reserved(6, "anna", "two"), released(9, "anna", "two"), ended(9, "two")),
]
stuck_agents = partial(counts.stuck_agents_in_the_journal, longest_s=60)
stuck_calls = partial(counts.stuck_calls_in_the_journal, longest_s=60)


def test_a_clean_journal_has_nothing_in_it() -> None:
    assert [*counts.double_offers_in_the_journal(CLEAN), *stuck_agents(CLEAN), *stuck_calls(CLEAN)] == []


def test_an_agent_bound_twice_is_a_double_offer_and_so_is_a_release_of_nothing() -> None:
    twice = [*CLEAN, reserved(10, "anna", "three"), reserved(11, "anna", "four")]
    assert len(counts.double_offers_in_the_journal(twice)) == 1
    assert len(counts.double_offers_in_the_journal([*CLEAN, released(10, "anna", "two")])) == 1


def test_an_agent_bound_for_ever_or_for_too_long_is_stuck() -> None:
    assert len(stuck_agents([*CLEAN, reserved(10, "ben", "three")])) == 1
    assert len(stuck_agents([*CLEAN, reserved(10, "ben", "three"), released(71, "ben", "three")])) == 1


def test_a_call_without_an_end_with_two_or_with_a_late_one_is_stuck() -> None:
    assert len(stuck_calls([*CLEAN, offered(10, "three")])) == 1
    assert len(stuck_calls([*CLEAN, ended(10, "two")])) == 1
    assert len(stuck_calls([*CLEAN, offered(10, "three"), ended(71, "three")])) == 1


# -- the service -------------------------------------------------------------------------------------------------------

THERE = {"state": "available", "call_id": None, "is_reachable": True, "absence": None}


@pytest.mark.parametrize(
    "now",
    [
        {**THERE, "state": "wrap_up"},
        {**THERE, "state": "talking", "call_id": "one"},
        {**THERE, "is_reachable": False},
        {**THERE, "absence": "silent"},
        None,
    ],
)
def test_an_agent_who_is_not_simply_there_is_stuck(now: dict[str, Any] | None) -> None:
    rows: list[dict[str, Any]] = [{"agent_id": "anna", "now": THERE}, {"agent_id": "ben", "now": now}]
    assert counts.stuck_agents_by_state([rows[0]], {"anna"}) == []
    assert len(counts.stuck_agents_by_state(rows, {"anna", "ben"})) == 1


def test_a_bad_line_keeps_an_agent_only_if_it_says_until_when() -> None:
    bad = {**THERE, "absence": "bad_line", "absence_until": None}
    later = {**bad, "absence_until": "2026-11-22T06:00:00Z"}
    silent = {**later, "absence": "silent"}
    rows = [{"agent_id": name, "now": now} for name, now in (("a", bad), ("b", later), ("c", silent), ("d", THERE))]
    assert counts.kept_by_their_line(rows) == {"b"}


def test_agents_the_service_does_not_tell_of_are_stuck() -> None:
    assert len(counts.stuck_agents_by_state([], {"anna", "ben"})) == 2


def test_a_line_keeps_its_first_end(wire: Wire) -> None:
    before = changed(wire.lines.callers["one"])
    wire.ends("one", SWITCH, CALLERS)
    assert wire.lines.callers["one"] == before

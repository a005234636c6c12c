"""Attendance against a second-by-second count that knows nothing of how the fold works."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.shifts.attendance import PARTS, Attendance
from routing.shifts.slots import PlannedSpan
from telephony.agent.model import AgentRules
from telephony.events import (
    AvailableRequested,
    EndpointChanged,
    Envelope,
    Event,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import SECOND, AgentId, EndpointId, EventId, Instant, SwitchName
from telephony.running import ServiceStarted

ANNA, PHONE, SWITCH = AgentId("anna"), EndpointId("phone"), SwitchName("s")
FROM, TO, LAST = 20, 180, 200
MOVES: dict[str, Event] = {
    "in": LogInRequested(agent_id=ANNA, endpoint_id=PHONE),
    "out": LogOutRequested(agent_id=ANNA),
    "pause": PauseRequested(agent_id=ANNA, pause_reason="break"),
    "back": AvailableRequested(agent_id=ANNA),
    "phone away": EndpointChanged(endpoint_id=PHONE, is_reachable=False),
    "phone there": EndpointChanged(endpoint_id=PHONE, is_reachable=True),
    "switch away": SwitchDisconnected(switch=SWITCH),
    "switch there": SwitchConnected(switch=SWITCH, boot_id="1"),
}
HISTORIES = st.lists(st.tuples(st.integers(0, LAST), st.sampled_from([*MOVES, "restart"])), max_size=30)
SPANS = st.lists(st.tuples(st.integers(0, LAST), st.integers(1, 60), st.booleans()), max_size=5)


def at(second: int) -> Instant:
    return Instant(second * SECOND)


def envelopes(history: list[tuple[int, str]]) -> list[Envelope]:
    found = []
    for number, (second, move) in enumerate(sorted(history, key=lambda pair: pair[0])):
        before = found[-1].received_at if found else Instant(0)
        event = ServiceStarted(silent_since_at=before) if move == "restart" else MOVES[move]
        agent_id = ANNA if move in ("in", "out", "pause", "back") else None
        found.append(
            Envelope(
                seq=number + 1,
                event_id=EventId(str(number)),
                occurred_at=at(second),
                received_at=at(second),
                event=event,
                agent_id=agent_id,
            )
        )
    return found


def counted(history: list[tuple[int, str]], spans: list[tuple[int, int, bool]]) -> dict[str, int]:  # noqa: PLR0912
    """What each second was, then what the seconds of each shift make together."""
    planned = [any(a <= s < a + n and not excused for a, n, excused in spans) for s in range(LAST)]
    kinds: list[str] = []
    state, is_reachable, is_away, restarting, ordered = "out", True, False, False, sorted(history, key=lambda pair: pair[0])
    begins: list[tuple[int, int]] = [
        (second, ordered[n - 1][0] if n else 0) for n, (second, m) in enumerate(ordered) if m == "restart"
    ]
    for second in range(LAST):
        for when, move in ordered:
            if when != second:
                continue
            match move:
                case "in" if state == "out":
                    state = "here"
                case "out":
                    state = "out"
                case "pause" if state != "out":
                    state = "paused"
                case "back" if state == "paused":
                    state = "here"
                case "phone away" | "phone there":
                    is_reachable = move == "phone there"
                case "switch away":
                    is_away = True
                case "switch there":
                    is_away = restarting = False
                case "restart":
                    restarting = True
        is_silent = any(since <= second < until for until, since in begins)
        kind = "unreachable" if state == "here" and not is_reachable else state
        kinds.append(f"down {kind}" if is_away or restarting or is_silent else kind)
    totals = dict.fromkeys((*PARTS, "outside"), 0)
    second = FROM
    while second < TO:
        if not planned[second]:
            totals["outside"] += kinds[second] == "here"
            second += 1
            continue
        end = second
        while end < TO and planned[end]:
            end += 1
        _shift(kinds[second:end], totals)
        second = end
    return totals


def _shift(kinds: list[str], totals: dict[str, int]) -> None:
    there = [n for n, kind in enumerate(kinds) if not kind.endswith("out")]
    for n, kind in enumerate(kinds):
        if kind.startswith("down") or kind == "here":
            totals["kept"] += 1
        elif kind != "out":
            totals[kind] += 1
        elif not there:
            totals["missed"] += 1
        else:
            totals["late" if n < there[0] else "left_early" if n > there[-1] else "away"] += 1


@settings(max_examples=600, deadline=None)
@given(HISTORIES, SPANS)
def test_every_planned_second_is_counted_once_and_as_what_it_was(
    history: list[tuple[int, str]], spans: list[tuple[int, int, bool]]
) -> None:
    plan = {ANNA: [PlannedSpan(from_at=at(a), to_at=at(a + n), is_excused=excused) for a, n, excused in spans]}
    fold = Attendance(plan, AgentRules(), from_at=at(FROM), to_at=at(TO))
    for envelope in envelopes(history):
        fold.take(envelope)
    found = fold.finish(at(LAST)).get(ANNA)
    expected = counted(history, spans)
    told = {name: 0 if found is None else getattr(found, name) // SECOND for name in expected}
    assert told == expected
    if found is not None:
        assert found.planned == sum(getattr(found, part) for part in PARTS)
        assert found.in_ms()["planned_ms"] == found.planned // 1_000


def test_what_is_to_come_was_not_missed() -> None:
    plan = {ANNA: [PlannedSpan(from_at=at(50), to_at=at(100))]}
    fold = Attendance(plan, AgentRules(), from_at=at(0), to_at=at(200))
    assert fold.finish(at(70))[ANNA].in_ms()["missed_ms"] == 20_000

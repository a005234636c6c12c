"""Whatever order, repetition or nonsense Asterisk's events come in: no leg ends twice, and nothing raises but for time stamps."""

import contextlib
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from telephony.engine.ports import CallerArrived
from telephony.events import LegAnswered, LegHungUp, LegRinging
from telephony.identifiers import SwitchName
from telephony.switch.asterisk.ari_wire import Frame, decode
from telephony.switch.asterisk.normalise import EVENTS_READ, NAME_KEPT, Normaliser

TRACES = Path(__file__).parents[1] / "replay" / "traces" / "asterisk"
CALLS = [tuple((trace / "events.jsonl").read_bytes().splitlines()) for trace in sorted(TRACES.iterdir()) if trace.is_dir()]


@st.composite
def disturbed(draw: st.DrawFn) -> list[bytes]:
    """A real call with events lost, doubled, late, in another order."""
    events = list(draw(st.sampled_from(CALLS)))
    kept = [raw for raw in events for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2))))]
    return draw(st.permutations(kept)) if draw(st.booleans()) else kept


@given(disturbed())
def test_no_leg_rings_answers_arrives_or_ends_twice(events: list[bytes]) -> None:
    normaliser = Normaliser(SwitchName("n"))
    told = [fact.what for raw in events for fact in normaliser.facts_of(decode(raw))]
    for kind in (LegHungUp, LegRinging, LegAnswered):
        legs = [what.leg_id for what in told if isinstance(what, kind)]
        assert len(legs) == len(set(legs))


@given(disturbed())
def test_nothing_is_told_of_a_leg_after_its_end(events: list[bytes]) -> None:
    normaliser = Normaliser(SwitchName("n"))
    ended: set[str] = set()
    for raw in events:
        for fact in normaliser.facts_of(decode(raw)):
            leg = getattr(fact.what, "leg_id", None)
            assert leg not in ended
            if isinstance(fact.what, LegHungUp):
                ended.add(fact.what.leg_id)


TEXT = st.text(max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 700) | TEXT,
    lambda c: st.lists(c, max_size=3) | st.dictionaries(TEXT, c, max_size=4),
)
CHANNEL = st.fixed_dictionaries(
    {"id": TEXT},
    optional={
        "name": st.sampled_from(("PJSIP/anna-0001", "PJSIP/x", "Local/1@x;1", "", "PJSIP/-")) | TEXT,
        "state": st.sampled_from(("Up", "Ring", "Ringing", "Down")),
        "caller": st.fixed_dictionaries({"name": TEXT, "number": TEXT}),
        "dialplan": st.fixed_dictionaries({"context": st.sampled_from(("from-trunk", "from-agents")), "exten": TEXT}),
    },
)
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from(EVENTS_READ), "timestamp": st.just("2026-07-09T12:00:00.123+0000")},
    optional={
        "channel": CHANNEL,
        "peer": CHANNEL,
        "bridge": st.fixed_dictionaries({"id": TEXT}),
        "cause": st.integers(-1, 700),
        "tech_cause": st.integers(0, 700),
        "soft": st.booleans(),
        "digit": TEXT,
        "dialstatus": TEXT | st.just("RINGING"),
        "args": st.lists(TEXT, max_size=3),
    },
)


@given(st.lists(EVENT, max_size=12))
def test_events_with_any_fields_are_read_without_an_error(events: list[dict[str, object]]) -> None:
    normaliser = Normaliser(SwitchName("n"))
    for event in events:
        for fact in normaliser.facts_of(decode(msgspec.json.encode(event))):
            if isinstance(fact.what, CallerArrived):
                for text in (fact.what.ani, fact.what.ani_name):
                    assert text is None or (text.isprintable() and 0 < len(text) <= NAME_KEPT)


@given(st.binary(max_size=300) | st.builds(msgspec.json.encode, JSON))
def test_bytes_that_are_no_event_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    try:
        frame = decode(raw)
    except msgspec.DecodeError:
        return
    assert isinstance(frame, Frame)
    with contextlib.suppress(ValueError):  # a time stamp that is none: counted by the switch
        Normaliser(SwitchName("n")).facts_of(frame)


@given(st.binary(max_size=5000))
def test_a_callers_name_of_broken_utf_8_does_no_harm(name: bytes) -> None:
    broken = name.replace(b'"', b"").replace(b"\\", b"")
    broken = bytes(b for b in broken if b >= 32)
    raw = (
        b'{"type":"StasisStart","timestamp":"2026-07-09T12:00:00.123+0000","args":["inbound","1"],"channel":{"id":"1.1",'
        b'"name":"PJSIP/trunk-1","state":"Ring","caller":{"name":"' + broken + b'","number":"4930"},'
        b'"dialplan":{"context":"from-trunk","exten":"1"}}}'
    )
    (fact,) = Normaliser(SwitchName("n")).facts_of(decode(raw))
    assert isinstance(fact.what, CallerArrived)
    assert fact.what.ani == "4930"
    assert fact.what.ani_name is None or fact.what.ani_name.isprintable()

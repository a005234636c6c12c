"""Recorded events of real calls (Asterisk 22.10.1), and what must come of them, fact by fact."""

import itertools
from pathlib import Path

import msgspec
import pytest

from telephony.engine.ports import CallerArrived, SwitchFact
from telephony.events import Event
from telephony.identifiers import SwitchName
from telephony.switch.asterisk.ari_wire import decode
from telephony.switch.asterisk.normalise import Normaliser

TRACES = sorted(path for path in (Path(__file__).parent / "traces" / "asterisk").iterdir() if path.is_dir())


def events_of(trace: Path) -> list[bytes]:
    return (trace / "events.jsonl").read_bytes().splitlines()


def plain(fact: SwitchFact) -> dict[str, object]:
    what = fact.what
    if isinstance(what, Event):
        return {"at": fact.occurred_at, **msgspec.to_builtins(what)}
    assert isinstance(what, CallerArrived)
    return {"at": fact.occurred_at, "kind": "CallerArrived", **{key: getattr(what, key) for key in what.__slots__}}


def replay(events: list[bytes]) -> list[dict[str, object]]:
    normaliser = Normaliser(SwitchName("node-1"))
    return [plain(fact) for raw in events for fact in normaliser.facts_of(decode(raw))]


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_the_recorded_call_gives_these_facts(trace: Path) -> None:
    expected = [msgspec.json.decode(line) for line in (trace / "facts.jsonl").read_bytes().splitlines()]
    assert replay(events_of(trace)) == expected


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_every_event_told_twice_gives_the_same_facts_once(trace: Path) -> None:
    twice = list(itertools.chain.from_iterable((raw, raw) for raw in events_of(trace)))
    once = [fact for fact in replay(events_of(trace)) if fact["kind"] not in {"leg_pressed_key"}]
    assert [fact for fact in replay(twice) if fact["kind"] not in {"leg_pressed_key"}] == once


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_the_whole_call_told_again_later_says_no_end_twice(trace: Path) -> None:
    ends = [fact["leg_id"] for fact in replay(events_of(trace) * 2) if fact["kind"] == "leg_hung_up"]
    assert len(ends) == len(set(ends))

"""Rows of the journal: every class goes in and out, and what was once written is read for ever."""

import inspect
import json
from collections.abc import Iterator
from enum import EnumType
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

import msgspec
import pytest

from store.journal_codec import EVENT_TYPES, JournalCodec, kind_of
from telephony import (
    abuse,
    callback,
    consents,
    deaf_lines,
    decisions,
    dialling,
    emergencies,
    events,
    machines,
    open_lines,
    order_segments,
    overhearing,
    running,
    samples,
    searching,
    segments,
    transfers,
    waiting,
)
from telephony.agent import judged, noted, on_shift
from telephony.errors import JournalError
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, EventId, Instant, SwitchName

GOLDEN = Path(__file__).parent / "golden"
FAMILIES = {
    events.LegFact,
    events.AgentRequest,
    events.CallRequest,
    events.CallEvent,
    transfers.HandOnRequest,
    dialling.DialEvent,
    segments.SegmentFact,
    overhearing.EarFact,
}
MODULES = (
    *(running, events, decisions, noted, judged, on_shift, abuse, waiting, searching, transfers, dialling, callback),
    *(emergencies, consents, deaf_lines, machines, open_lines, order_segments, overhearing, segments, samples),
)


def concrete() -> Iterator[type[Event]]:
    """Every class that can happen: those of the modules that are not families of others."""
    for module in MODULES:
        for _, each in inspect.getmembers(module, inspect.isclass):
            if issubclass(each, Event) and each is not Event and each.__module__ == module.__name__ and each not in FAMILIES:
                yield each


def enveloped(event: Event) -> Envelope:
    return Envelope(
        seq=7,
        event_id=EventId("event-7"),
        occurred_at=Instant(1_800_000_000_000_001),
        received_at=Instant(1_800_000_000_000_002),
        event=event,
        call_id=CallId("call"),
        agent_id=AgentId("anna"),
        switch=SwitchName("berlin"),
    )


def example(of: Any) -> Any:
    """A value for a field of that type: filled wherever it can be."""
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        return of(**{name: example(kind) for name, kind in get_type_hints(of).items() if name in of.__struct_fields__})
    if hasattr(of, "__supertype__"):
        return example(of.__supertype__)
    if isinstance(of, EnumType):
        return next(iter(of.__members__.values()))
    arguments = [each for each in getattr(of, "__args__", ()) if each not in (type(None), Ellipsis)]
    if arguments:
        inner = example(arguments[0])
        if getattr(of, "__origin__", None) is dict:
            return {inner: example(arguments[1])}
        return (inner,) if getattr(of, "__origin__", None) is tuple else inner
    return {int: 42, float: 1.5, str: "Ähre \u2028 \x00", bool: True}[of]


def test_the_codec_knows_every_class_of_event_and_no_other() -> None:
    assert set(EVENT_TYPES) == set(concrete())
    assert len(EVENT_TYPES) == len(set(EVENT_TYPES))


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=kind_of)
def test_every_class_comes_out_as_it_went_in(event_type: type[Event]) -> None:
    codec, envelope = JournalCodec(), enveloped(example(event_type))
    row = codec.encode(envelope)
    assert row[4:6] == (kind_of(event_type), event_type.version)
    assert codec.decode(row) == envelope


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=kind_of)
def test_there_is_a_golden_row_of_this_version_of_every_class(event_type: type[Event]) -> None:
    """A new one gets its row by `python -m tests.unit.store.test_journal_codec`; rows already there are never changed."""
    assert (GOLDEN / f"{kind_of(event_type)}.{event_type.version}.json").is_file()


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.json")), ids=lambda file: file.stem)
def test_every_golden_row_is_still_read(file: Path) -> None:
    golden = json.loads(file.read_text())
    envelope = JournalCodec().decode(golden["row"])
    assert envelope.seq == 7
    assert_within(golden["event"], json.loads(msgspec.json.encode(envelope.event)))


def assert_within(old: Any, new: Any, where: str = "") -> None:
    """What was told then is told now; later releases may tell more."""
    if isinstance(old, dict):
        for name, value in old.items():
            assert_within(value, new[name], f"{where}.{name}")
    elif isinstance(old, list):
        assert len(old) == len(new), where
        for one, other in zip(old, new, strict=True):
            assert_within(one, other, f"{where}[]")
    else:
        assert old == new, f"{where} means something else now"


class LampLit(Event, frozen=True, kw_only=True):
    version: ClassVar[int] = 3
    lamp: str
    colour: str


def _with_colour(shape: dict[str, Any]) -> dict[str, Any]:
    return {**shape, "colour": "white"}


def _renamed(shape: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "lamp_lit", "lamp": shape["light"]}


LAMPS = JournalCodec([LampLit], {("light_on", 1): _renamed, ("lamp_lit", 2): _with_colour})


def test_an_old_version_is_lifted_step_by_step_even_over_a_change_of_name() -> None:
    row = (1, "e", 0, 0, "light_on", 1, None, None, None, '{"kind":"light_on","light":"desk"}')
    assert LAMPS.decode(row).event == LampLit(lamp="desk", colour="white")


def test_a_class_is_looked_for_under_its_old_names_as_well() -> None:
    assert LAMPS.names_of([LampLit]) == ["lamp_lit", "light_on"]
    assert JournalCodec().names_of([events.LegOffered, events.CallEnded]) == ["call_ended", "leg_offered"]


@pytest.mark.parametrize(("kind", "version"), [("lamp_lit", 4), ("lamp_lit", 1), ("lamp_stolen", 1)])
def test_an_unknown_kind_or_version_is_an_error_that_names_the_row(kind: str, version: int) -> None:
    with pytest.raises(JournalError, match=f"event 12 is of kind '{kind}' version {version}, which this release cannot read"):
        LAMPS.decode((12, "e", 0, 0, kind, version, None, None, None, "{}"))


@pytest.mark.parametrize("payload", ["", "{", '{"kind":"lamp_lit"}', '{"kind":"lamp_lit","lamp":1,"colour":"red"}'])
def test_a_damaged_row_is_an_error_that_names_it(payload: str) -> None:
    with pytest.raises(JournalError, match=r"event 9 \(lamp_lit, version 3\) is damaged"):
        LAMPS.decode((9, "e", 0, 0, "lamp_lit", 3, None, None, None, payload))


def test_a_class_that_is_not_listed_is_refused_when_it_is_written() -> None:
    with pytest.raises(JournalError, match="LampLit is not in EVENT_TYPES"):
        JournalCodec().encode(enveloped(LampLit(lamp="desk", colour="red")))


if __name__ == "__main__":
    for each in EVENT_TYPES:
        path = GOLDEN / f"{kind_of(each)}.{each.version}.json"
        if not path.exists():
            written = enveloped(example(each))
            told = msgspec.to_builtins(written.event)
            path.write_text(json.dumps({"row": JournalCodec().encode(written), "event": told}, indent=1) + "\n")

"""One call's story for people: what happened when, the decisions with their candidates, talk and hold, minute lines."""

from collections.abc import Iterator
from typing import Any

import msgspec
from rich.text import Text

from fernamt.cli.showing import local_time, seconds
from metering.lines import CallRecord, MinuteLine
from routing.story import Line, seconds_since
from telephony.decisions import DecisionTaken
from telephony.events import Envelope

_HIDDEN = {"kind", "call_id", "agent_id", "terms", "leg_id", "bridge_id"}


class CallStory(msgspec.Struct, frozen=True, kw_only=True):
    """All that the journal has of one call, and what metering makes of it; `record` is None while the call is on."""

    call_id: str
    events: tuple[Envelope, ...]
    told: tuple[Line, ...]
    decisions: tuple[DecisionTaken, ...]
    record: CallRecord | None
    minute_lines: tuple[MinuteLine, ...]


def story_lines(story: CallStory, *, with_events: bool) -> Iterator[Text]:
    """The story, line by line."""
    yield Text(f"call {story.call_id}", style="bold")
    yield from _told(story)
    if with_events:
        yield Text()
        yield from _timeline(story)
    for decision in story.decisions:
        yield Text()
        yield from _decision(decision)
    yield Text()
    if story.record is None:
        yield Text("The call is still on: talk, hold and minute lines follow at its end.")
    else:
        yield from _record(story.record)
        yield from (_minute_line(line) for line in story.minute_lines)


def _told(story: CallStory) -> Iterator[Text]:
    first = story.events[0]
    yield Text(f"from {local_time(first.occurred_at)}, seconds since then:")
    for line in story.told:
        is_of_decision = line.decision_id is not None
        yield Text(f"{seconds_since(first, line):10.3f}  {'    ' * is_of_decision}{line.sentence}")


def _timeline(story: CallStory) -> Iterator[Text]:
    decided = {decision.decision_id: number for number, decision in enumerate(story.decisions, 1)}
    first = story.events[0].occurred_at
    yield Text(f"from {local_time(first)}, seconds since then:")
    for envelope in story.events:
        event: dict[str, Any] = msgspec.to_builtins(envelope.event)
        who = f" {envelope.agent_id}" if envelope.agent_id is not None else ""
        facts = ", ".join(f"{key} {_plain(value)}" for key, value in event.items() if key not in _HIDDEN and value is not None)
        number = decided.get(event.get("decision_id", ""))
        why = f" (decision {number})" if number is not None else ""
        moment = f"{(envelope.occurred_at - first) / 1_000_000:10.3f}"
        yield Text.assemble(moment, "  ", (event["kind"].replace("_", " "), "bold"), who, why, f"  {facts}" if facts else "")


def _decision(decision: DecisionTaken) -> Iterator[Text]:
    yield Text(
        f"decision {decision.decision_id}: {decision.agent_id}, level {decision.level}, weight {decision.weight:g}", style="bold"
    )
    yield Text(
        f"  the caller had waited {seconds(decision.waited_ms)} s; pass {decision.pass_before:.3f} → {decision.pass_after:.3f}; "
        f"rule {decision.rule_version}, directory revision {decision.directory_revision}"
    )
    yield Text(f"  {decision.candidates_in_all} could take it; the first by pass, then by longer idle:")
    for candidate in decision.candidates:
        chosen = "→" if candidate.agent_id == decision.agent_id else " "
        idle = local_time(candidate.idle_since)
        yield Text(
            f"  {chosen} {candidate.agent_id}: level {candidate.level}, pass {candidate.share_pass:.3f}, idle since {idle}"
        )
    for head in decision.skipped:
        yield Text(f"    passed over: call {head.call_id} of {head.project_id}: {head.refusal}")


def _record(record: CallRecord) -> Iterator[Text]:
    estimated = ", its end estimated" if record.is_estimated else ""
    yield Text(f"ended: {record.end_reason.value} at {local_time(record.ended_at)}{estimated}", style="bold")
    parts = {
        "waited": record.wait_ms,
        "rang": record.ring_ms,
        "talked": record.talk_ms,
        "on hold": record.hold_ms,
        "announcement": record.announcement_ms,
        "machine": record.machine_ms,
    }
    yield Text("  " + ", ".join(f"{name} {seconds(value)} s" for name, value in parts.items() if value) or "  nothing metered")


def _minute_line(line: MinuteLine) -> Text:
    release = f", {line.release_reason.value}" if line.release_reason is not None else ""
    return Text(
        f"  minute line {line.line_number}: {line.agent_id or 'no agent'}, talk {seconds(line.talk_ms)} s, "
        f"hold {seconds(line.hold_ms)} s, paid {seconds(line.paid_ms)} s, billed {seconds(line.billed_ms)} s{release}"
    )


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " ".join(f"{key}={_plain(inner)}" for key, inner in value.items() if inner is not None)
    return " ".join(map(_plain, value)) if isinstance(value, list) else str(value)

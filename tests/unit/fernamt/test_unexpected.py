"""What must never happen is a line in the log, at the level that wakes somebody."""

from structlog.testing import capture_logs

from fernamt.unexpected import log_unexpected
from telephony.events import DirectoryLoaded, Envelope, Event, UnexpectedHappened
from telephony.identifiers import AgentId, CallId, EventId, Instant


def an_envelope(event: Event) -> Envelope:
    return Envelope(seq=7, event_id=EventId("e"), occurred_at=Instant(0), received_at=Instant(0), event=event)


def test_a_turn_that_was_cut_short_names_its_call_and_the_last_events() -> None:
    with capture_logs() as lines:
        log_unexpected([an_envelope(UnexpectedHappened(machine="turn", state="queued", event="A, B", call_id=CallId("c")))])
    (line,) = lines
    assert (line["log_level"], line["call_id"], line["last"], line["state"]) == ("error", "c", "A, B", "queued")


def test_due_times_that_lead_to_due_times_name_their_call_and_the_last_of_them() -> None:
    with capture_logs() as lines:
        log_unexpected([an_envelope(UnexpectedHappened(machine="timers", state="queued", event="a, b", call_id=CallId("c")))])
    (line,) = lines
    assert (line["log_level"], line["call_id"], line["last"], line["state"]) == ("error", "c", "a, b", "queued")
    assert "due times" in line["event"]


def test_an_impossible_event_is_told_with_its_machine_and_nothing_else_is() -> None:
    with capture_logs() as lines:
        happened = UnexpectedHappened(machine="agent", state="paused", event="LegHeld", agent_id=AgentId("anna"))
        log_unexpected([an_envelope(DirectoryLoaded(revision=1)), an_envelope(happened)])
    (line,) = lines
    assert (line["machine"], line["event_type"], line["agent_id"]) == ("agent", "LegHeld", "anna")

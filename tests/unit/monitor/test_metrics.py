"""The metrics say what the journal says, and the dashboard asks for nothing that they do not have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from monitor.feed import Feed
from monitor.live_view import BoardSettings, LiveView
from monitor.metrics import Metrics
from telephony import events as ev
from telephony.callback import CallbackOffered
from telephony.causes import EndReason
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, ClientId, EventId, Instant, LegId, ProjectId, SwitchName, segment_id
from telephony.segments import SegmentEnded, SegmentFact, SegmentFaulted, SegmentTrouble
from telephony.waiting import CallOverflowed
from tests.live_floor import PlayedFloor, a_centre, reserved

DASHBOARD = Path(__file__).parents[3] / "monitor" / "grafana" / "fernamt.json"
ALERTS = DASHBOARD.parent.parent / "prometheus" / "fernamt.yml"
NOON = Instant(1_793_620_800_000_000)
WORDS = frozenset(
    [
        "sum",
        "by",
        "max",
        "min",
        "avg",
        "rate",
        "increase",
        "histogram_quantile",
        "time",
        "bool",
        "without",
        "label_values",
        "and",
        "or",
        "unless",
        "on",
        "ignoring",
        "count",
    ]
)

Sample = tuple[str, dict[str, str], float]


@pytest.fixture
def floor() -> PlayedFloor:
    return PlayedFloor(a_centre(), NOON)


class Scraped:
    """Metrics over a played floor, read back from their text form."""

    def __init__(self, floor: PlayedFloor) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        view = LiveView(floor.centre, BoardSettings(zone=ZoneInfo("Europe/Berlin")), NOON)
        self.feed = Feed(view, epoch="e", now=lambda: floor.at, also=self.metrics.follow)
        self.metrics.watch(self.feed)

    def text(self) -> str:
        self.feed.flush()
        return generate_latest(self.registry).decode()

    def samples(self) -> list[Sample]:
        families = text_string_to_metric_families(self.text())
        return [(s.name, s.labels, s.value) for family in families for s in family.samples]

    def total(self, name: str, **labels: str) -> float:
        return sum(v for n, have, v in self.samples() if n == name and labels.items() <= have.items())


def envelope(event: Event, at: Instant = NOON, call_id: CallId | None = None) -> Envelope:
    return Envelope(
        seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=call_id, switch=SwitchName("berlin")
    )


def test_counts_agree_with_the_journal_of_a_played_hour(floor: PlayedFloor) -> None:
    scraped = Scraped(floor)
    journal = [*floor.open(), *floor.play(3_600)]
    scraped.feed.publish(journal)

    def said(kind: type[Event]) -> int:
        return sum(isinstance(e.event, kind) for e in journal)

    assert scraped.total("fernamt_events_total") == len(journal)
    assert scraped.total("fernamt_calls_offered_total") == said(ev.CallAdmitted) > 100
    assert scraped.total("fernamt_agent_offers_total") == said(ev.AgentReserved)
    assert scraped.total("fernamt_agent_releases_total") == said(ev.AgentReleased)
    assert scraped.total("fernamt_agent_lines_lost_total") == said(ev.AgentLost) > 0
    abandoned = sum(isinstance(e.event, ev.CallEnded) and e.event.end_reason is EndReason.ABANDONED for e in journal)
    assert scraped.total("fernamt_calls_abandoned_total") == abandoned > 0
    assert scraped.total("fernamt_double_offers_total") == 0


def test_talk_on_the_metrics_is_talk_on_the_board(floor: PlayedFloor) -> None:
    scraped = Scraped(floor)
    scraped.feed.publish([*floor.open(), *floor.play(1_800)])
    on_board = sum(row.talked_ms for row in scraped.feed.agents()) / 1_000
    assert scraped.total("fernamt_talk_seconds_total") == pytest.approx(on_board)


def test_an_agent_reserved_twice_is_a_double_offer(floor: PlayedFloor) -> None:
    scraped = Scraped(floor)
    agent_id, project_id = AgentId("agent-0"), ProjectId("support")
    for call_id in (CallId("a"), CallId("b")):
        scraped.metrics.follow(envelope(reserved(floor.centre, call_id, agent_id, project_id)))
    assert scraped.total("fernamt_double_offers_total") == 1


def test_every_state_and_phase_is_shown_even_when_nobody_is_in_it(floor: PlayedFloor) -> None:
    scraped = Scraped(floor)
    scraped.feed.publish(floor.open())
    assert scraped.total("fernamt_agents", state="available") == 13
    assert [v for n, labels, v in scraped.samples() if n == "fernamt_agents" and labels["state"] == "talking"] == [0]


def test_what_is_on_no_tape_is_counted_for_its_switch(floor: PlayedFloor) -> None:
    scraped = Scraped(floor)
    whole = SegmentEnded(leg_id=LegId("leg"), segment_id=segment_id(CallId("z"), 3), files=())
    silent = SegmentFaulted(leg_id=whole.leg_id, segment_id=whole.segment_id, trouble=SegmentTrouble.SILENT)
    scraped.metrics.follow(envelope(whole))
    scraped.metrics.follow(envelope(silent))
    assert not [n for n, labels, _ in scraped.samples() if n.startswith("fernamt_recording_") and labels]
    for event in short_tapes():
        scraped.metrics.follow(envelope(event))
    assert scraped.total("fernamt_recording_missing_seconds_total", switch="berlin") == 1.5
    assert scraped.total("fernamt_recording_holes_total", switch="berlin") == 1


# -- the dashboard ---------------------------------------------------------------------------------------------------------


def queries() -> Iterator[str]:
    board = json.loads(DASHBOARD.read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    yield from re.findall(r"^ +expr: (.+)$", ALERTS.read_text(), re.MULTILINE)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"]


def selectors(query: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The metrics a query names, with their matchers."""
    bare = re.sub(r'"[^"]*"', lambda m: m.group(0).replace("{", "<").replace("}", ">"), query)
    for found in re.finditer(r"(fernamt_\w+)(?:\{([^}]*)\})?", bare):
        yield found[1], re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', found[2] or "")


def grouped_by(query: str) -> set[str]:
    return {label.strip() for group in re.findall(r"\bby\s*\(([^)]*)\)", query) for label in group.split(",")}


def everything_happens(floor: PlayedFloor) -> Scraped:
    scraped = Scraped(floor)
    metrics = scraped.metrics
    scraped.feed.publish([*floor.open(), *floor.play(3_600)])
    metrics.watch_journal(lag_events=lambda: 3, spool_bytes=lambda: 0)
    metrics.show_messages({"open": 1, "waiting": 1, "sent": 0, "failed": 1})
    metrics.turn_seconds.observe(0.0001)
    metrics.event_loop_lag_seconds.observe(0.001)
    metrics.request_answered("GET", "/api/v1/me", 200, 0.01)
    metrics.request_answered("GET", "/api/v1/me", 401, 0.01)
    berlin = SwitchName("berlin")
    for event in (
        ev.CommandFailed(command="hang_up", reason="gone"),
        ev.UnexpectedHappened(machine="call", state="x", event="y"),
        ev.RequestRefused(request_id=EventId("e"), code="wrong_state"),
        ev.CallTurnedAway(call_id=CallId("z"), reason=EndReason.CLOSED, to_machine=False),
        ev.GapObserved(switch=berlin, from_at=NOON, to_at=NOON),
        CallbackOffered(call_id=CallId("z"), before=(), party_id=None, number=None, after=(), language="de", attempt=1),
        CallOverflowed(
            call_id=CallId("z"),
            project_id=ProjectId("support"),
            client_id=ClientId("acme"),
            reason="queue_length",
            limit=3,
            target="machine",
            waited_ms=0,
            waiting=4,
            staffed=1,
        ),
        *short_tapes(),
    ):
        metrics.follow(envelope(event))
    return scraped


def short_tapes() -> Iterator[SegmentFact]:
    """One that lacks what was said last, and one with a hole."""
    leg, short, holed = LegId("leg"), segment_id(CallId("z"), 1), segment_id(CallId("z"), 2)
    yield SegmentEnded(leg_id=leg, segment_id=short, files=(), missing_ms=300)
    yield SegmentFaulted(leg_id=leg, segment_id=holed, trouble=SegmentTrouble.STARVED)
    yield SegmentEnded(leg_id=leg, segment_id=holed, files=(), missing_ms=1_200)


def test_the_dashboard_asks_only_for_what_the_metrics_answer(floor: PlayedFloor) -> None:
    samples = everything_happens(floor).samples()
    asked = list(queries())
    assert len(asked) > 30
    for query in asked:
        labels: set[str] = set()
        for name, matchers in selectors(query):
            found = [have for n, have, _ in samples if n == name and all(fits(have, m) for m in matchers)]
            assert found, f"{query}: nothing answers {name} {matchers}"
            labels |= set.union(*(set(have) for have in found))
        assert grouped_by(query) <= labels, query
        unknown = set(re.findall(r"[a-z_]+(?=\s*\()", re.sub(r'"[^"]*"', "", query))) - WORDS
        assert not unknown, f"{query}: {unknown}"


def fits(have: dict[str, str], matcher: tuple[str, str, str]) -> bool:
    label, operator, value = matcher
    pattern = value.replace("$queue", ".*")
    if operator in ("=~", "!~"):
        return label in have and (re.fullmatch(pattern, have[label]) is not None) == (operator == "=~")
    return label in have and (have[label] == value) == (operator == "=")


def test_every_metric_is_on_the_dashboard(floor: PlayedFloor) -> None:
    told = {n.removesuffix("_bucket") for n, _, _ in everything_happens(floor).samples() if n.endswith("_bucket")}
    told |= {n for n, _, _ in everything_happens(floor).samples() if not n.endswith(("_bucket", "_sum", "_count", "_created"))}
    shown = {name.removesuffix("_bucket") for query in queries() for name, _ in selectors(query)}
    assert told <= shown | {"fernamt_http_request_seconds"}


def test_no_label_ever_holds_an_id_or_a_number(floor: PlayedFloor) -> None:
    text = everything_happens(floor).text()
    for secret in ("agent-", "***", "-7000-8000-", "party-"):
        assert secret not in text


def test_voice_messages_and_their_mails_are_figures() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for counts in ({"open": 5, "waiting": 2, "sent": 1, "failed": 1}, {"open": 4, "waiting": 0, "sent": 3, "failed": 1}):
        metrics.show_messages(counts)
    assert registry.get_sample_value("fernamt_voice_messages_open") == 4
    mails = [registry.get_sample_value("fernamt_voice_mails", {"state": state}) for state in ("waiting", "sent", "failed")]
    assert mails == [0, 3, 1]

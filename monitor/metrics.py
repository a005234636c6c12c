"""Every metric of Fernamt, in this one file. Labels are bounded: queue (a project), state, reason, switch; never a person's id.

`follow` counts what the journal says, `watch` shows the live board at the moment of asking, the rest is told by those who know.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.kpis import unkept
from monitor.rows import AgentRow, CallPhase, CallRow, QueueRow
from telephony import events as ev
from telephony.agent.model import AgentState
from telephony.callback import CallbackAgreed, CallbackOffered
from telephony.commands import FailureReason
from telephony.dialling import CallPlaced
from telephony.identifiers import SECOND, AgentId, CallId, Instant, LegId
from telephony.segments import SegmentEnded, SegmentFaulted, SegmentTrouble
from telephony.waiting import CallOverflowed

NO_QUEUE = "none"
"""The queue of a call that no project had the number of."""
NO_SWITCH = "none"
"""The switch of a fact that says none."""

TURN_BUCKETS = (0.000_05, 0.000_1, 0.000_2, 0.000_4, 0.000_8, 0.001_5, 0.003, 0.005, 0.01, 0.05, 0.25)
WAIT_BUCKETS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600)
HTTP_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
LAG_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2)


class LiveBoard(Protocol):
    """The floor now, as the feed knows it."""

    def queues(self) -> Sequence[QueueRow]: ...
    def agents(self) -> Sequence[AgentRow]: ...
    def calls(self) -> Sequence[CallRow]: ...
    @property
    def screens(self) -> int: ...


@dataclass(slots=True)
class _Talk:
    """A conversation that goes on: whose, for which queue, and since when it has talked without a break."""

    agent_id: AgentId
    agent_leg: LegId
    queue: str
    since_at: Instant | None


class Metrics:
    """The metrics, registered at `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.queues: dict[CallId, str] = {}
        self.waits: dict[CallId, Instant] = {}
        self.promised: dict[CallId, None] = {}
        self.talks: dict[CallId, _Talk] = {}
        self.bound: dict[AgentId, CallId] = {}

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"fernamt_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"fernamt_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"fernamt_{name}", text, labels, registry=registry, buckets=buckets)

        self.calls_offered = counter("calls_offered", "Calls that began to wait.", "queue")
        self.calls_placed = counter("calls_placed", "Calls that began with us.", "queue")
        self.calls_answered = counter("calls_answered", "Calls that got an agent.", "queue")
        self.calls_abandoned = counter("calls_abandoned", "Calls whose caller gave up waiting.", "queue")
        self.calls_turned_away = counter("calls_turned_away", "Calls that got no place in a queue, or lost it.", "reason")
        self.calls_overflowed = counter("calls_overflowed", "Waiting calls sent elsewhere.", "queue", "reason", "target")
        self.calls_ended = counter("calls_ended", "Calls that ended, however.", "end_reason")
        self.callbacks = counter("callbacks", "Callers asked whether to be called back, and what came of it.", "queue", "outcome")
        self.wait_seconds = histogram("wait_seconds", "Waiting time of answered calls.", WAIT_BUCKETS, "queue")
        self.talk_seconds = counter("talk_seconds", "Talked time, hold excluded.", "queue")
        self.agent_offers = counter("agent_offers", "Agents reserved for a call.", "queue")
        self.agent_releases = counter("agent_releases", "Ends of bonds between an agent and a call.", "reason")
        self.agent_lines_lost = counter("agent_lines_lost", "Agents' lines that died in mid-call.")
        self.double_offers = counter("double_offers", "Agents reserved while bound to another call. Must stay 0.")
        self.requests_refused = counter("requests_refused", "What people asked for and was not done.", "code")
        self.command_failures = counter("command_failures", "Commands that took no effect.", "command", "reason")
        self.unexpected_events = counter("unexpected_events", "Events a state machine calls impossible.", "machine")
        self.gaps = counter("gaps", "Stretches in which events of the switch may have been lost.", "switch")
        self.fallback_calls = counter("fallback_calls", "Calls the static dialplan served without us.")
        self.recording_missing = counter(
            "recording_missing_seconds", "Time that is on no tape: the switch did not keep up.", "switch"
        )
        self.recording_holes = counter("recording_holes", "Tapes with a piece missing, for all that is known.", "switch")
        self.events = counter("events", "Events journaled.")
        self.switch_connected = gauge("switch_connected", "1 while the switch is there and reconciled.", "switch")
        self.turn_seconds = histogram("turn_seconds", "Duration of one turn of the engine.", TURN_BUCKETS)
        self.event_loop_lag_seconds = histogram("event_loop_lag_seconds", "How late the event loop was.", LAG_BUCKETS)
        self.journal_lag_events = gauge("journal_lag_events", "Events in memory that are not on disk yet.")
        self.spool_bytes = gauge("spool_bytes", "Size of the spool that waits for the database.")
        self.shown_rights = gauge("shown_rights", "Rights to show a number that hold, and that end within thirty days.", "state")
        self.voice_messages_open = gauge("voice_messages_open", "Voice messages that nobody has seen to.")
        self.voice_mails = gauge("voice_mails", "Mails about voice messages, kept as long as these.", "state")
        self.http_seconds = histogram(
            "http_request_seconds", "Duration of answered requests.", HTTP_BUCKETS, "method", "route", "status"
        )

    # -- told by those who know --------------------------------------------------------------------------------------

    def watch(self, board: LiveBoard) -> None:
        """From here on each scrape shows the board as it is then."""
        self._registry.register(_BoardCollector(board))

    def watch_journal(self, *, lag_events: Callable[[], float], spool_bytes: Callable[[], float]) -> None:
        """From here on each scrape asks the journal how far behind it is."""
        self.journal_lag_events.set_function(lag_events)
        self.spool_bytes.set_function(spool_bytes)

    def show_messages(self, counts: Mapping[str, int]) -> None:
        """So many voice messages are `open`, and so many mails about messages in each of the other states."""
        for state, count in counts.items():
            (self.voice_messages_open if state == "open" else self.voice_mails.labels(state)).set(count)

    def show_rights(self, holding: int, expiring: int) -> None:
        """So many rights to show a number hold, and so many of them end soon."""
        self.shown_rights.labels("holding").set(holding)
        self.shown_rights.labels("expiring").set(expiring)

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its pattern."""
        self.http_seconds.labels(method, route, str(status)).observe(seconds)

    # -- counted from the journal ------------------------------------------------------------------------------------

    def follow(self, envelope: ev.Envelope) -> None:
        """The event is counted."""
        self.events.inc()
        _count(envelope.event, self, envelope)

    def queue_of(self, call_id: CallId) -> str:
        """The queue the call waited in."""
        return self.queues.get(call_id, NO_QUEUE)

    def count_callback(self, call_id: CallId, outcome: str) -> None:
        """The caller was asked, or a promise to call back has come to that."""
        self.callbacks.labels(self.queue_of(call_id), outcome).inc()

    def stop_talk(self, call_id: CallId, at: Instant) -> None:
        """The talk up to `at` is counted; after a hold it begins anew."""
        talk = self.talks.get(call_id)
        if talk is not None and talk.since_at is not None:
            self.talk_seconds.labels(talk.queue).inc(max(0, at - talk.since_at) / SECOND)
            talk.since_at = None


@singledispatch
def _count(_event: ev.Event, _metrics: Metrics, _envelope: ev.Envelope) -> None:
    """Most events are only counted as such."""


@_count.register
def _(event: ev.CallAdmitted, metrics: Metrics, envelope: ev.Envelope) -> None:
    queue = event.terms.project_id
    metrics.queues[event.call_id] = queue
    metrics.waits[event.call_id] = envelope.occurred_at
    metrics.calls_offered.labels(queue).inc()


@_count.register
def _(event: CallPlaced, metrics: Metrics, _envelope: ev.Envelope) -> None:
    queue = event.terms.project_id
    metrics.queues[event.call_id] = queue
    metrics.calls_placed.labels(queue).inc()


@_count.register
def _(event: ev.CallTurnedAway, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.calls_turned_away.labels(event.reason.value).inc()


@_count.register
def _(event: CallOverflowed, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.calls_overflowed.labels(event.project_id, event.reason, event.target).inc()


@_count.register
def _(event: CallbackOffered, metrics: Metrics, _envelope: ev.Envelope) -> None:
    if event.attempt == 1:
        metrics.count_callback(event.call_id, "offered")


@_count.register
def _(event: CallbackAgreed, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.count_callback(event.call_id, "agreed")
    metrics.promised[event.call_id] = None
    metrics.waits.pop(event.call_id, None)  # no answer of the line, whatever becomes of it


@_count.register
def _(event: ev.AgentReserved, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.agent_offers.labels(event.project_id).inc()
    if event.agent_id in metrics.bound:
        metrics.double_offers.inc()
    metrics.bound[event.agent_id] = event.call_id


@_count.register
def _(event: ev.AgentConnected, metrics: Metrics, envelope: ev.Envelope) -> None:
    queue = metrics.queue_of(event.call_id)
    if event.call_id in metrics.promised:
        del metrics.promised[event.call_id]
        metrics.count_callback(event.call_id, "reached")
    waiting_since_at = metrics.waits.pop(event.call_id, None)
    if waiting_since_at is not None:
        metrics.calls_answered.labels(queue).inc()
        metrics.wait_seconds.labels(queue).observe(max(0, envelope.occurred_at - waiting_since_at) / SECOND)
    metrics.talks[event.call_id] = _Talk(event.agent_id, event.leg_id, queue, envelope.occurred_at)


@_count.register
def _(event: ev.AgentLost, metrics: Metrics, envelope: ev.Envelope) -> None:
    metrics.agent_lines_lost.inc()
    metrics.stop_talk(event.call_id, envelope.occurred_at)


@_count.register
def _(event: ev.AgentReleased, metrics: Metrics, envelope: ev.Envelope) -> None:
    metrics.agent_releases.labels(event.reason.value).inc()
    metrics.stop_talk(event.call_id, envelope.occurred_at)
    if metrics.bound.get(event.agent_id) == event.call_id:
        del metrics.bound[event.agent_id]


@_count.register
def _(event: ev.CallEnded, metrics: Metrics, envelope: ev.Envelope) -> None:
    metrics.calls_ended.labels(event.end_reason.value).inc()
    metrics.stop_talk(event.call_id, envelope.occurred_at)
    if event.call_id in metrics.promised:
        del metrics.promised[event.call_id]
        metrics.count_callback(event.call_id, unkept(event.end_reason).removeprefix("callbacks_"))
    waited = metrics.waits.pop(event.call_id, None) is not None
    if waited and event.end_reason.value == "abandoned":
        metrics.calls_abandoned.labels(metrics.queue_of(event.call_id)).inc()
    metrics.talks.pop(event.call_id, None)
    metrics.queues.pop(event.call_id, None)


@_count.register(ev.LegLeft)
@_count.register(ev.LegHeld)
def _(event: ev.LegLeft | ev.LegHeld, metrics: Metrics, envelope: ev.Envelope) -> None:
    talk = metrics.talks.get(envelope.call_id) if envelope.call_id is not None else None
    if talk is not None and talk.agent_leg == event.leg_id and envelope.call_id is not None:
        metrics.stop_talk(envelope.call_id, envelope.occurred_at)


@_count.register(ev.LegJoined)
@_count.register(ev.LegUnheld)
def _(event: ev.LegJoined | ev.LegUnheld, metrics: Metrics, envelope: ev.Envelope) -> None:
    talk = metrics.talks.get(envelope.call_id) if envelope.call_id is not None else None
    if talk is not None and talk.agent_leg == event.leg_id and talk.since_at is None:
        talk.since_at = envelope.occurred_at


@_count.register
def _(_event: ev.LegHungUp, metrics: Metrics, envelope: ev.Envelope) -> None:
    if envelope.call_id is not None:
        metrics.stop_talk(envelope.call_id, envelope.occurred_at)


@_count.register
def _(event: ev.CommandFailed, metrics: Metrics, _envelope: ev.Envelope) -> None:
    known = event.reason in set(FailureReason)
    metrics.command_failures.labels(event.command, event.reason if known else "other").inc()


@_count.register
def _(event: ev.UnexpectedHappened, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.unexpected_events.labels(event.machine).inc()


@_count.register
def _(event: ev.RequestRefused, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.requests_refused.labels(event.code).inc()


@_count.register
def _(event: ev.SwitchConnected, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.switch_connected.labels(event.switch).set(1)


@_count.register
def _(event: ev.SwitchDisconnected, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.switch_connected.labels(event.switch).set(0)


@_count.register
def _(event: ev.GapObserved, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.gaps.labels(event.switch).inc()


@_count.register
def _(_event: ev.FallbackAnswered, metrics: Metrics, _envelope: ev.Envelope) -> None:
    metrics.fallback_calls.inc()


@_count.register
def _(event: SegmentEnded, metrics: Metrics, envelope: ev.Envelope) -> None:
    if event.missing_ms:
        metrics.recording_missing.labels(envelope.switch or NO_SWITCH).inc(event.missing_ms / 1_000)


@_count.register
def _(event: SegmentFaulted, metrics: Metrics, envelope: ev.Envelope) -> None:
    if event.trouble is SegmentTrouble.STARVED:
        metrics.recording_holes.labels(envelope.switch or NO_SWITCH).inc()


class _BoardCollector(Collector):
    """Shows the live board at the moment of each scrape. A state nobody is in shows 0, not nothing."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board

    def describe(self) -> Iterator[Metric]:
        """Names only: registering must not ask the board."""
        yield from _board_families()

    def collect(self) -> Iterator[Metric]:
        """The board now."""
        waiting, oldest, level, asa, agents, calls, screens = _board_families()
        for row in self._board.queues():
            waiting.add_metric([row.project_id], row.waiting)
            oldest.add_metric([row.project_id], (row.oldest_waiting_at or 0) / SECOND)
            if row.service_level is not None:
                level.add_metric([row.project_id], row.service_level)
            if row.asa_ms is not None:
                asa.add_metric([row.project_id], row.asa_ms / 1_000)
        states = [row.state for row in self._board.agents()]
        phases = [row.phase for row in self._board.calls()]
        for state in AgentState:
            agents.add_metric([state.value], states.count(state))
        for phase in CallPhase:
            calls.add_metric([phase.value], phases.count(phase))
        screens.add_metric([], self._board.screens)
        yield from (waiting, oldest, level, asa, agents, calls, screens)


def _board_families() -> tuple[GaugeMetricFamily, ...]:
    return (
        GaugeMetricFamily("fernamt_calls_waiting", "Calls that wait.", labels=["queue"]),
        GaugeMetricFamily(
            "fernamt_oldest_wait_began_seconds",
            "Since when the longest waiting call waits, Unix time; 0: none.",
            labels=["queue"],
        ),
        GaugeMetricFamily(
            "fernamt_service_level_ratio", "Today's service level by the rule of the centre, 0 to 1.", labels=["queue"]
        ),
        GaugeMetricFamily("fernamt_asa_seconds", "Today's average speed of answer.", labels=["queue"]),
        GaugeMetricFamily("fernamt_agents", "Agents by state.", labels=["state"]),
        GaugeMetricFamily("fernamt_calls_live", "Live calls by phase.", labels=["phase"]),
        GaugeMetricFamily("fernamt_live_screens", "Screens that watch the live board."),
    )

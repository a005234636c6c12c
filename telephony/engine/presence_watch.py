"""Hears the witnesses of agents' presence and concludes a `PresenceJudged` wherever the verdict on an agent on duty changes.

What they say comes often and is not kept (round trips, figures of voice, beats of desktops); the verdict is journaled, and it
alone decides who is offered calls, so that replays agree. Terms are due times under the name `PRESENCE`.
"""

from collections.abc import Mapping
from typing import cast

from telephony.agent.evidence import (
    Evidence,
    PresenceRules,
    Verdict,
    came_on_duty,
    desktop_seen,
    fell_silent,
    line_measured,
    moved,
    reached,
    remembered,
    says_the_same,
    spoke,
    verdict,
)
from telephony.agent.judged import DesktopSeen, LineMeasured, PresenceJudged
from telephony.agent.line_quality import Figures
from telephony.agent.model import Agent, AgentState
from telephony.engine.arrival import Arrival, Due
from telephony.engine.floor_index import FloorIndex
from telephony.events import AgentTimerFired, EndpointChanged, Envelope
from telephony.identifiers import SECOND, AgentId, EndpointId, Instant

PRESENCE = "presence"
LATE = 10 * SECOND
"""A due time told of so much later was not told of in time."""


class PresenceWatch:
    """The evidence on every phone. Kept by the turn alone."""

    def __init__(self, index: FloorIndex, agents: Mapping[AgentId, Agent], rules: PresenceRules) -> None:
        self._index = index
        self._agents = agents
        self._rules = rules
        self._evidence: dict[EndpointId, Evidence] = {}
        self._marked: dict[EndpointId, None] = {}
        self._due: dict[EndpointId, Instant] = {}
        self._seen_at: Instant | None = None

    # -- what the witnesses say --------------------------------------------------------------------------------------------

    def swallows(self, arrival: Arrival) -> bool:
        """The evidence is as after the event; True where the event itself is of no more use to anybody."""
        at, event = arrival.received_at, arrival.event
        self._mind_the_clock(at)
        match event:
            case EndpointChanged():
                has_changed = self._index.note_presence(event, arrival.switch, at)
                self._hear_switch(event, at)
                return not has_changed
            case LineMeasured():
                before = self._of(event.endpoint_id)
                self._hear_on(event.endpoint_id, before, line_measured(before, _figures(event), at, self._rules), at)
                return True
            case DesktopSeen():
                endpoint_id = self._endpoint(event.agent_id)
                if endpoint_id is not None:
                    before = self._of(endpoint_id)
                    self._hear_on(endpoint_id, before, desktop_seen(before, at, event.lease_ms), at)
                return True
            case AgentTimerFired(timer=timer) if timer == PRESENCE:
                endpoint_id = self._endpoint(event.agent_id)
                if endpoint_id is not None and self._due.get(endpoint_id) == event.due_at:
                    del self._due[endpoint_id]
                    self._marked[endpoint_id] = None
                return True
        return False

    @property
    def has_news(self) -> bool:
        """Whether any verdict is to be looked at."""
        return bool(self._marked)

    def agent_changed(self, before: Agent, after: Agent, at: Instant) -> None:
        """Whoever comes on duty is judged anew; a line that died in mid-call, and an answer, are signs."""
        endpoint_id = after.endpoint_id
        if endpoint_id is None or after.state is before.state:
            return
        if before.state is AgentState.LOGGED_OUT:
            self._due.pop(endpoint_id, None)  # nobody was told of it while nobody was on duty
            self._hear(endpoint_id, came_on_duty(self._of(endpoint_id)))
        elif after.state is AgentState.RECOVERING:
            self._hear(endpoint_id, fell_silent(self._of(endpoint_id), at, self._rules))
        elif after.state is AgentState.TALKING:
            self._hear(endpoint_id, spoke(self._of(endpoint_id)))

    def judged(self, envelope: Envelope) -> None:
        """The journaled verdict holds; after a restart it is all that is known."""
        event, at = cast(PresenceJudged, envelope.event), envelope.received_at
        self._index.judge(event.endpoint_id, event.absence, at)
        _, own = verdict(self._of(event.endpoint_id), at, self._rules)
        if event.absence is not None and own.absence is not event.absence:
            self._evidence[event.endpoint_id] = remembered(event.absence, event.until_at, event.fault, at)

    # -- what is concluded -------------------------------------------------------------------------------------------------

    def conclude(self, now: Instant, due: list[Due]) -> list[PresenceJudged]:
        """The verdicts that have changed; when time alone may change one is put to `due`."""
        if not self._marked:
            return []
        marked, self._marked = self._marked, {}
        concluded = []
        for endpoint_id in marked:
            agent_id = self._index.agent_at(endpoint_id)
            if agent_id is None:
                continue  # judged when somebody comes on duty there
            evidence, found = verdict(self._of(endpoint_id), now, self._rules)
            self._evidence[endpoint_id] = evidence
            if found.until_at is not None:
                self._wake_at(found.until_at, endpoint_id, agent_id, due)
            known = self._index.presence().get(endpoint_id)
            if known is not None and known.absence is not found.absence:
                concluded.append(_judged(agent_id, endpoint_id, found, evidence))
        return concluded

    def _wake_at(self, until_at: Instant, endpoint_id: EndpointId, agent_id: AgentId, due: list[Due]) -> None:
        """Judged again then at the latest: a term that grows with every sign is asked for anew only when it is due."""
        known = self._due.get(endpoint_id)
        if known is None or until_at < known:
            self._due[endpoint_id] = until_at
            due.append((until_at, _timer(agent_id, until_at)))

    def all_due(self) -> list[Due]:
        """When whom to judge again."""
        found = [(at, self._index.agent_at(endpoint_id)) for endpoint_id, at in self._due.items()]
        return [(at, _timer(agent_id, at)) for at, agent_id in found if agent_id is not None]

    def _hear_switch(self, event: EndpointChanged, at: Instant) -> None:
        known = self._index.presence().get(event.endpoint_id)
        evidence = reached(self._of(event.endpoint_id), at, self._rules, is_reachable=known is not None and known.is_reachable)
        if event.is_reachable and event.round_trip_us is not None:
            evidence = line_measured(evidence, Figures(round_trip_ms=event.round_trip_us / 1_000), at, self._rules)
        self._hear(event.endpoint_id, evidence)

    def _hear_on(self, endpoint_id: EndpointId, before: Evidence, evidence: Evidence, at: Instant) -> None:
        """What is said again and again, and mostly changes nothing."""
        self._evidence[endpoint_id] = evidence
        if not says_the_same(before, evidence, at):
            self._marked[endpoint_id] = None

    def _hear(self, endpoint_id: EndpointId, evidence: Evidence) -> None:
        self._evidence[endpoint_id] = evidence
        self._marked[endpoint_id] = None

    def _of(self, endpoint_id: EndpointId) -> Evidence:
        return self._evidence.get(endpoint_id) or Evidence()

    def _endpoint(self, agent_id: AgentId) -> EndpointId | None:
        agent = self._agents.get(agent_id)
        return None if agent is None else agent.endpoint_id

    def _mind_the_clock(self, at: Instant) -> None:
        """A jump of the clock, or a sleep of the machine, lets no term run out.

        It shows in a due time that came and was not told of, or in an event before its forerunner.
        """
        before, self._seen_at = self._seen_at, at
        if before is None or -SECOND <= at - before <= LATE:
            return
        if at > before and all(at - due_at <= LATE for due_at in self._due.values()):
            return
        for endpoint_id, evidence in self._evidence.items():
            self._hear(endpoint_id, moved(evidence, at - before))
        self._due.clear()


def _timer(agent_id: AgentId, at: Instant) -> AgentTimerFired:
    return AgentTimerFired(agent_id=agent_id, timer=PRESENCE, due_at=at)


def _figures(event: LineMeasured) -> Figures:
    return Figures(
        round_trip_ms=None if event.round_trip_us is None else event.round_trip_us / 1_000,
        loss_percent=100 * event.lost / event.expected if event.expected > 0 else None,
        jitter_ms=None if event.jitter_us is None else event.jitter_us / 1_000,
    )


def _judged(agent_id: AgentId, endpoint_id: EndpointId, found: Verdict, evidence: Evidence) -> PresenceJudged:
    line, figures = evidence.line, evidence.line.figures
    return PresenceJudged(
        agent_id=agent_id,
        endpoint_id=endpoint_id,
        absence=found.absence,
        until_at=found.until_at if found.absence is not None else None,
        fault=line.fault,
        round_trip_ms=_whole(figures.round_trip_ms),
        jitter_ms=_whole(figures.jitter_ms),
        loss_permille=_whole(figures.loss_percent, 10),
        mos_hundredths=_whole(line.mos, 100),
    )


def _whole(figure: float | None, times: int = 1) -> int | None:
    return None if figure is None else round(figure * times)

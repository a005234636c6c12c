"""A journal full of calls as the engine writes them, made fast: the rows of a few kinds of call, with other ids and times."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.schema import CreateTable

from store.journal_codec import COLUMNS, JournalCodec, Row
from store.tables.journal import JOURNAL
from telephony import events as ev
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.decisions import Candidate, DecisionTaken, SkippedHead
from telephony.identifiers import (
    SECOND,
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
    SwitchName,
    TrunkId,
    WrapUpCode,
    bridge_id,
    leg_id,
    uuid7,
)
from telephony.terms import ProjectTerms

START = Instant(1_767_600_000 * SECOND)
AT_ONCE = 100
"""Calls whose events lie between each other's."""
_MARK = CallId("00000000-0000-7000-8000-000000000000")
_CALLER = LegId("1767600000.0")
_SWITCH = SwitchName("node1")
_CODES = (WrapUpCode("done"), WrapUpCode("follow_up"))


class _Teller:
    """Writes one call down as rows whose times count from 0."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._codec = JournalCodec()
        self._legs = 0

    def say(self, second: float, event: ev.Event, agent: str | None = None) -> None:
        at = Instant(round(second * SECOND))
        envelope = ev.Envelope(
            seq=0,
            event_id=EventId(_MARK),
            occurred_at=at,
            received_at=at,
            event=event,
            call_id=_MARK,
            agent_id=None if agent is None else AgentId(agent),
            switch=_SWITCH,
        )
        self.rows.append(self._codec.encode(envelope))

    def arrive(self) -> None:
        caller = ev.NumberFacts(number_class="mobile", country="DE", masked="+49 170 ***12", metadata_version="9.0")
        terms = ProjectTerms(
            project_id=ProjectId("hotline"),
            client_id=ClientId("acme"),
            name="ACME hotline",
            answers_early=False,
            music="default",
            ring_timeout_ms=20_000,
            recovery_ms=20_000,
            wait_limit_ms=None,
            priority_weight=1.0,
            wrap_up_limit_ms=30_000,
            wrap_up_extension_ms=30_000,
            wrap_up_codes=_CODES,
        )
        trunk = TrunkId("carrier")
        self.say(0, ev.LegOffered(leg_id=_CALLER, trunk_id=trunk, dnis="493055501", party_id=PartyId(_MARK), caller=caller))
        self.say(0, ev.CallAdmitted(call_id=_MARK, terms=terms, did="+493055501", number_class="mobile"))

    def offer(self, second: float, agent: str) -> LegId:
        self._legs += 1
        decision_id = DecisionId(f"{_MARK}.{self._legs}")
        candidates = tuple(Candidate(agent_id=AgentId(f"agent-{n}"), level=2, share_pass=n, idle_since=START) for n in range(3))
        skipped = (SkippedHead(call_id=_MARK, project_id=ProjectId("sales"), refusal="no_certificate"),)
        self.say(
            second,
            DecisionTaken(
                decision_id=decision_id,
                call_id=_MARK,
                agent_id=AgentId(agent),
                project_id=ProjectId("hotline"),
                level=2,
                weight=2.0,
                pass_before=10.0,
                pass_after=10.5,
                waited_ms=1_200,
                candidates=candidates,
                candidates_in_all=12,
                skipped=skipped,
                heads_looked_at=2,
                rule_version="1",
                directory_revision=4,
            ),
            agent,
        )
        self.say(
            second,
            ev.AgentReserved(
                call_id=_MARK,
                agent_id=AgentId(agent),
                endpoint_id=EndpointId(agent),
                project_id=ProjectId("hotline"),
                client_id=ClientId("acme"),
                decision_id=decision_id,
                level=2,
                pass_after=10.5,
                attempt=self._legs,
                wrap_up_limit_ms=30_000,
                wrap_up_extension_ms=30_000,
                wrap_up_codes=_CODES,
            ),
            agent,
        )
        leg = leg_id(_MARK, "agent", self._legs)
        self.say(second + 0.2, ev.LegRinging(leg_id=leg), agent)
        self.say(second + 0.2, ev.AgentAlerted(call_id=_MARK, agent_id=AgentId(agent), leg_id=leg), agent)
        return leg

    def connect(self, second: float, agent: str, leg: LegId) -> None:
        self.say(second, ev.LegAnswered(leg_id=leg), agent)
        self.say(second, ev.AgentConnected(call_id=_MARK, agent_id=AgentId(agent), leg_id=leg), agent)
        self.say(second + 0.004, ev.LegAnswered(leg_id=_CALLER))
        self.say(second + 0.01, ev.LegJoined(leg_id=_CALLER, bridge_id=bridge_id(_MARK)))
        self.say(second + 0.012, ev.LegJoined(leg_id=leg, bridge_id=bridge_id(_MARK)), agent)

    def gone(self, second: float, leg: LegId, agent: str | None = None, cause: HangupCause = HangupCause.NORMAL) -> None:
        self.say(second, ev.LegHungUp(leg_id=leg, cause=cause, by_phone=agent is None), agent)

    def released(self, second: float, agent: str, leg: LegId, reason: ReleaseReason) -> None:
        event = ev.AgentReleased(
            call_id=_MARK,
            agent_id=AgentId(agent),
            reason=reason,
            has_talked=reason is ReleaseReason.TALKED,
            leg_id=leg,
        )
        self.say(second, event, agent)

    def end(self, second: float, agent: str, leg: LegId) -> None:
        self.say(second, ev.LegLeft(leg_id=_CALLER, bridge_id=bridge_id(_MARK)))
        self.gone(second, _CALLER)
        self.say(second + 0.02, ev.LegLeft(leg_id=leg, bridge_id=bridge_id(_MARK)), agent)
        self.gone(second + 0.03, leg, agent)
        self.released(second + 0.03, agent, leg, ReleaseReason.TALKED)
        self.say(second + 0.03, ev.CallEnded(call_id=_MARK, end_reason=EndReason.CALLER_HUNG_UP))
        code = ev.WrapUpCodeChosen(agent_id=AgentId(agent), call_id=_MARK, wrap_up_code=_CODES[0])
        self.say(second + 15, code, agent)


def _plain() -> list[Row]:
    told = _Teller()
    told.arrive()
    told.connect(9.2, "agent-1", told.offer(4, "agent-1"))
    told.end(189.5, "agent-1", leg_id(_MARK, "agent", 1))
    return told.rows


def _held() -> list[Row]:
    told = _Teller()
    told.arrive()
    leg = told.offer(1, "agent-2")
    told.connect(6, "agent-2", leg)
    told.say(60, ev.HoldRequested(call_id=_MARK, agent_id=AgentId("agent-2")), "agent-2")
    told.say(60.03, ev.LegLeft(leg_id=leg, bridge_id=bridge_id(_MARK)), "agent-2")
    told.say(90, ev.UnholdRequested(call_id=_MARK, agent_id=AgentId("agent-2")), "agent-2")
    told.say(90.03, ev.LegJoined(leg_id=leg, bridge_id=bridge_id(_MARK)), "agent-2")
    told.end(240, "agent-2", leg)
    return told.rows


def _missed_first() -> list[Row]:
    told = _Teller()
    told.arrive()
    missed = told.offer(1, "agent-3")
    told.gone(21, missed, "agent-3", HangupCause.NO_ANSWER)
    told.released(21, "agent-3", missed, ReleaseReason.NO_ANSWER)
    leg = told.offer(21, "agent-4")
    told.connect(27, "agent-4", leg)
    told.end(100, "agent-4", leg)
    return told.rows


def kinds_of_call() -> list[list[Row]]:
    """The rows of ten calls: seven plain, two with a hold, one that a first agent missed. Every one has 14 events or more."""
    return [_plain()] * 7 + [_held()] * 2 + [_missed_first()]


def rows(calls: int) -> Iterator[tuple[object, ...]]:
    """Rows of that many calls, numbered, the events of `AT_ONCE` calls between each other's."""
    kinds = kinds_of_call()
    seq = 0
    for first in range(0, calls, AT_ONCE):
        block = range(first, min(calls, first + AT_ONCE))
        ids = {n: uuid7(Instant(START + n * SECOND // 2), n * 0x9E3779B97F4A7C15 & (1 << 74) - 1) for n in block}
        for step in range(max(len(kind) for kind in kinds)):
            for number in block:
                kind = kinds[number % len(kinds)]
                if step >= len(kind):
                    continue
                seq += 1
                call_id, shift = ids[number], START + number * SECOND // 2
                _, _, at, received, name, version, _, agent_id, switch, payload = kind[step]
                payload = payload.replace(_MARK, call_id).replace(_CALLER, f"1767600000.{number + 1}")
                event_id = f"{call_id[:24]}{seq:012x}"
                yield seq, event_id, at + shift, received + shift, name, version, call_id, agent_id, switch, payload


def make(path: Path, calls: int) -> int:
    """The database file holds a journal of that many calls; returns the number of events."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=OFF")  # only while it is made: nothing here has to survive
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(str(CreateTable(JOURNAL).compile(create_engine("sqlite://"))))
    marks = ", ".join("?" for _ in COLUMNS)
    with connection:
        connection.executemany(f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({marks})", rows(calls))  # noqa: S608
    events = connection.execute("SELECT max(seq) FROM journal").fetchone()[0]
    connection.close()
    return int(events)

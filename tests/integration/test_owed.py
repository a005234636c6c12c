"""From the journal of a day to proposed levels and to what agents are owed, on an installation's own database."""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import Settings
from fernamt import parts
from fernamt.installation import Database, Places, opened
from fernamt.jobs import jobs
from fernamt.level_jobs import LevelSources, ProposeLevels, last_period, proposals_of
from fernamt.moment import now
from fernamt.statements import StatementSources, statement_of
from routing.levels.appraisal import Evidence
from routing.levels.proposal import DAY, Proposal, ProposalState
from routing.levels.reliability import PlannedTime
from routing.levels.review import Review
from routing.levels.rule import LevelRule, Period
from routing.owed.statement import Statement
from store.audit import Author
from store.centre import Centre
from store.contests import ContestStore
from store.journal import SqlJournal
from store.levels import LevelRun, LevelStore
from store.upgrade import upgrade
from telephony.abuse import AbusiveCallEnded
from telephony.agent.on_shift import PauseConfirmed
from telephony.causes import HangupCause
from telephony.events import AvailableRequested, Envelope, PauseRequested, WrapUpCodeChosen
from telephony.identifiers import AgentId, CallId, Instant, UserId, WrapUpCode
from tests.contract.store.journal_words import PATIENT
from tests.unit.telephony.scene import NORD, SWITCH, Scene, a_directory
from web.accounts import User
from web.permissions import Role

ANNA, BEN, SVEN = AgentId("anna"), AgentId("ben"), UserId("sven")
ZONE = ZoneInfo("Europe/Berlin")
RULE = LevelRule(
    least_reviews=2, least_conversations=3, notice_days=0, positive_codes={NORD: (WrapUpCode("sold"),)}, contact="sven"
)


class Day(Scene):
    """A scene some days ago that keeps its journal."""

    def __init__(self, settings: Settings) -> None:
        self.journal: list[Envelope] = []
        super().__init__(a_directory("anna", "ben", levels=(1, 2)), parts.agent_rules(settings))
        self.journal.clear()
        self.now = Instant(now() - 10 * DAY)
        self.began = self.now
        self.talks: dict[str, AgentId] = {}

    def happens(self, event: Any, *, switch: Any = SWITCH) -> Any:
        result = super().happens(event, switch=switch)
        self.journal += result.envelopes
        return result

    def talk(self, code: str | None, *, is_abusive: bool = False) -> tuple[CallId, AgentId]:
        call_id = self.a_caller(f"caller-{len(self.talks)}")
        bond = self.turn.calls[call_id].bond
        assert bond is not None
        self.talks[call_id] = bond.agent_id
        self.answers(call_id)
        caller = self.turn.calls[call_id].caller.leg_id
        if is_abusive:
            self.happens(AbusiveCallEnded(call_id=call_id, agent_id=bond.agent_id, by="user"))
        else:
            self.hangs_up(caller)
        self.hangs_up(self.leg(call_id), by_phone=False)
        if is_abusive:
            self.hangs_up(caller, by_phone=False)
        if code is not None:
            self.happens(WrapUpCodeChosen(agent_id=bond.agent_id, call_id=call_id, wrap_up_code=WrapUpCode(code)))
        self.later(60_000)
        return call_id, bond.agent_id

    def miss(self) -> AgentId:
        call_id = self.a_caller(f"missed-{self.now}")
        bond = self.turn.calls[call_id].bond
        assert bond is not None
        self.hangs_up(self.leg(call_id), HangupCause.BUSY)
        call = self.turn.calls[call_id]
        if call.bond is not None:  # somebody else is rung: the caller gives up
            self.hangs_up(call.caller.leg_id)
            self.hangs_up(self.leg(call_id, 2), by_phone=False)
        else:
            self.hangs_up(call.caller.leg_id)
        return bond.agent_id


class Planned:
    """Anna kept nine of ten hours."""

    async def planned(
        self,
        from_at: Instant,
        to_at: Instant,
        agent_ids: Collection[AgentId] | None = None,
    ) -> dict[AgentId, PlannedTime]:
        return {ANNA: PlannedTime(planned_ms=36_000_000, kept_ms=32_400_000)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    sections: dict[str, Any] = {"service": {"state_dir": tmp_path}, "routing": {"misses_until_pause": 1}}
    chosen = Settings(**sections)
    Places(chosen).make()
    return chosen


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The scene's centre with a rule of levels and one supervisor."""
    await upgrade(Places(settings).database_url)
    async with opened(settings) as opened_database:
        there = a_directory("anna", "ben", levels=(1, 2))
        await opened_database.directory.apply(
            Centre(
                clients=tuple(there.clients.values()),
                projects=tuple(there.projects.values()),
                agents=tuple(there.agents.values()),
                level_rule=RULE,
                deciders=frozenset({"sven"}),
            )
        )
        sven = User(
            user_id=SVEN, login="sven", display_name="Sven Sieber", role=Role.SUPERVISOR, created_at=now(), password_hash="x"
        )
        assert await opened_database.users.add(sven)
        yield opened_database


async def written(day: Day, settings: Settings, database: Database) -> None:
    """The day is in the database's journal."""
    places = Places(settings)
    journal = await SqlJournal.open(database.engine, spool=places.spool, keys=places.party_keys(), settings=PATIENT)
    journal.append([replace_seq(envelope, number) for number, envelope in enumerate(day.journal, start=1)])
    await journal.close()


def replace_seq(envelope: Envelope, number: int) -> Envelope:
    return Envelope(**{**{name: getattr(envelope, name) for name in envelope.__struct_fields__}, "seq": number})


def sources(database: Database) -> LevelSources:
    return LevelSources(
        levels=LevelStore(database.engine), directory=database.directory, journal=database.journal, reliability=Planned()
    )


def a_run(day: Day) -> LevelRun:
    return LevelRun(
        run_id="run",
        from_at=Instant(day.began - DAY),
        to_at=Instant(day.now + DAY),
        project_id=None,
        asked_at=now(),
        asked_by=SVEN,
    )


async def told(day: Day, settings: Settings, database: Database, agent: AgentId = ANNA, language: str = "en") -> Statement:
    found = await statement_of(
        agent,
        Instant(day.began - DAY),
        Instant(day.now + DAY),
        language,
        StatementSources(
            directory=database.directory,
            users=database.users,
            journal=database.journal,
            levels=LevelStore(database.engine),
            contests=ContestStore(database.engine, Places(settings).party_keys()),
            rules=parts.agent_rules(settings),
            zone=ZONE,
        ),
    )
    assert found is not None
    return found


async def test_evidence_is_what_happened_and_abuse_counts_for_nothing(settings: Settings, database: Database) -> None:
    day = Day(settings)
    day.on_duty("anna")
    kept, _ = day.talk("sold")
    for code in ("info", "sold", None):
        day.talk(code)
    abusive, _ = day.talk("info", is_abusive=True)
    await written(day, settings, database)
    reviews = [
        Review(
            review_id=f"r{n}", agent_id=ANNA, reviewer="rita", score=score, form_version="1", reviewed_at=day.now, call_id=call
        )
        for n, (score, call) in enumerate([(90, kept), (80, None), (0, abusive)])
    ]
    await LevelStore(database.engine).add_reviews(reviews)
    found = {each.agent_id: each for each in await proposals_of(a_run(day), sources(database))}
    assert found[ANNA].appraisal.evidence == Evidence(
        reviews=2,
        review_points=170,
        conversations=4,
        with_outcome=4,
        positive=2,
        abusive=1,
        planned_ms=36_000_000,
        kept_ms=32_400_000,
    )
    # (85 × 50 + 50 × 30 + 90 × 20) / 100
    assert (found[ANNA].appraisal.score, found[ANNA].appraisal.level, found[ANNA].state) == (7_550, 2, ProposalState.OPEN)
    assert found[BEN].state is ProposalState.SHORT


async def test_the_worker_proposes_what_was_asked_for_and_the_last_month_once(settings: Settings, database: Database) -> None:
    levels = LevelStore(database.engine)
    job = ProposeLevels(sources(database), ZONE)
    await job.run_once(lambda: False)
    await job.run_once(lambda: False)
    assert [run.asked_by for run in await levels.runs()] == ["calendar"]
    assert (await levels.runs(is_open=True)) == []
    assert {each.state for each in await levels.proposals()} == {ProposalState.SHORT}
    names = {job.name for job in jobs(settings, database, Places(settings).party_keys())[0]}
    assert {"propose_levels", "bring_levels_into_force"} <= names


async def test_a_statement_tells_shares_passes_misses_and_pauses(settings: Settings, database: Database) -> None:
    day = Day(settings)
    day.on_duty("anna", "ben")
    for _ in range(9):
        day.talk("sold")
    day.talk("info", is_abusive=True)
    shares = Counter(day.talks.values())
    day.happens(PauseRequested(agent_id=ANNA, pause_reason="lunch"))
    day.later(30 * 60_000)
    day.happens(AvailableRequested(agent_id=ANNA))
    day.happens(PauseRequested(agent_id=BEN, pause_reason="lunch"))
    assert day.miss() == ANNA
    day.later(600_000)
    day.happens(PauseConfirmed(agent_id=ANNA, by=SVEN))
    day.later(600_000)
    day.happens(AvailableRequested(agent_id=ANNA))
    await written(day, settings, database)
    anna = await told(day, settings, database)
    (share,) = anna.shares
    # Of ten calls with both there, by weights 1 and 2 a third each time; the eleventh was anna's alone.
    assert (share.project_id, share.decisions, share.got) == (NORD, 11, shares[ANNA] + 1)
    assert share.expected == pytest.approx(10 / 3 + 1, abs=0.01)
    assert anna.offers == {"talked": shares[ANNA], "busy": 1}
    assert sum(anna.not_offered.values()) == shares[BEN]
    assert [(pause.reason, pause.count, round(pause.lasted_ms / 60_000)) for pause in anna.own_pauses] == [("lunch", 1, 30)]
    (forced,) = anna.forced_pauses
    assert (forced.misses, forced.confirmed_by, forced.cause) == (1, "Sven Sieber", "missed_calls")
    assert forced.ended_at is not None
    assert anna.time_ms["paused"] == pytest.approx(50 * 60_000, abs=5_000)
    ben = await told(day, settings, database, BEN)
    assert ben.shares[0].expected + share.expected == pytest.approx(11, abs=0.01)
    assert anna.abusive_calls + ben.abusive_calls == 1
    assert (anna.contact, anna.routing_rules, anna.level) == ("Sven Sieber", ben.routing_rules, 1)
    assert anna.directory_revisions == (1, 1)


async def test_a_statement_is_told_in_both_languages_without_gaps(settings: Settings, database: Database) -> None:
    day = Day(settings)
    day.on_duty("anna")
    for _ in range(3):
        day.talk("sold")
    assert day.miss() == ANNA
    await written(day, settings, database)
    levels = LevelStore(database.engine)
    await levels.add_reviews(
        [
            Review(review_id=f"r{n}", agent_id=ANNA, reviewer="rita", score=95, form_version="1", reviewed_at=day.now)
            for n in range(2)
        ]
    )
    run = a_run(day)
    await levels.propose(run, await proposals_of(run, sources(database)), at=now())
    (proposal,) = await levels.proposals(agent_ids=[ANNA])
    decided = await levels.confirm(proposal.proposal_id, note="", in_force_at=None, by=Author(user_id=SVEN, at=now()))
    assert isinstance(decided, Proposal)
    german = " ".join((await told(day, settings, database, language="de")).sentences)
    english = " ".join((await told(day, settings, database)).sentences)
    assert "Bestätigt von Sven Sieber; gilt ab" in german
    assert "Confirmed by Sven Sieber; in force from" in english
    assert "after 1 offers that were not taken (it ends on" in english
    assert "verantwortlich ist Sven Sieber" in german
    assert "Nach den Gewichten aller Anwesenden wären es 4,0 für dich gewesen, 4 waren es" in german
    for text in (german, english):
        assert "{" not in text
        assert "None" not in text


async def test_of_an_agent_who_never_worked_there_is_nothing_but_what_holds(settings: Settings, database: Database) -> None:
    day = Day(settings)
    day.on_duty("anna")
    day.talk("sold")
    await written(day, settings, database)
    ben = await told(day, settings, database, BEN)
    assert (ben.shares, ben.offers, ben.not_offered, ben.time_ms, ben.data) == ((), {}, {}, {}, ())
    assert "There are no data for this period." in ben.sentences


@pytest.mark.parametrize(
    ("period", "at", "began", "ended"),
    [
        (Period.MONTH, "2026-11-01T00:30:00+01:00", "2026-10-01T00:00+02:00", "2026-11-01T00:00+01:00"),  # the clocks changed
        (Period.MONTH, "2026-10-31T23:59:59+01:00", "2026-09-01T00:00+02:00", "2026-10-01T00:00+02:00"),
        (Period.MONTH, "2026-04-15T12:00:00+02:00", "2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00"),
        (Period.MONTH, "2027-01-02T12:00:00+01:00", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        (Period.QUARTER, "2027-02-02T12:00:00+01:00", "2026-10-01T00:00+02:00", "2027-01-01T00:00+01:00"),
        (Period.QUARTER, "2026-09-30T12:00:00+02:00", "2026-04-01T00:00+02:00", "2026-07-01T00:00+02:00"),
    ],
)
def test_a_period_is_whole_by_the_wall_clock_of_the_centre(period: Period, at: str, began: str, ended: str) -> None:
    def instant(text: str) -> Instant:
        return Instant(round(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * 1_000_000)

    assert last_period(period, instant(at), ZONE) == (instant(began), instant(ended))

"""A live world with what people plan and are owed, and what campaigns come to: a week of shifts, levels to decide,
objections, a statement, lead lists, orders, a survey.

    python -m tests.staffed_world

serves it for who wants to look; whom to enter as is told in tests/live_world.py.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec

from routing.levels.appraisal import Evidence, appraise
from routing.levels.contest import Answer, Contest, Contested
from routing.levels.proposal import Proposal, ProposalState, confirmed, in_force, refused, state_of
from routing.levels.review import Review
from routing.levels.told import appraisal_told
from routing.owed.statement import ForcedShown, LevelShown, PauseShown, ShareShown, Statement, counted
from routing.owed.told import statement_told
from routing.shifts.book import Doing
from routing.shifts.slots import ExcuseReason, Slot, SlotScope
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId, UserId
from tests.campaign_world import campaign
from tests.integration.web.memory_levels import RULE, MemoryContests, MemoryLevels, PlayedStatements
from tests.integration.web.memory_shifts import MemoryShifts, PlayedShiftFigures
from tests.live_world import LiveWorld, a_live_world

ZONE = ZoneInfo("Europe/Berlin")
DAY = 86_400 * SECOND
HOUR = 3_600 * SECOND
SVEN = UserId("user-sven")


@dataclass(frozen=True, slots=True)
class Staffed:
    """The parts of the world that this fills, as what they are."""

    world: LiveWorld
    shifts: MemoryShifts
    figures: PlayedShiftFigures
    levels: MemoryLevels
    contests: MemoryContests
    statements: PlayedStatements

    @classmethod
    def of(cls, world: LiveWorld) -> "Staffed":
        deps = world.deps
        return cls(
            world=world,
            shifts=cast(MemoryShifts, deps.shifts),
            figures=cast(PlayedShiftFigures, deps.shift_figures),
            levels=cast(MemoryLevels, deps.levels),
            contests=cast(MemoryContests, deps.contests),
            statements=cast(PlayedStatements, deps.statements),
        )

    def day(self, later: int = 0, hour: float = 0) -> Instant:
        """A wall clock time of the centre, counted from today."""
        today = datetime.fromtimestamp(self.world.clock.now() / SECOND, ZONE).date() + timedelta(days=later)
        begin = datetime(today.year, today.month, today.day, tzinfo=ZONE).astimezone(UTC)
        return Instant(int(begin.timestamp()) * SECOND + int(hour * HOUR))

    def put(self, name: str, whose: tuple[SlotScope, str | None], begin: Instant, heads: int, leader: str | None = None) -> None:
        """A slot of four hours is in the plan."""
        scope, scope_id = whose
        slot = Slot(
            slot_id=name,
            scope=scope,
            scope_id=scope_id,
            from_at=begin,
            to_at=Instant(begin + 4 * HOUR),
            headcount=heads,
            leader=leader,
        )
        self.shifts.book_.put(slot, self.doing(name))

    def book(self, name: str, *agents: str) -> None:
        """The agents have given their word for the slot."""
        for agent in agents:
            doing = replace(self.doing(f"{name}-{agent}", by=f"user-of-{agent}", at=self.day(-20)), is_own=False)
            refusal = self.shifts.book_.book(name, self.world.directory.current.agents[AgentId(agent)], doing)
            assert refusal is None, refusal
        self.shifts.book_.notices.clear()

    def doing(self, new_id: str, by: str = SVEN, at: Instant | None = None) -> Doing:
        return Doing(at=self.world.clock.now() if at is None else at, by=UserId(by), new_id=new_id, is_own=by != SVEN)


def plan(staffed: Staffed) -> None:
    """Three weeks of shifts around today; what two agents ask for; what one has to be told."""
    for later in range(-7, 15):
        name = f"d{later}"
        staffed.put(f"support-{name}", (SlotScope.PROJECT, "support"), staffed.day(later, 8), 3, "lena")
        staffed.put(f"booking-{name}", (SlotScope.PROJECT, "booking"), staffed.day(later, 13), 2)
        if later % 2 == 0:
            staffed.put(f"red-{name}", (SlotScope.TEAM, "red"), staffed.day(later, 18), 2)
        if later < 5:
            staffed.book(f"support-{name}", "agent-0", "agent-6")
        if later % 3 == 0:
            staffed.book(f"booking-{name}", "agent-1", "agent-2")
    staffed.put("night", (SlotScope.CENTRE, None), staffed.day(2, 22), 1)
    staffed.book("support-d5", "agent-6")
    book = staffed.shifts.book_
    own = replace(staffed.doing("excuse-ben", by="user-of-agent-1"), is_own=True)
    book.ask_excuse("booking-d6", AgentId("agent-1"), ExcuseReason.FAMILY, "Hochzeit meiner Schwester", own)
    book.offer("support-d2", AgentId("agent-0"), None, replace(own, new_id="swap-anna"))
    book.offer("support-d5", AgentId("agent-6"), None, replace(own, new_id="swap-greta"))
    moved = replace(book.slots["support-d3"], to_at=Instant(book.slots["support-d3"].to_at + HOUR))
    book.put(moved, staffed.doing("moved"))


def decide_levels(staffed: Staffed) -> None:
    """Proposals of the last month in every state, reviews behind them, and objections."""
    to = staffed.day(-2)
    good = Evidence(
        reviews=9,
        review_points=803,
        conversations=212,
        with_outcome=160,
        positive=131,
        planned_ms=480_000_000,
        kept_ms=470_000_000,
    )
    fair = Evidence(reviews=6, review_points=402, conversations=140, with_outcome=101, positive=58, abusive=1)
    ways = {"agent-0": good, "agent-1": good, "agent-2": fair, "agent-3": fair, "agent-4": Evidence(), "agent-5": good}
    for agent, evidence in ways.items():
        profile = staffed.world.directory.current.agents[AgentId(agent)]
        appraisal = appraise(RULE, evidence, profile.level)
        staffed.levels.rows[f"p-{agent}"] = Proposal(
            proposal_id=f"p-{agent}",
            run_id="run",
            agent_id=profile.agent_id,
            project_id=None,
            from_at=Instant(to - 30 * DAY),
            to_at=to,
            rule_version=2,
            directory_revision=41,
            appraisal=appraisal,
            proposed_at=staffed.day(-1),
            state=state_of(appraisal),
        )
    rows = staffed.levels.rows
    first = confirmed(rows["p-agent-1"], RULE, by=SVEN, note="", in_force_at=None, now=staffed.day(-1))
    assert isinstance(first, Proposal)
    rows["p-agent-1"] = first
    no = refused(rows["p-agent-3"], by=SVEN, note="Zu wenig Gespräche im neuen Projekt.", now=staffed.day(-1))
    assert isinstance(no, Proposal)
    rows["p-agent-3"] = no
    for agent, before in (("agent-0", 1), ("agent-2", 2)):
        old = replace(rows[f"p-{agent}"], proposal_id=f"old-{agent}", from_at=staffed.day(-62), to_at=staffed.day(-32))
        old = replace(old, appraisal=appraise(RULE, good, before), state=ProposalState.OPEN)
        agreed = confirmed(old, RULE, by=SVEN, note="", in_force_at=None, now=staffed.day(-30))
        assert isinstance(agreed, Proposal)
        held = in_force(agreed, now=staffed.day(-20), revision=37)
        assert isinstance(held, Proposal)
        rows[old.proposal_id] = held
    for number, score in enumerate((92, 88, 74)):
        name = f"review-{number}"
        staffed.levels.review_rows[name] = Review(
            review_id=name,
            agent_id=AgentId("agent-0"),
            reviewer="rita",
            score=score,
            form_version="bogen-3",
            reviewed_at=staffed.day(-3 - number, 14),
            project_id=ProjectId("support"),
        )


def object_to_things(staffed: Staffed) -> None:
    """One objection waits, one is answered."""
    asked = Contest(
        contest_id="c-ben",
        agent_id=AgentId("agent-1"),
        what=Contested.LEVEL,
        subject="p-agent-1",
        words="Drei der neun Bewertungen betreffen Gespräche, die ich nicht geführt habe.",
        responsible="sven",
        responsible_name="Sven Ostermann",
        raised_at=staffed.day(-1, 15),
        raised_by=UserId("user-ben"),
    )
    answered = replace(
        asked,
        contest_id="c-anna",
        agent_id=AgentId("agent-0"),
        what=Contested.FORCED_PAUSE,
        subject="",
        words="Mein Telefon hat nicht geklingelt.",
        answered_at=staffed.day(-1, 17),
        answered_by=SVEN,
        answer=Answer.WITHDRAWN,
        answer_words="Stimmt: die Leitung war weg. Die verpassten Anrufe zählen nicht.",
    )
    staffed.contests.rows |= {each.contest_id: each for each in (asked, answered)}


def a_statement(staffed: Staffed, agent_id: AgentId, from_at: Instant, to_at: Instant, language: str) -> Statement:
    profile = staffed.world.directory.current.agents[agent_id]
    levels = tuple(
        LevelShown(
            proposal_id=each.proposal_id,
            project_id=each.project_id,
            state=each.state.value,
            rule_version=each.rule_version,
            level_before=each.appraisal.level_before,
            level=each.appraisal.level,
            score=each.appraisal.score,
            decided_by="",
            in_force_at=each.in_force_at,
            sentences=tuple(appraisal_told(each.appraisal, RULE, language)),
        )
        for each in staffed.levels.rows.values()
        if each.agent_id == agent_id
    )
    made = Statement(
        agent_id=agent_id,
        name=profile.name,
        from_at=from_at,
        to_at=to_at,
        language=language,
        data=counted([("decisions", 1_204), ("own_events", 866), ("reviews", 3), ("proposals", len(levels))]),
        routing_rules=("fair-share-3",),
        directory_revisions=(37, 41),
        level_rule_version=2,
        level=profile.level,
        level_by_project={"booking": 2},
        levels=levels,
        shares=(
            ShareShown(project_id="booking", decisions=488, expected=61.4, got=63),
            ShareShown(project_id="support", decisions=716, expected=88.2, got=85),
        ),
        offers={"talked": 148, "no_answer": 3},
        not_offered={"others_ahead": 812, "not_free": 240},
        own_pauses=(
            PauseShown(reason="break", count=21, lasted_ms=19_800_000),
            PauseShown(reason="lunch", count=20, lasted_ms=36_000_000),
        ),
        forced_pauses=(
            ForcedShown(
                from_at=staffed.day(-4, 11),
                cause="missed_calls",
                misses=3,
                until_at=staffed.day(-4, 12),
                confirmed_by="",
                ended_at=staffed.day(-4, 12),
            ),
        ),
        time_ms={"available": 151_000_000, "paused": 55_800_000, "talking": 212_000_000, "wrap_up": 22_000_000},
        abusive_calls=1,
        contact="Sven Ostermann",
        open_contests=(),
    )

    def when(at: int) -> str:
        form = "%d.%m.%Y %H:%M" if language == "de" else "%Y-%m-%d %H:%M"
        return f"{datetime.fromtimestamp(at / SECOND, ZONE):{form}}"

    def project(project_id: str) -> str:
        return staffed.world.directory.current.projects[ProjectId(project_id)].name

    return msgspec.structs.replace(made, sentences=tuple(statement_told(made, when, project)))


def work_out(staffed: Staffed) -> None:
    """Attendance of four agents; a staffing hint with hours that are short."""
    hour = 3_600_000
    zero = dict.fromkeys(("late", "left_early", "away", "paused", "unreachable", "missed", "down", "excused", "outside"), 0)
    told: dict[str, dict[str, float]] = {
        "agent-0": {"kept": 37.5, "paused": 1.5, "late": 0.25, "left_early": 0.75},
        "agent-1": {"kept": 20, "missed": 4, "away": 2, "unreachable": 2, "excused": 4},
        "agent-2": {"kept": 28, "outside": 3.5},
        "agent-6": {"kept": 31, "late": 0.5, "paused": 2.5, "down": 0.5},
    }
    for agent, parts in told.items():
        row = {f"{name}_ms": value for name, value in zero.items()} | {f"{n}_ms": int(v * hour) for n, v in parts.items()}
        planned = sum(row[f"{n}_ms"] for n in parts if n not in ("down", "excused", "outside"))
        staffed.figures.rows.append({"agent_id": agent, "shifts": 10, "planned_ms": planned, **row})


def quarters(from_at: Instant, to_at: Instant) -> list[dict[str, Any]]:
    """Callers that come and go with the day, and a plan that is short at noon."""
    found = []
    for at in range(from_at, to_at, HOUR // 4):
        clock = datetime.fromtimestamp(at / SECOND, ZONE)
        if not 8 <= clock.hour < 20:
            continue
        callers = 14 - abs(clock.hour + clock.minute / 60 - 12) * 1.6
        needed = max(1, round(callers / 2.2))
        planned = 5 if clock.hour < 12 else 4 if clock.hour < 18 else 1
        heads = {"erlang_c": needed + 1, "erlang_a": needed, "needed": needed, "planned": planned, "over": planned - needed}
        moment = datetime.fromtimestamp(at / SECOND, UTC).isoformat()
        found.append({"from_at": moment, "callers": callers, "handling_s": 214.0, **heads})
    return found


def force_a_pause(world: LiveWorld, agent: str = "agent-8") -> None:
    """An agent of team blue misses three calls: the service pauses them."""
    world.happen(world.floor.come_and_miss_three(AgentId(agent)))


def staff(world: LiveWorld) -> Staffed:
    """The world is filled."""
    force_a_pause(world)
    staffed = Staffed.of(world)
    plan(staffed)
    decide_levels(staffed)
    object_to_things(staffed)
    work_out(staffed)
    campaign(world)
    staffed.statements.tell = lambda *asked: cast(Mapping[str, Any], msgspec.to_builtins(a_statement(staffed, *asked)))
    staffed.figures.hint = lambda wanted: {
        "callers_seen": 5_214,
        "patience_s": 96.0,
        "quarters": quarters(wanted.from_at, wanted.to_at),
    }
    return staffed


async def serve() -> None:
    """Serves until interrupted."""
    async with a_live_world(history_s=4_000) as world:
        staff(world)
        world.engine_lives()
        world.play_on()
        print(world.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())

"""Levels on both databases: nothing without a person, nothing before its date, everything once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Row, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import AgentProfile, Client, Project
from routing.levels.appraisal import Appraisal, Evidence, appraise
from routing.levels.contest import Answer, Contest, Contested
from routing.levels.proposal import DAY, Obstacle, Proposal, ProposalState, state_of
from routing.levels.review import Review
from routing.levels.rule import LevelRule
from store.audit import AuditStore, Author
from store.centre import Centre, CentreRejected
from store.contests import ContestStore
from store.directory import DirectoryStore
from store.engine import reading, writing
from store.levels import LevelRun, LevelStore
from store.parties import PartyKeys
from store.tables.levels import CONTESTS, LEVEL_PROPOSALS
from store.users import UserStore
from telephony.identifiers import AgentId, ClientId, Instant, ProjectId, UserId, WrapUpCode
from web.accounts import User
from web.permissions import Role

KEYS = PartyKeys(bytes(range(32)))
NOW = Instant(1_800_000_000_000_000)
FROM, TO = Instant(NOW - 30 * DAY), NOW
ANNA, BEN = AgentId("anna"), AgentId("ben")
SVEN = UserId("u-sven")
RULE = LevelRule(least_reviews=1, least_conversations=1, notice_days=7, contact="sven")
GOOD = appraise(RULE, Evidence(reviews=4, review_points=360, conversations=10, with_outcome=10, positive=9), 1)


def by(user: str = "u-sven", at: Instant = NOW) -> Author:
    return Author(user_id=UserId(user), at=at)


def at(days: float) -> Instant:
    return Instant(NOW + int(days * DAY))


def a_user(login: str, role: Role, *, has_password: bool = True, agent: str | None = None, is_active: bool = True) -> User:
    return User(
        user_id=UserId(f"u-{login}"),
        login=login,
        display_name=login.title(),
        role=role,
        created_at=NOW,
        agent_id=None if agent is None else AgentId(agent),
        password_hash="hash" if has_password else None,
        is_active=is_active,
    )


def a_proposal(agent: AgentId = ANNA, *, project: str | None = None, appraisal: Appraisal = GOOD, name: str = "p1") -> Proposal:
    return Proposal(
        proposal_id=name,
        run_id="run",
        agent_id=agent,
        project_id=None if project is None else ProjectId(project),
        from_at=FROM,
        to_at=TO,
        rule_version=1,
        directory_revision=1,
        appraisal=appraisal,
        proposed_at=NOW,
        state=state_of(appraisal),
    )


def a_run(project: str | None = None, name: str = "run") -> LevelRun:
    scope = None if project is None else ProjectId(project)
    return LevelRun(run_id=name, from_at=FROM, to_at=TO, project_id=scope, asked_at=NOW, asked_by=SVEN)


def a_contest(subject: str = "p1", agent: AgentId = ANNA, name: str = "c1") -> Contest:
    return Contest(
        contest_id=name,
        agent_id=agent,
        what=Contested.LEVEL,
        subject=subject,
        words="The calls of May are missing.",
        responsible="",
        responsible_name="",
        raised_at=NOW,
        raised_by=UserId("u-anna"),
    )


@pytest.fixture
async def levels(engine: AsyncEngine) -> LevelStore:
    """A centre with two agents of level 1, people, and a rule."""
    users = UserStore(engine)
    for user in (
        a_user("sven", Role.SUPERVISOR),
        a_user("adam", Role.ADMIN),
        a_user("rita", Role.REVIEWER),
        a_user("gone", Role.SUPERVISOR, is_active=False),
        a_user("console", Role.SUPERVISOR, has_password=False),
        a_user("self", Role.SUPERVISOR, agent="anna"),
        a_user("anna", Role.AGENT, agent="anna"),
    ):
        assert await users.add(user)
    agents = tuple(
        AgentProfile(agent_id=each, name=each.title(), level=1, certificates=frozenset({ProjectId("nord")}))
        for each in (ANNA, BEN)
    )
    await DirectoryStore(engine).apply(
        Centre(
            clients=(Client(client_id=ClientId("c1"), name="C"),),
            projects=(Project(project_id=ProjectId("nord"), client_id=ClientId("c1"), name="Nord"),),
            agents=agents,
            level_rule=RULE,
        )
    )
    return LevelStore(engine)


async def confirmed(levels: LevelStore, name: str = "p1", days: float = 10) -> Proposal:
    found = await levels.confirm(name, note="fine", in_force_at=at(days), by=by())
    assert isinstance(found, Proposal)
    return found


async def level_of(engine: AsyncEngine, agent: AgentId = ANNA) -> int:
    profile = await DirectoryStore(engine).agent(agent)
    assert profile is not None
    return profile.level


async def test_every_change_of_the_rule_is_a_version_and_old_ones_are_kept(levels: LevelStore, engine: AsyncEngine) -> None:
    directory = DirectoryStore(engine)
    assert await levels.rule() == (1, RULE)
    before = await directory.revision()
    assert (await directory.apply(Centre(level_rule=RULE))).revision == before
    changed = replace(RULE, positive_codes={ProjectId("nord"): (WrapUpCode("sold"),)})
    assert (await directory.apply(Centre(level_rule=changed))).revision == before + 1
    assert await levels.rule() == (2, changed)
    assert await levels.rule(1) == (1, RULE)


async def test_a_rule_that_cannot_be_meant_is_refused_with_every_fault(levels: LevelStore, engine: AsyncEngine) -> None:
    bad = replace(RULE, level_2_from=9_000, positive_codes={ProjectId("away"): (WrapUpCode("x"),)}, notice_days=-1)
    with pytest.raises(CentreRejected) as rejected:
        await DirectoryStore(engine).apply(Centre(level_rule=bad))
    places = [fault.where for fault in rejected.value.faults]
    assert places == [
        "levels thresholds",
        "levels notice_days",
        "levels positive_codes",
    ]
    assert await levels.rule() == (1, RULE)


async def test_reviews_are_kept_once_and_are_on_record(levels: LevelStore, engine: AsyncEngine) -> None:
    review = Review(review_id="r1", agent_id=ANNA, reviewer="rita", score=88, form_version="3", reviewed_at=NOW)
    other = replace(review, review_id="r2", agent_id=BEN)
    assert await levels.add_reviews([review, other], by=by("u-rita")) == 2
    assert await levels.add_reviews([review], by=by("u-rita")) == 0
    assert list(await levels.reviews(NOW, at(1))) == [review, other]
    assert list(await levels.reviews(NOW, at(1), agent_ids=[BEN])) == [other]
    assert list(await levels.reviews(FROM, NOW)) == []
    with pytest.raises(IntegrityError):
        await levels.add_reviews([replace(review, review_id="r3", score=101), replace(review, review_id="r4")])
    assert len(await levels.reviews(FROM, at(1))) == 2
    assert [deed.deed for deed in await AuditStore(engine).latest(2)] == ["review.added"] * 2


async def test_a_run_replaces_what_nobody_decided_and_nothing_else(levels: LevelStore) -> None:
    assert await levels.ask(a_run())
    assert not await levels.ask(a_run())
    assert [run.run_id for run in await levels.runs(is_open=True)] == ["run"]
    assert await levels.propose(a_run(), [a_proposal(), a_proposal(BEN, name="p2")], at=NOW) == 2
    assert await levels.runs(is_open=True) == []
    await confirmed(levels)
    assert await levels.propose(a_run(name="again"), [a_proposal(name="p3"), a_proposal(BEN, name="p4")], at=NOW) == 1
    assert {each.proposal_id for each in await levels.proposals()} == {"p1", "p4"}
    assert await levels.propose(a_run("nord"), [a_proposal(project="nord", name="p5")], at=NOW) == 1
    assert {each.proposal_id for each in await levels.proposals(agent_ids=[ANNA])} == {"p1", "p5"}


async def test_a_level_comes_into_force_at_its_date_once_and_with_a_revision_of_its_own(
    levels: LevelStore, engine: AsyncEngine
) -> None:
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    await confirmed(levels)
    directory = DirectoryStore(engine)
    before = await directory.revision()
    assert await levels.bring_into_force(Instant(at(10) - 1)) == []
    assert (await level_of(engine), await directory.revision()) == (1, before)
    assert await levels.next_date() == at(10)
    done = await levels.bring_into_force(at(10))
    assert [(each.proposal.state, each.revision) for each in done] == [(ProposalState.IN_FORCE, before + 1)]
    assert (await level_of(engine), await directory.revision()) == (3, before + 1)
    assert await LevelStore(engine).bring_into_force(at(11)) == []  # another process, a restart
    assert await directory.revision() == before + 1
    assert await levels.next_date() is None
    deeds = {deed.deed: deed for deed in await AuditStore(engine).latest(3)}
    assert deeds["agent.changed"].user_id == deeds["level.in_force"].user_id == SVEN


async def test_of_two_workers_at_once_one_changes_the_level(levels: LevelStore, engine: AsyncEngine) -> None:
    await levels.propose(a_run(), [a_proposal(), a_proposal(BEN, name="p2")], at=NOW)
    await confirmed(levels)
    await confirmed(levels, "p2")
    before = await DirectoryStore(engine).revision()
    both = await asyncio.gather(*(LevelStore(engine).bring_into_force(at(20)) for _ in range(3)), return_exceptions=True)
    done = [each.proposal.proposal_id for one in both if not isinstance(one, BaseException) for each in one]
    assert sorted(done) == ["p1", "p2"]
    assert await DirectoryStore(engine).revision() == before + 2


async def test_a_level_of_a_project_is_an_override_of_that_project_alone(levels: LevelStore, engine: AsyncEngine) -> None:
    await levels.propose(a_run("nord"), [a_proposal(project="nord")], at=NOW)
    await confirmed(levels)
    await levels.bring_into_force(at(10))
    anna = await DirectoryStore(engine).agent(ANNA)
    assert anna is not None
    assert (anna.level, anna.level_by_project) == (1, {ProjectId("nord"): 3})


@pytest.mark.parametrize("user", ["u-rita", "u-gone", "u-console", "u-self", "u-anna", "service", "command-line"])
async def test_nobody_but_a_person_who_may_decides(levels: LevelStore, user: str) -> None:
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    assert await levels.confirm("p1", note="", in_force_at=None, by=by(user)) is Obstacle.NOT_A_PERSON
    assert await levels.refuse("p1", note="", by=by(user)) is Obstacle.NOT_A_PERSON
    found = await levels.proposal("p1")
    assert found is not None
    assert (found.state, found.decided_by) == (ProposalState.OPEN, None)


async def test_the_database_itself_refuses_a_level_without_a_person_or_before_its_date(
    levels: LevelStore, engine: AsyncEngine
) -> None:
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    tries: list[dict[str, object]] = [
        {"state": "confirmed", "in_force_at": NOW},
        {"state": "confirmed", "in_force_at": NOW, "decided_by": "service"},
        {"state": "in_force", "in_force_at": at(2), "applied_at": at(1), "decided_by": SVEN},
        {"applied_at": at(1)},
    ]
    for values in tries:
        with pytest.raises(IntegrityError):
            async with writing(engine) as connection:
                await connection.execute(update(LEVEL_PROPOSALS).values(**values))


async def test_a_date_before_the_notice_is_refused_and_none_means_the_first_possible(levels: LevelStore) -> None:
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    assert await levels.confirm("p1", note="", in_force_at=Instant(at(7) - 1), by=by()) is Obstacle.TOO_SOON
    found = await levels.confirm("p1", note="", in_force_at=None, by=by())
    assert isinstance(found, Proposal)
    assert found.in_force_at == at(7)


async def test_what_is_decided_is_not_decided_again(levels: LevelStore) -> None:
    await levels.propose(a_run(), [a_proposal(), a_proposal(BEN, name="p2")], at=NOW)
    refused = await levels.refuse("p1", note="too few calls of the new project", by=by())
    assert isinstance(refused, Proposal)
    assert (refused.state, refused.decided_by) == (ProposalState.REFUSED, SVEN)
    assert await levels.confirm("p1", note="", in_force_at=None, by=by()) is Obstacle.NOT_OPEN
    assert await levels.confirm("none", note="", in_force_at=None, by=by()) is None
    assert await levels.bring_into_force(at(100)) == []


async def test_what_lacks_evidence_or_changes_nothing_cannot_be_confirmed(levels: LevelStore) -> None:
    short, same = appraise(RULE, Evidence(), 1), replace(GOOD, level_before=3)
    await levels.propose(a_run(), [a_proposal(appraisal=short), a_proposal(BEN, appraisal=same, name="p2")], at=NOW)
    assert [each.state for each in await levels.proposals()] == [ProposalState.SHORT, ProposalState.UNCHANGED]
    for name in ("p1", "p2"):
        assert await levels.confirm(name, note="", in_force_at=None, by=by()) is Obstacle.NOT_OPEN


async def test_a_contested_level_waits_for_its_answer(levels: LevelStore, engine: AsyncEngine) -> None:
    contests = ContestStore(engine, KEYS)
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    await confirmed(levels)
    raised = await contests.raise_one(a_contest(), by=by("u-anna"))
    assert raised is not None
    assert (raised.responsible, raised.responsible_name) == ("sven", "Sven")
    assert await levels.bring_into_force(at(12)) == []
    assert await contests.answer("c1", answer=Answer.STANDS, words="They are in it.", by=by("u-rita")) is Obstacle.NOT_A_PERSON
    answered = await contests.answer("c1", answer=Answer.STANDS, words="They are in it.", by=by(at=at(12)))
    assert isinstance(answered, Contest)
    assert await contests.contests(is_open=True) == []
    assert len(await levels.bring_into_force(at(12))) == 1
    assert await contests.answer("c1", answer=Answer.WITHDRAWN, words="", by=by()) is Obstacle.NOT_OPEN


async def test_what_is_written_in_an_objection_is_sealed_and_its_key_can_be_destroyed(
    levels: LevelStore, engine: AsyncEngine
) -> None:
    contests, about = ContestStore(engine, KEYS), replace(a_contest(), what=Contested.OTHER)
    await contests.raise_one(replace(about, words="He shouts at me."), by=by("u-anna"))
    await contests.answer("c1", answer=Answer.STANDS, words="I heard the call.", by=by())
    found = await contests.contest("c1")
    assert found is not None
    assert (found.words, found.answer_words) == ("He shouts at me.", "I heard the call.")
    row = await the_row(engine)
    assert (row.words, row.answer_words) == ("", "")
    assert b"shouts" not in row.sealed_words
    receipt = await contests.erase_words(ANNA, receipt_id="r1", reason="asked for", by=by("u-adam"))
    assert receipt.contests == 1
    found = await contests.contest("c1")
    assert found is not None
    assert (found.words, found.answer_words, found.answer) == ("", "", Answer.STANDS)
    assert (await the_row(engine)).wrapped_key is None
    assert (await contests.erase_words(ANNA, receipt_id="r2", reason="again", by=by("u-adam"))).contests == 0


async def test_words_that_an_older_version_wrote_in_clear_are_sealed_once(levels: LevelStore, engine: AsyncEngine) -> None:
    contests, about = ContestStore(engine, KEYS), replace(a_contest(), what=Contested.OTHER)
    await contests.raise_one(about, by=by("u-anna"))
    async with writing(engine) as connection:
        old = {"words": "Old words.", "wrapped_key": None, "sealed_words": None}
        await connection.execute(update(CONTESTS).values(**old))
    assert [await contests.seal_old(), await contests.seal_old()] == [1, 0]
    found = await contests.contest("c1")
    assert found is not None
    assert found.words == "Old words."
    assert (await the_row(engine)).words == ""


async def the_row(engine: AsyncEngine) -> Row[Any]:
    async with reading(engine) as connection:
        return (await connection.execute(select(CONTESTS))).one()


async def test_a_rule_that_names_nobody_who_can_answer_is_refused_with_the_way_out(
    engine: AsyncEngine, levels: LevelStore
) -> None:
    for contact in ("nobody", "anna"):
        with pytest.raises(CentreRejected, match=r"no log-in of a supervisor or administrator in use: name one, or nobody"):
            await DirectoryStore(engine).apply(Centre(level_rule=replace(RULE, contact=contact)))
    with_new = Centre(level_rule=replace(RULE, contact="new"), deciders=frozenset({"new"}))
    assert (await DirectoryStore(engine).apply(with_new, is_dry_run=True)).changes


async def test_a_level_taken_back_never_comes_into_force(levels: LevelStore, engine: AsyncEngine) -> None:
    contests = ContestStore(engine, KEYS)
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    await confirmed(levels)
    await contests.raise_one(a_contest(), by=by("u-anna"))
    await contests.answer("c1", answer=Answer.WITHDRAWN, words="You are right.", by=by("u-adam"))
    found = await levels.proposal("p1")
    assert found is not None
    assert found.state is ProposalState.WITHDRAWN
    assert await levels.bring_into_force(at(100)) == []
    assert await level_of(engine) == 1


async def test_nobody_holds_up_a_colleagues_level(levels: LevelStore, engine: AsyncEngine) -> None:
    contests = ContestStore(engine, KEYS)
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    await confirmed(levels)
    assert await contests.raise_one(a_contest(agent=BEN), by=by("u-ben")) is None
    assert await contests.raise_one(a_contest("nothing", name="c2"), by=by("u-anna")) is None
    assert await contests.raise_one(replace(a_contest(agent=BEN, name="c3"), what=Contested.OTHER), by=by("u-ben")) is not None
    assert len(await levels.bring_into_force(at(10))) == 1


async def test_without_a_named_person_it_goes_to_who_decided(levels: LevelStore, engine: AsyncEngine) -> None:
    await DirectoryStore(engine).apply(Centre(level_rule=replace(RULE, contact=None)))
    contests = ContestStore(engine, KEYS)
    await levels.propose(a_run(), [a_proposal()], at=NOW)
    open_one = await contests.raise_one(a_contest(name="c0"), by=by("u-anna"))
    assert open_one is not None
    assert open_one.responsible == ""
    await levels.confirm("p1", note="", in_force_at=None, by=by("u-adam"))
    raised = await contests.raise_one(a_contest(), by=by("u-anna"))
    assert raised is not None
    assert raised.responsible == "adam"

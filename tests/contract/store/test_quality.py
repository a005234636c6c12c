"""Quality reviews on both databases: given out once, answered without loss, one review of levels each, terms prolonged."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.quality_assigning import AssignByHand
from fernamt.quality_jobs import GiveOutReviews, QualitySources
from recording.consent import Draft
from recording.quality.acts import NotTheirs, Wish
from recording.quality.form import Form, FormDraft, FormFault
from recording.quality.review import DAY, Act, Obstacle, QualityReview, ReviewState
from recording.quality.rules import Bar, RatingPeriod, RatingRules, RuleFault
from recording.retention import RecordingClass, RecordingTerms, sample_kept_until
from routing.directory import AgentProfile, Client, Project
from routing.levels.review import QUALITY_REVIEW, Review
from store.audit import AuditStore
from store.centre import Centre
from store.consent_texts import ConsentTextStore
from store.directory import DirectoryStore
from store.engine import reading, writing
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.levels import LevelStore
from store.parties import PartyKeys
from store.quality_calls import QualityCalls
from store.quality_forms import QualityForms
from store.quality_reviews import QualityReviews
from store.recording_terms import RecordingTermsStore
from store.tables.quality import QUALITY_ANSWERS, QUALITY_REVIEWS, QUALITY_VERSIONS
from store.tables.recording import LISTENING_GRANTS
from store.tables.vault import VAULT_SEGMENTS
from store.users import UserStore
from store.vault import VaultStore
from telephony.identifiers import CallId, ClientId, Instant, ProjectId, UserId
from tests.integration.web.memory_recording import NAMES, TEXT
from tests.quality_words import ACME, ANNA, BEN, CRITERIA, GOOD, NOW, RITA, RULES, SVEN, a_call, a_review, a_user, by
from tests.recorded import a_segment
from web.permissions import Role

KEYS = PartyKeys(bytes(range(32)))
ZONE = ZoneInfo("Europe/Berlin")
ANNAS = UserId("u-anna")
SAMPLE = RecordingClass.QUALITY_SAMPLE


@pytest.fixture
async def reviews(engine: AsyncEngine) -> QualityReviews:
    return await a_rated_centre(engine)


async def a_rated_centre(engine: AsyncEngine) -> QualityReviews:
    """A centre with people, two agents, a form and rules."""
    users = UserStore(engine)
    for user in (
        a_user("rita", Role.REVIEWER),
        a_user("sven", Role.SUPERVISOR),
        a_user("anna", Role.AGENT, "anna"),
        a_user("ben", Role.AGENT, "ben"),
    ):
        assert await users.add(user)
    await DirectoryStore(engine).apply(
        Centre(
            clients=(Client(client_id=ClientId("acme"), name="Acme"),),
            projects=(Project(project_id=ACME, client_id=ClientId("acme"), name="Acme"),),
            agents=tuple(
                AgentProfile(agent_id=each, name=each.title(), level=1, certificates=frozenset({ACME})) for each in (ANNA, BEN)
            ),
        )
    )
    forms = QualityForms(engine)
    assert isinstance(await forms.publish(FormDraft(project_id=ACME, scale=5, criteria=CRITERIA), by=by("boss")), Form)
    assert await forms.set_rules(ACME, RULES, by=by("boss")) == ()
    return QualityReviews(engine, KEYS)


async def do(
    reviews: QualityReviews, act: Act, user: str = "rita", *, at: int = 0, words: str = "so", name: str = "r1", **marks: int
) -> QualityReview:
    wish = Wish(act=act, judgement=replace(GOOD, marks={**GOOD.marks, **marks}), words=words)
    found = await reviews.act(name, wish, by=by(user, at))
    assert isinstance(found, QualityReview), found
    return found


async def of_levels(engine: AsyncEngine) -> Sequence[Review]:
    return await LevelStore(engine).reviews(Instant(0), Instant(2**62))


async def test_forms_count_up_and_a_fault_writes_nothing(engine: AsyncEngine, reviews: QualityReviews) -> None:
    forms = QualityForms(engine)
    assert await forms.publish(FormDraft(project_id=ACME, scale=5, criteria=()), by=by()) == ((FormFault.NO_CRITERIA, None),)
    made = await forms.publish(FormDraft(project_id=ACME, scale=3, criteria=CRITERIA), by=by(at=1))
    assert isinstance(made, Form)
    assert [each.version for each in await forms.forms(ACME)] == [2, 1]
    assert await forms.form(ACME) == made
    old = await forms.form(ACME, 1)
    assert old is not None
    assert (old.scale, old.criteria) == (5, CRITERIA)
    assert await forms.form(ProjectId("nowhere")) is None


async def test_rules_hold_by_project_and_the_same_again_is_no_version(engine: AsyncEngine, reviews: QualityReviews) -> None:
    forms = QualityForms(engine)
    assert await forms.set_rules(ACME, RULES, by=by()) == ()
    assert await forms.rules(ACME) == (1, RULES)
    assert await forms.set_rules(ACME, replace(RULES, per_agent=0), by=by()) == (RuleFault.BAD_PER_AGENT,)
    other = RatingRules(raters=(SVEN,), period=RatingPeriod.WEEK)
    assert await forms.set_rules(ACME, other, by=by()) == ()
    assert await forms.rules(ACME) == (2, other)
    assert await forms.all_rules() == {ACME: other}
    assert await forms.rules(ProjectId("nowhere")) == (0, RatingRules())


async def test_a_call_is_given_out_once_until_it_is_dropped(reviews: QualityReviews) -> None:
    assert len(await reviews.give_out([a_review()], by=by("sven"))) == 1
    assert await reviews.give_out([a_review("r2", reviewer=SVEN)], by=by("sven")) == []
    await do(reviews, Act.DROP)
    assert len(await reviews.give_out([a_review("r2", reviewer=SVEN)], by=by("sven"))) == 1
    both = [a_review("c-1", calibration="c"), a_review("c-2", reviewer=SVEN, calibration="c")]
    assert len(await reviews.give_out(both, by=by("sven"))) == 2
    assert [each.review_id for each in await reviews.calibration("c")] == ["c-1", "c-2"]


async def test_what_comes_out_is_what_went_in(reviews: QualityReviews) -> None:
    await reviews.give_out([a_review()], by=by("sven"))
    saved = await do(reviews, Act.SAVE)
    assert await reviews.review("r1") == saved
    await do(reviews, Act.HAND_IN)
    await do(reviews, Act.ANSWER, "anna", words="Ich hörte ihn nicht.")
    corrected = await do(reviews, Act.CORRECT, needs=5, words="misheard", at=4)
    assert await reviews.review("r1") == corrected
    assert [each.score.points for each in corrected.versions] == [85, 100]
    assert corrected.versions[0].judgement == GOOD


async def test_words_lie_sealed_and_erasing_them_leaves_marks(engine: AsyncEngine, reviews: QualityReviews) -> None:
    await reviews.give_out([a_review()], by=by("sven"))
    await do(reviews, Act.HAND_IN)
    await do(reviews, Act.ANSWER, "anna", words="SECRETWORD")
    async with reading(engine) as connection:
        rows = [
            row
            for table in (QUALITY_REVIEWS, QUALITY_VERSIONS, QUALITY_ANSWERS)
            for row in (await connection.execute(select(table))).all()
        ]
    assert "SECRETWORD" not in repr(rows)
    assert GOOD.summary not in repr(rows)
    assert "SECRETWORD" not in repr(await AuditStore(engine).latest())
    assert await reviews.erase_words(ANNA, by=by("boss")) == 1
    left = await reviews.review("r1")
    assert left is not None
    assert ([each.words for each in left.answers], left.versions[0].judgement.summary) == ([""], "")
    assert left.versions[0].judgement.marks == GOOD.marks


async def test_what_is_handed_in_is_one_review_of_levels_and_is_corrected_with_it(
    engine: AsyncEngine, reviews: QualityReviews
) -> None:
    forged = Review(review_id="quality:r1", agent_id=ANNA, reviewer="x", score=1, form_version="1", reviewed_at=Instant(NOW - 1))
    await LevelStore(engine).add_reviews([forged], by=by())
    await reviews.give_out([a_review()], by=by("sven"))
    await do(reviews, Act.SAVE)
    await do(reviews, Act.HAND_IN, at=7)
    expected = Review(
        review_id="quality:r1",
        agent_id=ANNA,
        reviewer="rita",
        score=85,
        form_version="acme-service/1",
        reviewed_at=Instant(NOW + 7),
        call_id=CallId("call-s1"),
        project_id=ACME,
        recording_id="s1",
        origin=QUALITY_REVIEW,
    )
    assert await of_levels(engine) == [expected]
    await do(reviews, Act.ANSWER, "anna")
    assert await of_levels(engine) == [expected]
    await do(reviews, Act.CORRECT, privacy=0, at=40 * DAY)
    assert await of_levels(engine) == [replace(expected, score=0)]


async def test_a_calibration_counts_for_no_level(engine: AsyncEngine, reviews: QualityReviews) -> None:
    await reviews.give_out([a_review(calibration="c")], by=by("sven"))
    assert (await do(reviews, Act.HAND_IN)).state is ReviewState.CLOSED
    assert await of_levels(engine) == []


async def test_what_is_refused_changes_nothing_and_is_not_on_record(engine: AsyncEngine, reviews: QualityReviews) -> None:
    await reviews.give_out([a_review()], by=by("sven"))
    before, deeds = await reviews.review("r1"), await AuditStore(engine).latest()
    for user, act in (("sven", Act.HAND_IN), ("anna", Act.ANSWER), ("ben", Act.ANSWER), ("nobody", Act.HAND_IN)):
        found = await reviews.act("r1", Wish(act=act, judgement=GOOD, words="x"), by=by(user))
        assert found in (NotTheirs.NOT_THEIRS, Obstacle.NOT_POSSIBLE)
    assert isinstance(await reviews.act("r1", Wish(act=Act.HAND_IN), by=by()), tuple)
    await QualityForms(engine).set_rules(ACME, replace(RULES, raters=(SVEN,)), by=by("boss"))
    assert await reviews.act("r1", Wish(act=Act.HAND_IN, judgement=GOOD), by=by()) is NotTheirs.MAY_NOT_RATE
    assert await reviews.review("r1") == before
    assert [each for each in await AuditStore(engine).latest() if each.deed != "quality_rules.set"] == [
        each for each in deeds if each.deed != "quality_rules.set"
    ]
    assert await reviews.act("nothing", Wish(act=Act.HAND_IN, judgement=GOOD), by=by()) is None


async def test_answers_at_the_same_time_are_all_kept(reviews: QualityReviews) -> None:
    await reviews.give_out([a_review()], by=by("sven"))
    await do(reviews, Act.HAND_IN)
    await asyncio.gather(*(do(reviews, Act.ANSWER, "anna", words=f"answer {number}") for number in range(6)))
    found = await reviews.review("r1")
    assert found is not None
    assert sorted(each.words for each in found.answers) == [f"answer {number}" for number in range(6)]


async def test_a_term_that_passed_closes_the_review(reviews: QualityReviews) -> None:
    await reviews.give_out([a_review()], by=by("sven"))
    await do(reviews, Act.HAND_IN)
    assert await reviews.let_pass(by=by(at=7 * DAY - 1)) == 0
    assert await reviews.let_pass(by=by(at=7 * DAY)) == 1
    found = await reviews.review("r1")
    assert found is not None
    assert found.state is ReviewState.CLOSED


async def test_lists_are_narrowed_and_reports_leave_calibrations_out(reviews: QualityReviews) -> None:
    await reviews.give_out(
        [
            a_review(),
            a_review("r2", call=a_call("s2", BEN), reviewer=SVEN),
            a_review("c1", call=a_call("s2", BEN), calibration="c"),
        ],
        by=by("sven"),
    )
    await do(reviews, Act.HAND_IN)
    await do(reviews, Act.HAND_IN, name="c1")
    whole = (Instant(NOW - 1), Instant(NOW + 1))

    async def names(**which: Any) -> set[str]:
        return {each.review_id for each in await reviews.reviews(*whole, **which)}

    assert await names() == {"r1", "r2", "c1"}
    assert await names(agent_ids=[ANNA]) == {"r1"}
    assert await names(agent_ids=[]) == set()
    assert await names(reviewer=SVEN) == {"r2"}
    assert await names(is_calibration=True) == {"c1"}
    assert await names(states=[ReviewState.HANDED_IN]) == {"r1"}
    rated = await reviews.rated(*whole)
    assert [(each.agent_id, each.hundredths, each.marks) for _, each in rated] == [(ANNA, 8_500, GOOD.marks)]
    assert await reviews.rated(*whole, agent_ids=[BEN]) == []
    assert await reviews.rated(*whole, project_id=ProjectId("other")) == []


def sources(engine: AsyncEngine) -> QualitySources:
    return QualitySources(
        reviews=QualityReviews(engine, KEYS),
        forms=QualityForms(engine),
        calls=QualityCalls(engine),
        texts=ConsentTextStore(engine),
        journal=JournalReader(engine, JournalCodec()),
        vault=VaultStore(engine),
    )


async def sealed(engine: AsyncEngine, name: str, *, kept_as: RecordingClass = SAMPLE, state: str = "kept", **facts: Any) -> None:
    told = {"project_id": ACME, "agent_id": ANNA, "call_id": CallId(f"call-{name}"), "stopped_at": NOW, "order_id": None}
    segment = a_segment(name, **{**told, **facts})
    await VaultStore(engine).hand_in(segment, kept_as, sample_kept_until(segment.stopped_at, is_rated=False))
    async with writing(engine) as connection:
        await connection.execute(update(VAULT_SEGMENTS).where(VAULT_SEGMENTS.c.segment_id == name).values(state=state))


@pytest.fixture
def job(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> GiveOutReviews:
    monkeypatch.setattr("fernamt.quality_jobs.now", lambda: NOW)
    return GiveOutReviews(sources(engine), RecordingTermsStore(engine, ZONE), ZONE)


async def test_samples_in_the_vault_are_given_out_and_nothing_else_is(
    engine: AsyncEngine, reviews: QualityReviews, job: GiveOutReviews
) -> None:
    await QualityForms(engine).set_rules(ACME, replace(RULES, per_agent=100), by=by("boss"))
    await sealed(engine, "s1")
    await sealed(engine, "unsealed", state="waiting")
    await sealed(engine, "gone", state="shredding")
    await sealed(engine, "nobodys", agent_id=None)
    await sealed(engine, "order", kept_as=RecordingClass.ORDER_SEGMENT)
    await sealed(engine, "elsewhere", project_id=ProjectId("other"))
    await job.run_once(lambda: False)
    await job.run_once(lambda: False)
    found = await reviews.reviews(Instant(0), Instant(2**62))
    assert [(each.call.segment_id, each.state) for each in found] == [("s1", ReviewState.DRAFT)]


async def test_an_order_is_given_out_where_its_own_text_says_so(
    engine: AsyncEngine, reviews: QualityReviews, job: GiveOutReviews
) -> None:
    text = await ConsentTextStore(engine).publish(Draft(project_id=ACME, language="en", text=TEXT, names=NAMES), by=by("boss"))
    assert not isinstance(text, tuple)
    await sealed(engine, "o1", kept_as=RecordingClass.ORDER_SEGMENT, consent_text=text.sha256)
    await sealed(engine, "o2", agent_id=BEN, kept_as=RecordingClass.ORDER_SEGMENT, consent_text="another")
    await job.run_once(lambda: False)
    assert await reviews.reviews(Instant(0), Instant(2**62)) == []
    await QualityForms(engine).set_rules(ACME, replace(RULES, order_words="Proof of your order"), by=by("boss"))
    await job.run_once(lambda: False)
    assert [each.call.segment_id for each in await reviews.reviews(Instant(0), Instant(2**62))] == ["o1"]


async def test_a_sample_that_was_rated_is_kept_as_one_and_an_order_is_left_alone(
    engine: AsyncEngine, reviews: QualityReviews, job: GiveOutReviews
) -> None:
    await sealed(engine, "s1")
    await sealed(engine, "s2", kept_as=RecordingClass.ORDER_SEGMENT)
    await reviews.give_out([a_review(), a_review("r2", call=a_call("s2"))], by=by("sven"))
    unrated = sample_kept_until(NOW, is_rated=False)
    await job.run_once(lambda: False)
    assert (await VaultStore(engine).get("s1")).kept_until == unrated
    await do(reviews, Act.HAND_IN)
    await do(reviews, Act.HAND_IN, name="r2")
    await job.run_once(lambda: False)
    assert (await VaultStore(engine).get("s1")).kept_until == sample_kept_until(NOW, is_rated=True)
    assert (await VaultStore(engine).get("s2")).kept_until == unrated
    assert await QualityCalls(engine).unkept() == []


@pytest.mark.parametrize(("days", "kept"), [(180, 180), (10, 30)])
async def test_a_sample_that_was_rated_is_kept_as_long_as_its_project_says_and_never_shorter_than_before(
    engine: AsyncEngine, reviews: QualityReviews, job: GiveOutReviews, days: int, kept: int
) -> None:
    terms = RecordingTermsStore(engine, ZONE)
    await terms.put(ACME, RecordingTerms(unrated_days=10, rated_days=days), by=by("boss"))
    await sealed(engine, "s1")
    await reviews.give_out([a_review()], by=by("sven"))
    await do(reviews, Act.HAND_IN)
    await job.run_once(lambda: False)
    until = sample_kept_until(NOW, is_rated=True, rated_days=kept)
    assert (await VaultStore(engine).get("s1")).kept_until == until


async def test_a_draft_whose_recording_is_gone_is_dropped(
    engine: AsyncEngine, reviews: QualityReviews, job: GiveOutReviews
) -> None:
    await sealed(engine, "s1", state="shredding")
    await reviews.give_out([a_review()], by=by("sven"))
    await job.run_once(lambda: False)
    found = await reviews.review("r1")
    assert found is not None
    assert found.state is ReviewState.DROPPED


async def grants(engine: AsyncEngine) -> dict[str, tuple[str, bool]]:
    """Whose each grant is, and whether it still holds."""
    async with reading(engine) as connection:
        rows = (await connection.execute(select(LISTENING_GRANTS))).all()
    return {row.grant_id: (row.user_id, row.ended_at is None) for row in rows}


async def test_the_reviewer_hears_until_the_end_and_the_agent_while_they_may_answer(
    engine: AsyncEngine, reviews: QualityReviews
) -> None:
    await QualityForms(engine).set_rules(ACME, replace(RULES, agent_may_hear=True), by=by("boss"))
    await sealed(engine, "s1")
    await reviews.give_out([a_review()], by=by("sven"))
    assert await grants(engine) == {"r1": (RITA, True)}
    await do(reviews, Act.HAND_IN)
    assert await grants(engine) == {"r1": (RITA, True), "r1-agent-1": (ANNAS, True)}
    await do(reviews, Act.CORRECT, needs=5)
    await do(reviews, Act.ANSWER, "anna")
    assert await grants(engine) == {"r1": (RITA, True), "r1-agent-1": (ANNAS, False), "r1-agent-2": (ANNAS, True)}
    await do(reviews, Act.REPLY)
    assert {holds for _, holds in (await grants(engine)).values()} == {False}


async def test_an_agent_hears_nothing_where_the_project_does_not_allow_it(engine: AsyncEngine, reviews: QualityReviews) -> None:
    await sealed(engine, "s1")
    await reviews.give_out([a_review()], by=by("sven"))
    await do(reviews, Act.HAND_IN)
    await reviews.let_pass(by=by(at=7 * DAY))
    assert await grants(engine) == {"r1": (RITA, False)}


async def test_a_recording_is_given_out_by_hand_by_the_same_rules(engine: AsyncEngine, reviews: QualityReviews) -> None:
    await sealed(engine, "s1")
    hand = AssignByHand(sources(engine))
    assert [call.segment_id for call, _ in await hand.rateable(ACME, Instant(NOW + 1))] == ["s1"]
    assert await hand.assign("s1", [SVEN], by=by("sven")) is Bar.SELF_GIVEN
    assert await hand.assign("s1", [ANNAS], by=by("sven")) is Bar.NOT_A_RATER
    assert await hand.assign("nothing", [RITA], by=by("sven")) is None
    given = await hand.assign("s1", [RITA], by=by("sven"))
    assert isinstance(given, Sequence)
    assert [each.reviewer for each in given] == [RITA]
    assert await hand.assign("s1", [RITA], by=by("sven")) == []
    assert await hand.rateable(ACME, Instant(NOW + 1)) == []

"""Quality reviews on both databases: given out once, answered without loss, one review of levels each, terms prolonged."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recording.quality.acts import NotTheirs, Wish
from recording.quality.form import Form, FormDraft, FormFault
from recording.quality.review import DAY, Act, Obstacle, ReviewState
from recording.quality.rules import RatingPeriod, RatingRules, RuleFault
from routing.levels.review import QUALITY_REVIEW, Review
from store.audit import AuditStore
from store.engine import reading
from store.levels import LevelStore
from store.quality_forms import QualityForms
from store.quality_reviews import QualityReviews
from store.tables.quality import QUALITY_ANSWERS, QUALITY_REVIEWS, QUALITY_VERSIONS
from telephony.identifiers import CallId, Instant, ProjectId
from tests.contract.store.rated_centre import a_rated_centre, do, of_levels
from tests.quality_words import ACME, ANNA, BEN, CRITERIA, GOOD, NOW, RULES, SVEN, a_call, a_review, by


@pytest.fixture
async def reviews(engine: AsyncEngine) -> QualityReviews:
    return await a_rated_centre(engine)


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

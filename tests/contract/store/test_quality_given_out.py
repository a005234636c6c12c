"""Recordings that are given out to be rated: which, to whom, how long they are kept for it, and who may hear them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.quality_assigning import AssignByHand
from fernamt.quality_jobs import GiveOutReviews, QualitySources
from recording.consent import Draft
from recording.quality.review import DAY, Act, ReviewState
from recording.quality.rules import Bar
from recording.retention import RecordingClass, RecordingTerms, sample_kept_until
from store.consent_texts import ConsentTextStore
from store.engine import reading, writing
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.quality_calls import QualityCalls
from store.quality_forms import QualityForms
from store.quality_reviews import QualityReviews
from store.recording_terms import RecordingTermsStore
from store.tables.recording import LISTENING_GRANTS
from store.tables.vault import VAULT_SEGMENTS
from store.vault import VaultStore
from telephony.identifiers import CallId, Instant, ProjectId
from tests.contract.store.rated_centre import ANNAS, KEYS, SAMPLE, ZONE, a_rated_centre, do
from tests.integration.web.memory_recording import NAMES, TEXT
from tests.quality_words import ACME, ANNA, BEN, NOW, RITA, RULES, SVEN, a_call, a_review, by
from tests.recorded import a_segment


@pytest.fixture
async def reviews(engine: AsyncEngine) -> QualityReviews:
    return await a_rated_centre(engine)


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


@pytest.mark.parametrize(("unrated_days", "given_out"), [(180, ["old", "new"]), (30, ["new"])])
async def test_what_is_given_out_goes_back_as_far_as_the_project_keeps_what_nobody_rated(
    engine: AsyncEngine, reviews: QualityReviews, job: GiveOutReviews, unrated_days: int, given_out: list[str]
) -> None:
    await QualityForms(engine).set_rules(ACME, RULES, by=by("boss"))
    await RecordingTermsStore(engine, ZONE).put(ACME, RecordingTerms(unrated_days=unrated_days, rated_days=180), by=by("boss"))
    await sealed(engine, "old", stopped_at=Instant(NOW - 100 * DAY))
    await sealed(engine, "new")
    async with writing(engine) as connection:
        await connection.execute(update(VAULT_SEGMENTS).values(kept_until=NOW + 80 * DAY))
    await job.run_once(lambda: False)
    assert {each.call.segment_id for each in await reviews.reviews(Instant(0), Instant(2**62))} == set(given_out)


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

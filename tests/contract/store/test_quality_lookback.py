"""How far back recordings are given to reviewers: as far as their project keeps what nobody rated."""

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.quality_jobs import GiveOutReviews
from recording.retention import DAY, RecordingTerms
from store.engine import writing
from store.recording_terms import RecordingTermsStore
from store.tables.vault import VAULT_SEGMENTS
from telephony.identifiers import Instant
from tests.contract.store.test_quality import ZONE, a_rated_centre, sealed, sources
from tests.quality_words import ACME, NOW, by


@pytest.mark.parametrize(("unrated_days", "given_out"), [(180, ["old", "new"]), (30, ["new"])])
async def test_what_is_given_out_goes_back_as_far_as_the_project_keeps_what_nobody_rated(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, unrated_days: int, given_out: list[str]
) -> None:
    reviews = await a_rated_centre(engine)
    await RecordingTermsStore(engine, ZONE).put(ACME, RecordingTerms(unrated_days=unrated_days, rated_days=180), by=by("boss"))
    await sealed(engine, "old", stopped_at=Instant(NOW - 100 * DAY))
    await sealed(engine, "new")
    async with writing(engine) as connection:
        await connection.execute(update(VAULT_SEGMENTS).values(kept_until=NOW + 80 * DAY))
    monkeypatch.setattr("fernamt.quality_jobs.now", lambda: NOW)
    await GiveOutReviews(sources(engine), RecordingTermsStore(engine, ZONE), ZONE).run_once(lambda: False)
    assert {each.call.segment_id for each in await reviews.reviews(Instant(0), Instant(2**62))} == set(given_out)

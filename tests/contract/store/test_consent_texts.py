"""Texts of consent: versions count up by project and language, the newest is read, and none is ever lost."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from recording.consent import ConsentText, Draft, Part, TextFault
from store.audit import Author
from store.consent_texts import ConsentTextStore
from telephony.identifiers import Instant, ProjectId, UserId
from telephony.order_segments import ConsentPurpose
from tests.integration.web.memory_recording import NAMES, TEXT

NORD, SUED = ProjectId("nord"), ProjectId("sued")
BOSS = Author(user_id=UserId("boss"), at=Instant(1_800_000_000_000_000))


def a_draft(project: ProjectId = NORD, language: str = "en", more: str = "") -> Draft:
    return Draft(project_id=project, language=language, text=f"{TEXT}{more}", names=NAMES)


async def test_the_newest_version_is_read_and_the_old_ones_stay(engine: AsyncEngine) -> None:
    texts = ConsentTextStore(engine)
    for more in ("", " Thank you.", " Bye."):
        assert isinstance(await texts.publish(a_draft(more=more), by=BOSS), ConsentText)
    there = await texts.in_force(NORD, "en")
    assert there is not None
    assert (there.version, there.text) == (3, f"{TEXT} Bye.")
    assert [each.version for each in await texts.texts(NORD)] == [3, 2, 1]
    assert len({each.sha256 for each in await texts.texts(NORD)}) == 3


async def test_what_comes_out_is_what_went_in(engine: AsyncEngine) -> None:
    texts = ConsentTextStore(engine)
    made = await texts.publish(a_draft(), by=BOSS)
    assert [made] == list(await texts.texts(NORD))


async def test_languages_and_projects_have_versions_of_their_own(engine: AsyncEngine) -> None:
    texts = ConsentTextStore(engine)
    for project, language in ((NORD, "en"), (NORD, "de"), (SUED, "en")):
        made = await texts.publish(a_draft(project, language), by=BOSS)
        assert isinstance(made, ConsentText)
        assert made.version == 1
    assert [each.language for each in await texts.texts(NORD)] == ["de", "en"]
    assert await texts.in_force(SUED, "de") is None


async def test_a_text_with_a_part_missing_is_not_published(engine: AsyncEngine) -> None:
    texts = ConsentTextStore(engine)
    names = {part: words for part, words in NAMES.items() if part is not Part.WITHDRAWAL}
    refused = await texts.publish(Draft(project_id=NORD, language="en", text=TEXT, names=names), by=BOSS)
    assert refused == ((TextFault.PART_MISSING, Part.WITHDRAWAL),)
    assert await texts.texts(NORD) == []


async def test_a_text_for_one_purpose_is_none_for_another(engine: AsyncEngine) -> None:
    texts = ConsentTextStore(engine)
    sample = replace(a_draft(more=" Press one."), purpose=ConsentPurpose.QUALITY_SAMPLE, prompt="fernamt/sample")
    for draft in (a_draft(), sample):
        made = await texts.publish(draft, by=BOSS)
        assert isinstance(made, ConsentText)
        assert made.version == 1
    there = await texts.in_force(NORD, "en", ConsentPurpose.QUALITY_SAMPLE)
    assert there is not None
    assert (there.text, there.prompt, there.words.purpose) == (sample.text, "fernamt/sample", ConsentPurpose.QUALITY_SAMPLE)
    for purpose, prompt in ((ConsentPurpose.ORDER, None), (ConsentPurpose.LISTENING, ...)):
        there = await texts.in_force(NORD, "en", purpose)
        assert (... if there is None else there.prompt) == prompt

"""Documents of rights to show a number: sealed, never replaced, gone with their right."""

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.shown import OURS, AssignedTo, ShownRight
from store.audit import AuditStore, Author
from store.centre import CentreRejected
from store.documents import LARGEST_DOCUMENT
from store.engine import reading, writing
from store.parties import PartyError, PartyKeys
from store.retention import DAY, Retention
from store.right_documents import MOST_VERSIONS, RightDocuments
from store.rights import RightsStore
from store.tables.outbound import RIGHT_DOCUMENTS
from telephony.identifiers import Instant, UserId

KEYS = PartyKeys(bytes(range(32)))
AT = Instant(1_800_000_000_000_000)
BY = Author(user_id=UserId("root"), at=AT)


def a_pdf(words: str) -> bytes:
    return b"%PDF-1.7\n" + words.encode() + b"\n%%EOF\n"


def a_right(right_id: str, until: Instant | None = None) -> ShownRight:
    return ShownRight(
        right_id=right_id,
        number="+493055500",
        owner=OURS,
        document="folder 7",
        assigned_to=AssignedTo.CENTRE,
        assigned_id="",
        valid_from=Instant(0),
        valid_until=until,
    )


@pytest_asyncio.fixture
async def documents(engine: AsyncEngine) -> RightDocuments:
    """Of two rights, one of which ended at AT."""
    for right in (a_right("ours"), a_right("old", until=AT)):
        await RightsStore(engine).add(right, by=BY)
    return RightDocuments(engine, KEYS)


async def test_a_newer_document_replaces_none_and_each_comes_out_as_it_went_in(documents: RightDocuments) -> None:
    first = await documents.add("ours", "../contract.PDF", a_pdf("first"), by=BY)
    second = await documents.add("ours", "letter.pdf", a_pdf("second"), by=BY)
    assert [(each.version, each.name, each.added_by) for each in await documents.of("ours")] == [
        (2, "letter.pdf", "root"),
        (1, "contract.pdf", "root"),
    ]
    for version, words in ((first.version, "first"), (second.version, "second")):
        found = await documents.open("ours", version)
        assert found is not None
        assert (found.content, found.media_type) == (a_pdf(words), "application/pdf")
    assert await documents.open("ours", 3) is None
    assert await documents.of("old") == []
    assert await documents.counts() == {"ours": 2}


async def test_what_is_added_is_on_record_and_the_same_once_more_is_no_new_version(
    engine: AsyncEngine, documents: RightDocuments
) -> None:
    for _ in range(2):
        assert (await documents.add("ours", "contract.pdf", a_pdf("first"), by=BY)).version == 1
    deeds = [deed for deed in await AuditStore(engine).latest(100) if deed.deed == "shown_right.document_added"]
    assert [(deed.subject, deed.user_id) for deed in deeds] == [("ours", "root")]
    assert "contract.pdf" in str(deeds[0].after)


async def test_versions_added_at_once_all_have_a_number_of_their_own(documents: RightDocuments) -> None:
    kept = await asyncio.gather(*(documents.add("ours", "x.pdf", a_pdf(str(each)), by=BY) for each in range(5)))
    assert sorted(each.version for each in kept) == [1, 2, 3, 4, 5]


async def test_nothing_of_it_lies_in_clear_and_what_was_changed_or_exchanged_does_not_open(
    engine: AsyncEngine, documents: RightDocuments
) -> None:
    for words in ("secret words", "other words"):
        await documents.add("ours", "contract.pdf", a_pdf(words), by=BY)
    async with reading(engine) as connection:
        first, second = (await connection.execute(select(RIGHT_DOCUMENTS).order_by(RIGHT_DOCUMENTS.c.version))).all()
    assert b"secret" not in first.cipher
    assert b"secret".hex().encode() not in first.cipher
    async with writing(engine) as connection:
        mine = update(RIGHT_DOCUMENTS).where(RIGHT_DOCUMENTS.c.version == 1)
        await connection.execute(mine.values(cipher=second.cipher))
    with pytest.raises(PartyError):
        await documents.open("ours", 1)


@pytest.mark.parametrize(
    ("right_id", "content"),
    [
        ("nothing", a_pdf("x")),
        ("ours", b""),
        ("ours", b"MZ\x90"),
        ("ours", b"<html>%PDF-1.7</html>"),
        ("ours", b"%PDF-1.7 half of it"),
        ("ours", b"%PDF-" + bytes(LARGEST_DOCUMENT) + b"%%EOF"),
    ],
    ids=lambda value: str(value[:20]),
)
async def test_what_is_no_document_of_a_right_is_refused(documents: RightDocuments, right_id: str, content: bytes) -> None:
    with pytest.raises(CentreRejected):
        await documents.add(right_id, "contract.pdf", content, by=BY)
    assert await documents.counts() == {}


async def test_versions_have_an_end(documents: RightDocuments) -> None:
    for each in range(MOST_VERSIONS):
        await documents.add("ours", "x.pdf", a_pdf(str(each)), by=BY)
    with pytest.raises(CentreRejected, match="most"):
        await documents.add("ours", "x.pdf", a_pdf("one more"), by=BY)


async def test_documents_go_with_their_right_and_a_right_without_an_end_stays(
    engine: AsyncEngine, documents: RightDocuments
) -> None:
    for right in ("ours", "old"):
        await documents.add(right, "x.pdf", a_pdf(right), by=BY)
    sweep = Retention(engine, {"shown_rights": 30}).sweep
    await sweep(Instant(AT + 29 * DAY))
    assert await documents.counts() == {"ours": 1, "old": 1}
    gone = await sweep(Instant(AT + 31 * DAY))
    assert gone["shown_rights"] == 1
    assert await documents.counts() == {"ours": 1}
    assert [right.right_id for right in await RightsStore(engine).rights()] == ["ours"]

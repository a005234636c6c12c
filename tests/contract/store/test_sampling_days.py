"""The days of the draw: a hash in the chain before, the seed after, and never otherwise."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from recording.sampling import commitment_of, seed_of_day
from recording.vault.chain import fault_of_chain
from store.sampling import SamplingDays
from store.vault import VaultStore
from telephony.identifiers import Instant
from tests.recorded import SIGNER

SECRET = bytes(range(32))
DAY = seed_of_day(SECRET, date(2027, 3, 28), ZoneInfo("Europe/Berlin"))
"""The clocks are set forward on it."""


async def test_a_hash_is_published_once_and_stands_in_the_chain(engine: AsyncEngine) -> None:
    days, book = SamplingDays(engine), VaultStore(engine)
    said = commitment_of(DAY.day, DAY.seed)
    before = Instant(DAY.begins_at - 1)
    assert await days.publish(said, DAY.ends_at, at=before, book=book, signer=SIGNER)
    other = commitment_of(DAY.day, bytes(32))
    assert not await days.publish(other, DAY.ends_at, at=DAY.begins_at, book=book, signer=SIGNER)
    found = await days.get(DAY.day)
    assert found is not None
    assert (found.seed_sha256, found.published_at, found.seed, found.is_in_chain) == (said.seed_sha256, before, None, True)
    links = [link async for link in book.links()]
    assert [link.manifest_sha256 for link in links] == [said.digest.hex()]
    assert fault_of_chain(links) is None
    assert DAY.ends_at - DAY.begins_at == 23 * 3_600_000_000


async def test_a_seed_is_told_when_its_day_is_over_and_not_before(engine: AsyncEngine) -> None:
    days = SamplingDays(engine)
    said = commitment_of(DAY.day, DAY.seed)
    await days.publish(said, DAY.ends_at, at=DAY.begins_at, book=VaultStore(engine), signer=SIGNER)
    early = Instant(DAY.ends_at - 1)
    assert await days.to_reveal(early) == []
    await days.reveal(DAY.day, DAY.seed, at=early)
    found = await days.get(DAY.day)
    assert found is not None
    assert found.seed is None
    assert [each.day for each in await days.current(early)] == [DAY.day]
    assert await days.to_reveal(DAY.ends_at) == [DAY.day]
    await days.reveal(DAY.day, DAY.seed, at=DAY.ends_at)
    found = await days.get(DAY.day)
    assert found is not None
    assert found.seed == DAY.seed
    assert await days.to_reveal(DAY.ends_at) == []
    assert await days.current(DAY.ends_at) == []

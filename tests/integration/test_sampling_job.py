"""The worker publishes the days' seeds; the service draws by those alone whose hash is published, and is theirs."""

from pathlib import Path
from zoneinfo import ZoneInfo

from fernamt.moment import now
from fernamt.sampling import PublishSeeds, usable
from recording.sampling import seed_of
from store.engine import make_engine
from store.sampling import SamplingDays
from store.tables.schema import METADATA
from store.vault import VaultStore
from tests.recorded import SIGNER

SECRET, OTHER, ZONE = bytes(range(32)), bytes(32), ZoneInfo("Europe/Berlin")


async def test_today_and_the_next_days_are_published_once_and_used_by_who_has_the_secret(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/fernamt.db")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    days, book = SamplingDays(engine), VaultStore(engine)
    job = PublishSeeds(days, book, lambda: (SECRET, SIGNER), ZONE)
    for _ in range(2):
        await job.run_once(lambda: False)
    published = await days.current(now())
    assert len(published) == 3
    assert len([link async for link in book.links()]) == 3
    assert all(each.is_in_chain and each.seed is None for each in published)
    used = usable(published, SECRET, ZONE)
    assert [each.seed for each in used] == [seed_of(SECRET, each.day) for each in published]
    assert used[0].begins_at <= now() < used[0].ends_at == used[1].begins_at
    assert usable(published, OTHER, ZONE) == ()
    await engine.dispose()

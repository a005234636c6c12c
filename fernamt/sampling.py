"""The draw of sampled calls around the engine: the days' seeds, which are published by the worker and used by the service.

The secret all seeds are made of is a file beside the vault's keys, in no database and in no backup of one.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import Settings
from fernamt.installation import Places
from fernamt.moment import now
from fernamt.vault_places import secret_of, signer_of
from fernamt.worker import Job
from recording.sampling import SECRET_BYTES, SeedOfDay, commitment_of, seed_of, seed_of_day
from recording.vault.signing import Signer
from routing.directory import Directory
from store.consent_texts import ConsentTextStore
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.sampling import PublishedDay, SamplingDays
from store.vault import VaultStore
from telephony.engine.engine import Engine
from telephony.engine.sampling import DAY, SampleText, SamplingBasis, Taken
from telephony.identifiers import SECOND, AgentId, CallId, Instant, ProjectId
from telephony.order_segments import ConsentPurpose
from telephony.samples import SampleBegun

PUBLISH_EVERY_S = 600.0
FOLLOW_EVERY_S = 3.0
_DAYS_AHEAD = 2
_FILE = "sampling.key"
_log = structlog.get_logger("fernamt.sampling")


def sampling_secret(settings: Settings) -> bytes:
    """What all seeds are made of; made, mode 0600, by the first start."""
    return secret_of(Places(settings).key.parent / _FILE, SECRET_BYTES)


class PublishSeeds:
    """The hash of every day's seed stands in the vault's chain before the day begins, and the seed is told when it is over."""

    name = "publish_seeds"

    def __init__(self, days: SamplingDays, book: VaultStore, opening: Callable[[], tuple[bytes, Signer]], zone: tzinfo) -> None:
        """`opening` reads the secret and the chain's signing key."""
        self._days, self._book, self._opening, self._zone = days, book, opening, zone

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """Today and the next days are published, and every day that is over is revealed."""
        at, (secret, signer) = now(), await asyncio.to_thread(self._opening)
        today = datetime.fromtimestamp(at / SECOND, UTC).astimezone(self._zone).date()
        for ahead in range(_DAYS_AHEAD + 1):
            day = seed_of_day(secret, today + timedelta(days=ahead), self._zone)
            await self._days.publish(commitment_of(day.day, day.seed), day.ends_at, at=at, book=self._book, signer=signer)
        for over in await self._days.to_reveal(at):
            await self._days.reveal(over, seed_of(secret, over), at=at)
        return PUBLISH_EVERY_S


def sampling_job(settings: Settings, engine: AsyncEngine) -> Job:
    """What the worker does for the draw."""

    def opening() -> tuple[bytes, Signer]:
        return sampling_secret(settings), signer_of(settings)

    zone = ZoneInfo(settings.service.time_zone)
    return PublishSeeds(SamplingDays(engine), VaultStore(engine), opening, zone)


def usable(published: Sequence[PublishedDay], secret: bytes, zone: tzinfo) -> tuple[SeedOfDay, ...]:
    """The seeds of the days whose hash is published, and is theirs: with another secret than the published nobody is drawn."""
    days = [(each, seed_of_day(secret, date.fromisoformat(each.day), zone)) for each in published if each.is_in_chain]
    return tuple(day for each, day in days if commitment_of(day.day, day.seed).seed_sha256 == each.seed_sha256)


async def follow_sampling(settings: Settings, database: AsyncEngine, directory: Callable[[], Directory], engine: Engine) -> None:
    """Draws and questions rest on what is published, from a few seconds after it is."""
    secret = await asyncio.to_thread(sampling_secret, settings)
    zone, days, texts = ZoneInfo(settings.service.time_zone), SamplingDays(database), ConsentTextStore(database)
    taken: Taken | None = None
    while True:
        # While the database is away, what is in force stays so.
        with suppress(SQLAlchemyError, OSError):
            if any(project.sampling is not None for project in directory().projects.values()):
                taken = await taken_of(JournalReader(database, JournalCodec()), directory()) if taken is None else taken
                published = await days.current(now())
                found = await texts.all_in_force(ConsentPurpose.QUALITY_SAMPLE)
                said = {(each.project_id, each.language): SampleText(words=each.words, prompt=each.prompt) for each in found}
                engine.use_sampling(SamplingBasis(days=usable(published, secret, zone), texts=said), taken)
        await asyncio.sleep(FOLLOW_EVERY_S)


async def taken_of(journal: JournalReader, directory: Directory) -> Taken:
    """Whose calls were recorded when, as far back as any project's cap looks."""
    rules = [project.sampling for project in directory.projects.values()]
    longest = max((each.cap_days for each in rules if each is not None and each.agent_cap is not None), default=0)
    taken: dict[tuple[AgentId, ProjectId], dict[CallId, Instant]] = {}
    if longest == 0:
        return taken
    since = await journal.first_seq_at(Instant(now() - longest * DAY)) - 1
    async for envelope in journal.read_since(since, None, (SampleBegun,)):
        event = envelope.event
        if isinstance(event, SampleBegun):
            taken.setdefault((event.agent_id, event.project_id), {}).setdefault(event.call_id, envelope.received_at)
    return taken

"""A live world with one recorded order in a real vault, for who looks at the page of recordings and at its player."""

import math
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from fernamt.vault_jobs import Sealer, SealSegments
from fernamt.vault_sound import VaultSound
from recording.access import Wanted
from recording.retention import RecordingClass
from recording.vault.manifest import CUT_SAMPLES, Mark, Stretch
from store.audit import Author
from store.engine import make_engine, writing
from store.recording_access import AccessStore
from store.tables.accounts import USERS
from store.tables.schema import METADATA
from store.vault import VaultStore
from store.vault_intake import VaultIntake
from telephony.identifiers import Instant, UserId
from tests.live_world import PEOPLE, LiveWorld, a_live_world
from tests.recorded import FOREVER, SIGNER, a_segment, a_vault, record

SEGMENT = "0192-call.segment.1"
SECONDS = 40
PITCHES = (440, 300)
"""Of the outside party and of the agent."""
MARKS = (Mark(what="consent", offset_ms=4_000), Mark(what="identity", offset_ms=9_000), Mark(what="intent", offset_ms=31_000))
MASKS = (Stretch(from_ms=18_000, to_ms=24_000, why="card_data"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedWorld:
    """The world, and who wants, may and did hear."""

    world: LiveWorld
    access: AccessStore

    async def granted(self, wanted: Wanted = Wanted.LISTEN) -> str:
        """Sven may hear the recording, as Ruth has approved; the request's id."""
        at = self.world.clock.now()
        asked = Author(user_id=UserId("user-sven"), at=at, reason="Beschwerde 7")
        await self.access.ask("request-7", SEGMENT, wanted, by=asked)
        decided = Author(user_id=UserId("user-root"), at=at, reason="liegt vor")
        return (await self.access.decide("request-7", is_approved=True, by=decided)).request_id


@asynccontextmanager
async def a_recorded_world(folder: Path) -> AsyncIterator[RecordedWorld]:
    """A forty-second recording is sealed; nobody may hear it yet."""
    engine = make_engine(f"sqlite:///{folder}/fernamt.db")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    async with writing(engine) as connection:
        for login, (name, role, facts) in PEOPLE.items():
            row = {"user_id": f"user-{login}", "login": login, "display_name": name, "role": role.value, "created_at": Instant(0)}
            row |= {"password_hash": "hash", "must_set_password": False, "is_active": True, **facts}
            await connection.execute(insert(USERS).values(**row))
    vault, book = a_vault(folder), VaultStore(engine)
    record(vault.spool, SEGMENT, *(_talk(pitch, turn) for turn, pitch in enumerate(PITCHES)))
    segment = a_segment(SEGMENT, marks=MARKS, masks=MASKS, missing_ms=300)
    await book.hand_in(segment, RecordingClass.ORDER_SEGMENT, FOREVER)
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)
    access = AccessStore(engine)
    stored = {
        "sealed_segments": VaultIntake(engine),
        "recording_access": access,
        "recording_sound": VaultSound(engine, lambda: vault, lambda: SIGNER),
    }
    async with a_live_world(stored=stored) as world:
        world.engine_lives()
        yield RecordedWorld(world=world, access=access)
    vault.keys.close()
    await engine.dispose()


def _talk(pitch: int, turn: int) -> bytes:
    """Two people speak in turn, three seconds each, and both are silent while card data is said."""
    sound = array("h", bytes(2 * CUT_SAMPLES))
    for at in range(SECONDS * 8_000):
        second = at / 8_000
        speaks = int(second / 3) % 2 == turn and not any(each.from_ms <= second * 1_000 < each.to_ms for each in MASKS)
        swell = 0.3 + 0.7 * abs(math.sin(second * 2.1 + turn))
        sound.append(int(9_000 * swell * math.sin(2 * math.pi * pitch * second)) if speaks else 0)
    return sound.tobytes()

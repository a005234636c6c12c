"""What the database holds, for looks at it that have nothing to say while it cannot be read."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from fernamt.installation import Database, opened
from recording.consent import ConsentText
from routing.directory import Directory
from store.consent_texts import ConsentTextStore
from telephony.errors import FernamtError
from telephony.identifiers import ProjectId
from telephony.order_segments import ConsentPurpose

Read = TypeVar("Read")
Texts = Mapping[tuple[ProjectId, str], ConsentText]
"""By project and language."""


async def read_from(settings: Settings, read: Callable[[Database], Awaitable[Read]]) -> Read | None:
    """What `read` finds; None where the database is missing, of another version or away, which is told by the look at it."""
    try:
        async with opened(settings) as database:
            return await read(database)
    except (FernamtError, SQLAlchemyError, OSError):
        return None


async def centre_and_sample_texts(database: Database) -> tuple[Directory, Texts]:
    """The centre, and the texts in force by which callers are asked for samples."""
    texts = await ConsentTextStore(database.engine).all_in_force(ConsentPurpose.QUALITY_SAMPLE)
    return await database.directory.load(), {(each.project_id, each.language): each for each in texts}

"""Whether there is a number that may be shown to people we call, and which rights end soon."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from config.settings import Settings
from fernamt.doctor.finding import Finding, doubtful, good
from fernamt.doctor.reading import read_from
from fernamt.installation import Database
from fernamt.moment import now
from routing.outbound.shown import ShownRight, standing
from store.rights import RightsStore


async def examine_rights(settings: Settings) -> AsyncIterator[Finding]:
    """Some right holds, and none ends within thirty days. Says nothing while the database cannot tell."""
    rights = await read_from(settings, _rights)
    if rights is None:
        return
    holding, expiring = standing(rights, now())
    if expiring:
        told = ", ".join(f"{right.right_id} until {_day(right)}" for right in expiring)
        yield doubtful("numbers shown", f"rights end within thirty days: {told}", "renew them with `fernamt rights add`")
    elif holding:
        yield good("numbers shown", f"{len(holding)} numbers may be shown")
    elif rights:
        yield doubtful("numbers shown", "every right has ended: nobody can be called outside", "fernamt rights add")
    else:
        yield good("numbers shown", "none: nobody is called outside")


async def _rights(database: Database) -> Sequence[ShownRight]:
    return await RightsStore(database.engine).rights()


def _day(right: ShownRight) -> str:
    return datetime.fromtimestamp((right.valid_until or 0) // 1_000_000, UTC).date().isoformat()

"""Where in the chain a segment stands, for the package that proves it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recording.vault.chain import BEGINNING, Link, Root
from recording.vault.package import Proof
from store.engine import reading
from store.tables.vault import VAULT_LINKS, VAULT_ROOTS
from telephony.errors import FernamtError


class NoSuchLink(FernamtError):
    """The chain has no such link."""

    code = "no_such_link"


async def proof_of_link(engine: AsyncEngine, number: int) -> Proof:
    """The link of that number, with the way from it to the first root over it; without one where there is none yet.

    Raises `NoSuchLink`.
    """
    links, roots = VAULT_LINKS.c, VAULT_ROOTS.c
    async with reading(engine) as connection:
        query = select(VAULT_ROOTS).where(roots.number >= number).order_by(roots.number).limit(1)
        over = (await connection.execute(query)).first()
        last = number if over is None else over.number
        query = select(VAULT_LINKS).where(links.number.between(number - 1, last)).order_by(links.number)
        found = [Link(**row._mapping) for row in (await connection.execute(query)).all()]
    numbers = range(max(1, number - 1), last + 1)
    if number < 1 or [link.number for link in found] != list(numbers):
        raise NoSuchLink(f"the chain has no link {number}, or not all after it", number=number)
    own = number - numbers[0]
    return Proof(
        previous=BEGINNING.hex() if own == 0 else found[0].hash,
        link=found[own],
        later=tuple(link.manifest_sha256 for link in found[own + 1 :]),
        root=None if over is None else Root(**{name: over._mapping[name] for name in Root.__struct_fields__}),
        stamp=None if over is None else over.stamp,
    )

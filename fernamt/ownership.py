"""One process serves: the state folder is locked, and the database leased, until the end."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from fernamt.background import background
from fernamt.moment import now
from store.lease import Lease, LeaseStore
from telephony.errors import FernamtError

LEASE = "engine"
LEASE_TERM_MS = 15_000
LEASE_RENEW_S = 4.0


class AlreadyServing(FernamtError):
    """Another process serves from this state folder."""

    code = "already_serving"


def lock(path: Path, stack: AsyncExitStack) -> None:
    """The file is locked until the stack unwinds. Raises `AlreadyServing` while another process has it."""
    file = stack.enter_context(path.open("a"))
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyServing(f"another `fernamt serve` has {path.parent}: stop it first") from error


@asynccontextmanager
async def leased(leases: LeaseStore, state: Path) -> AsyncIterator[Lease]:
    """The right to write this database. The holder is the folder, whose lock we have: a crash is followed by a start at once."""
    holder = f"{socket.gethostname()}:{state}"
    lease = await leases.take(LEASE, holder, now=now(), term_ms=LEASE_TERM_MS)
    try:
        async with background(_keep(leases, lease)):
            yield lease
    finally:
        with suppress(OSError, SQLAlchemyError):  # without a database it runs out by itself
            await leases.release(lease)


async def _keep(leases: LeaseStore, lease: Lease) -> None:
    while True:
        await asyncio.sleep(LEASE_RENEW_S)
        with suppress(OSError, SQLAlchemyError):  # away for a while; who else would take the lease is asked by every write
            lease = await leases.renew(lease, now=now(), term_ms=LEASE_TERM_MS)

"""Callers whom a test leads by the hand: real phones with sound that call in by the trunk."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fernamt.demo.house import House
from fernamt.demo.phones import PATIENCE_S, Phone, PhoneAccount
from tests.e2e.service.watching import eventually

CALLER = "+491701234567"


@asynccontextmanager
async def a_caller(
    house: House, number: str, *, as_whom: str = CALLER, tone_hz: int = 1_000, hears: bool = False
) -> AsyncIterator[Phone]:
    """A caller who has just dialled the number; hangs up at the end if nobody did before."""
    account = PhoneAccount(user=as_whom, server=house.sip)
    directory = house.directory / "phones" / f"caller-{secrets.token_hex(4)}"
    phone = await Phone.start(house.baresip, account, directory, tone_hz=tone_hz, keeps_what_it_hears=hears)
    try:
        await phone.dial(number)
        yield phone
    finally:
        await phone.stop()


async def takes_call(phone: Phone, *, within_s: float = PATIENCE_S) -> None:
    """The agent answers what rings next, and is connected."""
    await phone.expect("CALL_INCOMING", within_s=within_s)
    await phone.answer()
    await phone.expect("CALL_ESTABLISHED")


async def until_gone(house: House, leg_id: str) -> None:
    """The switch has no such leg any more, whether or not we know of it."""

    async def look() -> bool | None:
        return leg_id not in await house.node.rx("core show channels concise") or None

    await eventually(look, f"the end of {leg_id}")


async def leaves_a_message(caller: Phone, house: House) -> None:
    """The machine has answered and records; then the caller hangs up."""
    messages = house.settings.service.state_dir / "messages"
    known = set(messages.glob("*/*.wav"))
    await caller.expect("CALL_ESTABLISHED")
    await eventually(lambda: new_recording(messages, known), "a recording")
    await caller.hang_up()


async def new_recording(folder: Path, known: set[Path]) -> bool | None:
    """Whether somebody has been speaking there for a while who had not before; None: not yet."""
    new = await asyncio.to_thread(lambda: [p for p in folder.glob("*/*.wav") if p not in known and p.stat().st_size > 40_000])
    return True if new else None

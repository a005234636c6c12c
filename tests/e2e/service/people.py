"""Callers whom a test leads by the hand: real phones with sound that call in by the trunk."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fernamt.demo.house import House
from fernamt.demo.phones import Phone, PhoneAccount

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


async def takes_call(phone: Phone, *, within_s: float = 20.0) -> None:
    """The agent answers what rings next, and is connected."""
    await phone.expect("CALL_INCOMING", within_s=within_s)
    await phone.answer()
    await phone.expect("CALL_ESTABLISHED")

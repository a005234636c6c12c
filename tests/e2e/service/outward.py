"""Calls that leave the house: a line out, a number of ours to show, and somebody at the other end."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.installation import Database, opened
from routing.outbound.shown import OURS, AssignedTo, ShownRight
from store.rights import RightsStore
from telephony.identifiers import Instant
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.hearing import OUTSIDER

NUMBER = "+4917139200"
NUMBER_AS_WRITTEN = "0171 39200 11"
SHOWN = "+493055500"


def right_to_show(number: str = SHOWN, *, name: str = "ours") -> ShownRight:
    """The whole centre may show this number of ours, for ever."""
    return ShownRight(
        right_id=name,
        number=number,
        owner=OURS,
        document="contract 1",
        assigned_to=AssignedTo.CENTRE,
        assigned_id="",
        valid_from=Instant(0),
    )


@asynccontextmanager
async def outward_house(
    state_dir: Path,
    tones: Mapping[str, int],
    *,
    prepares: Callable[[House, Database], Awaitable[None]] | None = None,
    **options: Any,
) -> AsyncIterator[House]:
    """A house that may show a number of ours, for agents whose phones speak with these tones and keep what they hear.

    `prepares` is done before the service is started.
    """
    async with opened_house(state_dir, len(tones), starts_service=False, **options) as house:
        async with opened(house.settings) as database:
            await RightsStore(database.engine).add(right_to_show())
            if prepares is not None:
                await prepares(house, database)
        await house.start_service()
        for name, tone_hz in tones.items():
            await house.phone(name, tone_hz=tone_hz, keeps_what_it_hears=True)
        yield house


def line_port(house: House) -> int:
    """Where the other end of the line out is to listen."""
    return house.settings.switch[SWITCH].trunk["line"].port


@asynccontextmanager
async def somebody_outside(house: House, number: str) -> AsyncIterator[Phone]:
    """The other end of the line out: rings for that number."""
    port = line_port(house)
    account = PhoneAccount(user=number, server=f"127.0.0.1:{port}")
    directory = house.directory / "phones" / f"outside-{os.urandom(4).hex()}"
    phone = await Phone.start(house.baresip, account, directory, sip_port=port, tone_hz=OUTSIDER, keeps_what_it_hears=True)
    try:
        yield phone
    finally:
        await phone.stop()

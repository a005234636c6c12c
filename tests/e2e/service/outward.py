"""Calls that leave the house: a line out, a number of ours to show, and somebody at the other end."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.installation import Database, opened
from routing.outbound.shown import OURS, AssignedTo, ShownRight
from store.rights import RightsStore
from telephony.causes import EndReason
from telephony.events import CallEnded, LogInRequested, UnexpectedHappened
from telephony.identifiers import CallId, Instant
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import Desk, at_desk, goes_off_duty
from tests.e2e.service.hearing import OUTSIDER
from tests.e2e.service.watching import Watch, watching

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


@dataclass(slots=True)
class AtWork:
    """Anna at her desk, and what the journal tells."""

    house: House
    watch: Watch
    desk: Desk
    anna: Phone

    async def wants(self, number: str, *, status: int = 200, **more: Any) -> CallId:
        """Her wish is taken; the call it makes."""
        body = {"project_id": "music", "number": number, "reference": {"kind": "task", "id": "t1"}, **more}
        answered, said = await self.desk.ask("POST", "/calls", body)
        assert answered == status, said
        return CallId(said.get("call_id", ""))

    async def over(self) -> EndReason:
        """The call is over, nothing impossible happened, and Anna has chosen the code."""
        ended = (await self.watch.until(CallEnded)).event
        assert await self.watch.all(UnexpectedHappened) == []
        return ended.end_reason  # type: ignore[no-any-return]


@asynccontextmanager
async def at_work(house: House) -> AsyncIterator[AtWork]:
    """On duty, and off it afterwards."""
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        desk = await stack.enter_async_context(at_desk(house, "a01"))
        anna = house.phones["a01"]
        anna.forget_events()
        await desk.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested, agent_id="a01")
        yield AtWork(house, watch, desk, anna)
        await goes_off_duty(desk, "a01")

"""An eye on the programs of the demo: one that ends is told and started again, so that a person may kill them and watch."""

import asyncio

from fernamt.demo.house import House
from fernamt.node.unpack import Progress


async def keep_going(house: House, tell: Progress) -> None:
    """Runs until cancelled. Raises `NodeError` when a program cannot be started again."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_switch(house, tell))
        group.create_task(_keep_service(house, tell))
        group.create_task(_keep_watchdog(house, tell))


async def _keep_switch(house: House, tell: Progress) -> None:
    while True:
        code = await house.node.wait()
        tell(f"Asterisk has ended ({code}): it is started again, phones come back within a minute")
        await house.restart_switch()


async def _keep_service(house: House, tell: Progress) -> None:
    while house.service is not None:
        code = await house.service.wait()
        tell(f"the service has ended ({code}): calls stay up in Asterisk, it is started again")
        await house.start_service()
        tell("the service is back")


async def _keep_watchdog(house: House, tell: Progress) -> None:
    while house.watchdog is not None:
        code = await house.watchdog.wait()
        tell(f"the watchdog has ended ({code}): it is started again")
        await house.start_watchdog()
        await asyncio.sleep(1)

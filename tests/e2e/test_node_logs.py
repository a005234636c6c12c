"""A real node's log, begun anew while it runs."""

import asyncio
from collections.abc import Callable

from fernamt.demo.phones import PATIENCE_S
from fernamt.node.logs import RotateLogs, rotated
from fernamt.node.process import AsteriskNode


async def test_a_node_begins_its_log_anew_when_the_worker_asks_and_writes_on(node: AsteriskNode) -> None:
    said = node.log_file.read_text("utf-8")
    assert said
    await RotateLogs([node.settings], largest_bytes=1).run_once(lambda: False)
    ((_, old),) = rotated(node.settings)
    assert old.read_text("utf-8") == said
    await until(node.log_file.exists)
    await node.rx("channel originate Local/nobody@nowhere application NoSuchApplication")
    await until(lambda: bool(node.log_file.read_text("utf-8")))
    assert old.read_text("utf-8") == said


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - another program's file
            await asyncio.sleep(0.05)

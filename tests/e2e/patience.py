"""How long a test waits for what is to happen: long, for a machine that does other things. Nothing here measures speed."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fernamt.demo.phones import PATIENCE_S

T = TypeVar("T")


async def soon(what: Awaitable[T]) -> T:
    """What is awaited. Raises TimeoutError when it does not come."""
    return await asyncio.wait_for(what, PATIENCE_S)

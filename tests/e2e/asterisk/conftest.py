"""A node of its own for every test here: they cut it, kill it, or leave it without a controller."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.contract.switch.asterisk_world import AsteriskWorld, asterisk_world


@pytest_asyncio.fixture(loop_scope="module")
async def world(tmp_path: Path) -> AsyncIterator[AsteriskWorld]:
    """A running node, the adapter connected to it, people around it."""
    async with asterisk_world(tmp_path) as running:
        yield running

"""The edge, running."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.web.edge import World, a_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as running:
        yield running

"""The worlds the suite runs in: one for each kind of switch. Add a world here and every test runs in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.contract.switch.asterisk_world import asterisk_world
from tests.contract.switch.simulated_world import simulated_world
from tests.contract.switch.world import Play, World

WORLDS = {"asterisk": asterisk_world, "simulated": simulated_world}
"""Name of the switch and its world: an async context manager that takes a directory of its own."""

NEEDS_A_REAL_SWITCH = {"asterisk": pytest.mark.e2e}


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[pytest.param(name, marks=NEEDS_A_REAL_SWITCH.get(name, ())) for name in WORLDS],
)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running switch with people around it, shared by the tests of one file."""
    async with WORLDS[request.param](tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def play(world: World) -> Play:
    """A call of its own in that world."""
    return Play(world)

"""Whole installations for the tests here: a real Asterisk, the service as a program of its own, real phones and callers."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fernamt.demo.house import House
from tests.e2e.service.centres import a_centre

OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(state_dir: Path) -> OpenHouse:
    """`async with open_house(agents=3) as house`: the service is ready, and every agent's phone registered and on duty."""

    @asynccontextmanager
    async def opened(agents: int, *, changes: dict[str, dict[str, Any]] | None = None, **centre: int) -> AsyncIterator[House]:
        directory = state_dir / "houses" / secrets.token_hex(4)
        names = a_centre(directory / "centre.toml", agents, **centre)
        async with House.open(directory, directory / "centre.toml", programs=state_dir, changes=changes) as house:
            await house.start_service()
            for place, name in enumerate(names):
                await house.phone(name, tone_hz=400 + 20 * place)
                await house.log_in(name)
            yield house
        if "FERNAMT_KEEP" not in os.environ:
            shutil.rmtree(directory)

    return opened

"""Whole installations for the tests here: a real Asterisk, the service as a program of its own, real phones and callers."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fernamt.demo.house import SWITCH, House
from tests.e2e.service.centres import a_centre

OpenHouse = Callable[..., AbstractAsyncContextManager[House]]
PATIENT: dict[str, dict[str, Any]] = {
    f"switch.{SWITCH}": {"beat_limit_s": 60, "waiting_limit_s": 60},
    "agents": {"qualify_timeout_s": 9.0},
    "presence": {"line_gate": False},
}
"""A busy machine's signs of life may be late and its voice uneven, and nobody is to be given up on or kept from calls for it: a
test of these limits sets its own."""


@asynccontextmanager
async def opened_house(
    state_dir: Path,
    agents: int,
    *,
    changes: dict[str, dict[str, Any]] | None = None,
    node_changes: dict[str, Any] | None = None,
    starts_service: bool = True,
    **centre: Any,
) -> AsyncIterator[House]:
    """A house with a centre of that many agents and the service ready; no phone is up yet."""
    directory = state_dir / "houses" / secrets.token_hex(4)
    a_centre(directory / "centre.toml", agents, **centre)
    own = changes or {}
    changes = own | {section: keys | own.get(section, {}) for section, keys in PATIENT.items()}
    async with House.open(
        directory, directory / "centre.toml", programs=state_dir, changes=changes, node_changes=node_changes
    ) as house:
        if starts_service:
            await house.start_service()
        yield house
    if "KEEP_HOUSES" not in os.environ:
        shutil.rmtree(directory)


@asynccontextmanager
async def _with_phones(state_dir: Path, agents: int, **options: Any) -> AsyncIterator[House]:
    async with opened_house(state_dir, agents, **options) as house:
        for place, name in enumerate(sorted(house.accounts)):
            await house.phone(name, tone_hz=400 + 20 * place)
            await house.log_in(name)
        yield house


@pytest.fixture
def open_house(state_dir: Path) -> OpenHouse:
    """`async with open_house(agents=3) as house`: the service is ready, and every agent's phone registered and on duty."""

    def opened(agents: int, **options: Any) -> AbstractAsyncContextManager[House]:
        return _with_phones(state_dir, agents, **options)

    return opened

"""The edge, running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.web.edge import World, a_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(messages_folder=tmp_path, leads_folder=tmp_path / "leads") as running:
        yield running

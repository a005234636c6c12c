"""A real Chromium before the web edge with a live feed, whose floor a test plays."""

import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.browsing import CHROMIUM, a_browser, build
from tests.live_world import LiveWorld, a_live_world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs a browser, and runs in its loop."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """The pages are those of the sources."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    build()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests here, since its start takes longer than most of them: what pages keep is kept by their contexts."""
    async with a_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveWorld]:
    """A floor that a test file's HISTORY_S has gone by on; sounds of messages lie in the test's folder."""
    async with a_live_world(history_s=getattr(request.module, "HISTORY_S", 300), messages_folder=tmp_path) as running:
        running.engine_lives()
        yield running

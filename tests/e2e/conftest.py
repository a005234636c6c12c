"""A real Asterisk and real phones for the tests in this folder.

The programs are unpacked once into `TESTS_STATE` (default: `.state/` in the checkout) and kept between runs.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.node.local import local_settings
from fernamt.node.packages import find_baresip
from fernamt.node.process import AsteriskNode
from fernamt.node.program import Program
from fernamt.node.settings import NodeSettings

StartPhone = Callable[..., Awaitable[Phone]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs a real Asterisk. Those that last for minutes begin first: no lane waits for them in the end."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def state_dir() -> Path:
    """Where unpacked programs and the tests' nodes lie."""
    checkout = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("TESTS_STATE", checkout / ".state")).absolute()


@pytest.fixture
def settings(state_dir: Path) -> Iterator[NodeSettings]:
    """Settings of a node of the test's own, on free ports; its folder is gone after the test."""
    own = local_settings(state_dir, f"test-{secrets.token_hex(4)}")
    yield own
    forget(own)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(state_dir: Path) -> AsyncIterator[AsteriskNode]:
    """One running Asterisk with no controller, shared by all tests that leave it as they found it."""
    shared = local_settings(state_dir, f"test-{os.getpid()}")
    async with AsteriskNode.running(shared) as running:
        yield running
    forget(shared)


@pytest_asyncio.fixture
async def own_node(settings: NodeSettings) -> AsyncIterator[AsteriskNode]:
    """A running Asterisk for one test alone, which may do to it what it likes."""
    async with AsteriskNode.running(settings) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def baresip(state_dir: Path) -> Program:
    """A baresip, installed or unpacked."""
    return await find_baresip(state_dir)


@pytest_asyncio.fixture
async def start_phone(baresip: Program, tmp_path: Path) -> AsyncIterator[StartPhone]:
    """`await start_phone(account, …)` gives a running phone, which is stopped after the test."""
    async with AsyncExitStack() as phones:

        async def start(account: PhoneAccount, **options: object) -> Phone:
            directory = tmp_path / f"phone-{account.user}-{secrets.token_hex(2)}"
            phone = await Phone.start(baresip, account, directory, **options)  # type: ignore[arg-type]
            phones.push_async_callback(phone.stop)
            return phone

        yield start


def forget(settings: NodeSettings) -> None:
    """The folder of a test's node is gone, unless KEEP_NODES asks for a look at its logs."""
    if "KEEP_NODES" not in os.environ:
        shutil.rmtree(settings.directory, ignore_errors=True)

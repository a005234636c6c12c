"""What commands have in common: the settings the person chose, and asynchronous work with the database open."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from config.load import Loaded, load
from config.settings import Settings
from fernamt.cli.choice import CHOSEN, Chosen

T = TypeVar("T")


def loaded() -> Loaded:
    """The settings and where they came from. Raises `FaultsFound`."""
    chosen = CHOSEN.get(Chosen())
    return load(chosen.files, chosen.secrets)


def settings() -> Settings:
    """The settings. Raises `FaultsFound`."""
    return loaded().settings


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the work yields."""
    return asyncio.run(work)

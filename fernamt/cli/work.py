"""What commands have in common: the settings the person chose, and asynchronous work with the database open."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from config.load import Loaded, load
from config.settings import Settings
from fernamt.cli.choice import CHOSEN, Chosen
from fernamt.cli.exits import CliError, Exit

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


def one_switch(chosen: Settings, name: str | None) -> str:
    """The named switch of the settings, or the only one. Raises `CliError`."""
    names = list(chosen.switch)
    if name is None and len(names) == 1:
        return names[0]
    if name is None:
        raise CliError("which switch was not said", way_out=f"name one of {', '.join(names)}", code=Exit.USAGE)
    if name not in names:
        raise CliError(f"there is no switch {name!r}", way_out=f"name one of {', '.join(names)}", code=Exit.NOT_FOUND)
    return name

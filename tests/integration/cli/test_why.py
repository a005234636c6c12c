"""`fernamt agents why` tells what the running service tells, in either language."""

from typing import Any

import pytest

from fernamt.cli.exits import CliError
from fernamt.cli.options import Spoken
from fernamt.cli.why import _told, lines
from tests.integration.web.edge import World, a_world
from tests.integration.web.test_why import ANNA, BEN, be_free, populate


async def test_the_command_tells_the_place_among_the_free_and_the_last_decisions() -> None:
    async with a_world() as world:
        populate(world)
        be_free(world, BEN, ANNA)
        told = await _why(world, "anna", Spoken.EN)
        text = "\n".join(line.plain for line in lines(told))
        assert "anna: available" in text
        assert "acme-service: Anna stands at place 2 of 2: the pass 1.500 is 0.500 above the smallest" in text
        assert "bolt-service: Anna is not certified for project bolt-service" in text
        assert "other-call: Ben came before Anna: pass 2.000 against 2.500" in text
        german = await _why(world, "anna", Spoken.DE)
        assert german["reasons"][0]["sentence"] == "Anna ist frei."


async def test_an_agent_who_does_not_exist_is_named() -> None:
    async with a_world() as world:
        with pytest.raises(CliError, match="nobody"):
            await _why(world, "nobody", Spoken.EN)


async def _why(world: World, agent: str, language: Spoken) -> dict[str, Any]:
    return await _told(agent, 5, language, world.url, world.token("sven"))

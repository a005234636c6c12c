"""Who reads /metrics: peers that may and ask for themselves, and administrators; never who only seems to be this machine."""

from ipaddress import ip_network

import pytest

from tests.integration.web.edge import World, a_world
from web.credentials import MARKS_OF_A_PROXY

HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


async def status_of(world: World, *, by: str | None = None, **headers: str) -> int:
    return (await world.ask("GET", "/metrics", headers=headers, by=by))[0]


async def test_figures_are_for_this_machine_and_for_administrators() -> None:
    async with a_world(metrics_networks=HERE) as world:
        status, text = await world.ask("GET", "/metrics")
        assert status == 200
        assert b"fernamt_calls_total 1.0" in text
        away = {"X-Forwarded-For": "192.0.2.7"}
        assert await status_of(world, **away) == 401
        assert await status_of(world, by="kurt", **away) == 403
        assert await status_of(world, by="root", **away) == 200


@pytest.mark.parametrize("mark", MARKS_OF_A_PROXY)
async def test_whoever_asks_through_a_proxy_on_this_machine_is_not_this_machine(mark: str) -> None:
    async with a_world(metrics_networks=HERE) as world:
        for value in ("192.0.2.7", "127.0.0.1", ""):
            assert await status_of(world, **{mark: value}) == 401
        assert await status_of(world, **{mark.lower(): "127.0.0.1"}) == 401


async def test_where_a_proxy_stands_before_us_nobody_gets_them_without_a_token() -> None:
    """A proxy may add no header at all, as nginx does by itself: the settings say that it is there."""
    async with a_world(metrics_networks=()) as world:
        assert await status_of(world) == 401
        assert await status_of(world, by="root") == 200


async def test_only_named_networks_are_near() -> None:
    async with a_world(metrics_networks=(ip_network("192.0.2.0/24"),)) as world:
        assert await status_of(world) == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 200), ("localhost:8080", 200), ("[::1]:8080", 200), ("evil.example", 401), ("127.0.0.1.evil.example", 401)],
)
async def test_a_foreign_name_that_points_here_gets_nothing(host: str, status: int) -> None:
    async with a_world(metrics_networks=HERE) as world:
        assert await status_of(world, Host=host) == status

"""The content policy lets browser phones reach the switch's socket, and nothing else of the switch."""

from typing import Any

import pytest

from config.settings import Settings
from fernamt import parts
from web.middlewares import content_policy

TLS = {"certificate": "c.pem", "private_key": "k.pem"}
OUTSIDE = {"listen_address": "192.0.2.7", "https_port": 8089, **TLS}


def sources(service: dict[str, Any], switch: dict[str, Any]) -> tuple[str, ...]:
    settings = Settings.model_validate({"service": service, "switch": {"node1": switch}})
    return parts.web_settings(settings).connect_sources


@pytest.mark.parametrize(
    ("service", "switch", "expected"),
    [
        ({}, {}, {"ws://127.0.0.1:8088/ws", "ws://localhost:8088/ws"}),
        ({"listen": "::1"}, {"http_port": 9088}, {"ws://127.0.0.1:9088/ws", "ws://localhost:9088/ws"}),
        ({"public_url": "https://centre.example"}, {}, set()),
        ({"public_url": "https://centre.example"}, OUTSIDE, {"wss://centre.example:8089/ws", "wss://192.0.2.7:8089/ws"}),
        ({"public_url": "https://centre.example"}, {**OUTSIDE, "listen_address": "0.0.0.0"}, {"wss://centre.example:8089/ws"}),
        (
            {"public_url": "https://centre.example"},
            {**OUTSIDE, "listen_address": "2001:db8::7"},
            {"wss://centre.example:8089/ws"},
        ),
    ],
)
def test_pages_may_reach_the_sockets_people_can_reach(
    service: dict[str, Any], switch: dict[str, Any], expected: set[str]
) -> None:
    assert set(sources(service, switch)) == expected


def test_every_source_ends_at_the_socket_so_that_no_page_reaches_ari() -> None:
    for source in (*sources({}, {}), *sources({}, OUTSIDE)):
        assert source.endswith("/ws"), source
        assert "*" not in source


def test_the_policy_that_is_sent_names_them() -> None:
    policy = content_policy(parts.web_settings(Settings()))
    assert "connect-src 'self' ws://127.0.0.1:8088/ws ws://localhost:8088/ws;" in policy

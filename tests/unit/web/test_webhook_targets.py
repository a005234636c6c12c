"""Webhooks reach the public internet and nothing inside."""

import socket
from ipaddress import ip_address, ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.helpers import is_ip_address
from hypothesis import given
from hypothesis import strategies as st

from web.webhook_targets import GuardedResolver, TargetRefused, check_url, may_reach

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_inner_address_in_any_disguise_is_reached(address: str) -> None:
    assert not may_reach(ip_address(address), ())
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(TargetRefused):
        check_url(f"https://{host}/hook", ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_reached(address: str) -> None:
    assert may_reach(ip_address(address), ())


def test_an_allowed_network_is_reached_and_its_neighbour_is_not() -> None:
    allowed = (ip_network("10.1.0.0/16"),)
    assert may_reach(ip_address("10.1.2.3"), allowed)
    assert not may_reach(ip_address("10.2.2.3"), allowed)
    check_url("http://10.1.2.3:8080/hook", allowed)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "ftp://hooks.example/x",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://user:pass@hooks.example/",
        "https://hooks.example/#x",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "gopher://127.0.0.1:25/",
        "https://127.1/",
        "https://2130706433/",
        "https://0/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://hooks.127.1/",
        "https://127。0。0。1/",
        "https://①②⑦.0.0.1/",
        "https://%31%32%37.0.0.1/",
        "https://127.0.0.1%00.hooks.example/",
        "https://127.0.0.1\\.hooks.example/",
        "https://hooks..example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}example/",
    ],
)
def test_addresses_that_cannot_be_delivered_to_safely_are_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        check_url(url, ())


@pytest.mark.parametrize("host", ["hooks.example", "1and1.example", "xn--mnchen-3ya.de", "a_b.example", "3com", "0xf00d.example"])
def test_a_name_as_dns_has_it_may_be_subscribed(host: str) -> None:
    check_url(f"https://{host}:8443/hook?x=1", ())


@given(st.text(alphabet="0123456789abcdefx.", min_size=1, max_size=20))
def test_what_the_client_would_connect_to_without_a_look_up_is_a_public_address(host: str) -> None:
    try:
        check_url(f"https://{host}/", ())
    except TargetRefused:
        return
    if is_ip_address(host):  # aiohttp's own test: such a host never reaches the resolver
        assert may_reach(ip_address(host), ())


class Names(AbstractResolver):
    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0) for address in self.addresses
        ]

    async def close(self) -> None:
        pass


async def test_a_name_that_leads_inside_is_refused_even_where_it_leads_outside_too() -> None:
    for addresses in (("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:192.168.0.1",)):
        with pytest.raises(TargetRefused):
            await GuardedResolver(Names(*addresses), ()).resolve("hooks.example", 443)


async def test_a_name_that_leads_outside_is_resolved() -> None:
    assert len(await GuardedResolver(Names("8.8.8.8", "1.1.1.1"), ()).resolve("hooks.example", 443)) == 2

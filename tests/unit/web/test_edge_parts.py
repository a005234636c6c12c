"""Small parts of the edge: language, masking, addresses, reach."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from telephony.identifiers import AgentId, ClientId, Instant, UserId
from web.credentials import address_of, is_near
from web.language import Language, language_of
from web.logs import mask_event, masked
from web.middlewares import content_policy
from web.permissions import PERMISSIONS, Action, Resource, Role, Scope
from web.reach import Reach
from web.schemas.types import instant, when
from web.settings import WebSettings


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.EN),
        ("de", Language.DE),
        ("de-AT,de;q=0.9", Language.DE),
        ("en-GB,de;q=0.5", Language.EN),
        ("fr, de;q=0.7, en;q=0.3", Language.DE),
        ("de;q=0", Language.EN),
        ("*;q=1", Language.EN),
        ("de;q=²", Language.EN),
    ],
)
def test_the_better_wanted_language_is_spoken(header: str, language: Language) -> None:
    assert language_of(header) is language


@given(st.text())
def test_any_header_has_a_language(header: str) -> None:
    assert language_of(header) in Language


@pytest.mark.parametrize("number", ["+4917712345678", "0177 1234567", "004930/123456", "+49 (30) 123-456"])
def test_a_number_in_a_log_line_is_masked(number: str) -> None:
    assert number not in masked(f"caller {number} rang")


def test_ids_and_short_numbers_are_not_masked() -> None:
    for text in ("01a2b3c4-0000-7000-8000-000000000001", "status 200", "10.0.0.1", "/api/v1/agents"):
        assert masked(text) == text


def test_what_is_named_like_a_secret_is_never_logged() -> None:
    assert mask_event(None, "info", {"event": "x", "Password": "hunter2"})["Password"] == "…"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ((), "192.0.2.9", "127.0.0.1"),
        (("127.0.0.0/8",), "192.0.2.9", "192.0.2.9"),
        (("127.0.0.0/8",), "6.6.6.6, 192.0.2.9", "192.0.2.9"),
        (("127.0.0.0/8", "10.0.0.0/8"), "6.6.6.6, 192.0.2.9, 10.0.0.1", "192.0.2.9"),
        (("127.0.0.0/8",), "nonsense", "127.0.0.1"),
        (("127.0.0.0/8",), "2001:db8::1", "2001:db8::/64"),
        (("127.0.0.0/8",), "[2001:db8::1]:4711", "2001:db8::/64"),
        (("127.0.0.0/8",), "[2001:db8::1]", "2001:db8::/64"),
        (("127.0.0.0/8",), "192.0.2.9:4711", "192.0.2.9"),
        (("127.0.0.0/8",), "::ffff:192.0.2.9", "192.0.2.9"),
        (("127.0.0.0/8", "2001:db8:1::/48"), "192.0.2.9, 2001:db8:1::5", "192.0.2.9"),
        (("127.0.0.0/8",), "fe80::1%eth0", "fe80::/64"),
    ],
)
def test_only_a_trusted_proxy_says_whom_it_speaks_for(proxies: tuple[str, ...], forwarded: str, address: str) -> None:
    settings = WebSettings(origins=frozenset(), is_tls=False, trusted_proxies=tuple(ip_network(p) for p in proxies))
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded})
    request = request.clone(remote="127.0.0.1")
    assert address_of(request, settings) == address


@pytest.mark.parametrize("remote", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_proxy_is_trusted_by_its_ipv4_address_on_a_socket_of_both_families_too(remote: str) -> None:
    near = tuple(map(ip_network, ("192.0.2.0/24", "2001:db8::/32")))
    trusted = (ip_network("127.0.0.0/8"),)
    settings = WebSettings(origins=frozenset(), is_tls=False, trusted_proxies=trusted, listening_networks=near)
    for forwarded, is_it in (("192.0.2.9", True), ("2001:db8::9", True), ("2001:db9::9", False), (None, False)):
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)
        assert is_near(request, settings) is is_it


def test_the_content_policy_allows_what_is_configured_and_nothing_unsafe() -> None:
    settings = WebSettings(origins=frozenset(), is_tls=True, connect_sources=("wss://phone.example",))
    assert "connect-src 'self' wss://phone.example;" in content_policy(settings)
    assert "unsafe" not in content_policy(settings)


def test_a_client_hears_no_voice_sees_no_journal_and_changes_nothing() -> None:
    mine = {permission: reach[Role.CLIENT] for permission, reach in PERMISSIONS.items() if Role.CLIENT in reach}
    assert all(scope in (Scope.CLIENT, Scope.SELF) for scope in mine.values())
    assert {action for _, action in mine} == {Action.READ, Action.WRITE, Action.REVEAL}
    revealed = [resource for resource, action in mine if action is Action.REVEAL]
    assert revealed == [Resource.LEAD_LIST, Resource.ORDER]  # whom they gave us, and who ordered from them
    assert [resource for resource, action in mine if action is Action.WRITE] == [Resource.TOKEN]
    assert not {Resource.MESSAGE, Resource.JOURNAL, Resource.PARTY, Resource.CALL, Resource.AGENT} & {r for r, _ in mine}


@pytest.mark.parametrize("scope", [Scope.SELF, Scope.TEAM, Scope.CLIENT])
def test_a_narrow_reach_without_its_anchor_reaches_nothing(scope: Scope) -> None:
    reach = Reach(scope=scope, user_id=UserId("u"))
    assert not reach.has_agent(AgentId("anna"))
    assert not reach.has_client(ClientId("acme"))
    assert not reach.has_call(ClientId("acme"), [AgentId("anna")])
    assert not reach.has_call(None, [])


@given(st.integers(min_value=0, max_value=7 * 10**15))
def test_an_instant_survives_its_way_through_the_api(at: int) -> None:
    assert instant(when(Instant(at))) == at

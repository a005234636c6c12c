"""Recordings over the wire, on the real store and a real vault: two persons, one listener, no byte that is not on record; and
everybody who tries it another way."""

import io
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.vault_jobs import Sealer, SealSegments
from fernamt.vault_sound import VaultSound
from recording.access import ASKED_LASTS, LISTENING_LASTS, SITTING_LASTS
from recording.retention import RecordingClass
from recording.vault.manifest import Mark, Stretch
from recording.vault.sealing import Vault
from recording.vault.verify import Verified, verify
from store.audit import AuditStore
from store.engine import make_engine
from store.recording_access import AccessStore
from store.sessions import SessionStore, TokenStore
from store.tables.schema import METADATA
from store.users import UserStore
from store.vault import VaultStore
from store.vault_intake import VaultIntake
from telephony.identifiers import Instant
from tests.integration.web.edge import Browser, World, a_world
from tests.recorded import FOREVER, SIGNER, a_segment, a_vault, record, samples
from web.accounts import ApiToken
from web.api.table import ROUTES
from web.passwords import TOKEN_PREFIX, new_secret, secret_hash
from web.permissions import PERMISSIONS
from web.routes import Needs

SEGMENT = "0192-segment.1"
LISTEN = {"wanted": "listen", "reason": "complaint 7"}
REASON = {"reason": "heard of it"}
SECONDS = 12
ALL = f"bytes=0-{10**9}"
NOT_HERE = "not_found"


@dataclass
class House:
    """The edge on a file, with one sealed segment of twelve seconds."""

    world: World
    engine: AsyncEngine
    vault: Vault
    entered: dict[str, Browser] = field(default_factory=dict)

    async def who(self, login: str) -> Browser:
        if login not in self.entered:
            self.entered[login] = self.world.browser()
            assert (await self.entered[login].log_in(login))[0] == 200
        return self.entered[login]

    async def ask(self, login: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return await (await self.who(login)).ask(method, f"/api/v1{path}", json=body, headers=headers)

    async def asked(self, login: str = "sven", wanted: str = "listen") -> str:
        body = {**LISTEN, "wanted": wanted}
        status, request = await self.ask(login, "POST", f"/recordings/{SEGMENT}/requests", body)
        assert status == 200, request
        return str(request["request_id"])

    async def granted(self, wanted: str = "listen") -> str:
        request = await self.asked(wanted=wanted)
        status, approved = await self.ask("root", "POST", f"/recording-requests/{request}/approve", REASON)
        assert (status, approved["state"]) == (200, "approved")
        return request

    async def sitting(self) -> str:
        status, sitting = await self.ask("sven", "POST", f"/listening/{await self.granted()}/sittings")
        assert status == 200, sitting
        return str(sitting["sitting_id"])

    async def token(self, login: str) -> str:
        user = await self.world.users.find(login)
        secret = TOKEN_PREFIX + new_secret()
        token = ApiToken(
            token_id=secret[-20:].replace("_", "a").replace("-", "a"),
            secret_hash=secret_hash(secret),
            user_id=user.user_id,
            name="test",
            role=user.role,
            created_at=self.world.clock.at,
            expires_at=Instant(self.world.clock.at + 3_600_000_000),
        )
        await self.world.tokens.add(token)
        return secret

    async def heard(self) -> list[tuple[str, int, int]]:
        _, found = await self.ask("root", "GET", f"/recordings/{SEGMENT}/accesses")
        return [(each["what"], each["from_ms"], each["to_ms"]) for each in reversed(found["items"])]


@pytest.fixture
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    engine = make_engine(f"sqlite:///{tmp_path}/fernamt.db")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    vault, book = a_vault(tmp_path), VaultStore(engine)
    count = 8_000 * SECONDS + 320
    record(vault.spool, SEGMENT, samples("rx", count), samples("tx", count))
    marks = (Mark(what="consent", offset_ms=1_200), Mark(what="identity", offset_ms=3_000))
    segment = a_segment(SEGMENT, marks=marks, masks=(Stretch(from_ms=5_000, to_ms=6_000, why="card_data"),), missing_ms=300)
    await book.hand_in(segment, RecordingClass.ORDER_SEGMENT, FOREVER)
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)
    stored = {
        "users": UserStore(engine),
        "sessions": SessionStore(engine),
        "tokens": TokenStore(engine),
        "audit": AuditStore(engine),
        "sealed_segments": VaultIntake(engine),
        "recording_access": AccessStore(engine),
        "recording_sound": VaultSound(engine, lambda: vault, lambda: SIGNER),
    }
    async with a_world(stored=stored, **getattr(request, "param", {})) as world:
        yield House(world, engine, vault)
    vault.keys.close()
    await engine.dispose()


async def test_one_asks_another_approves_and_the_asker_hears_it_by_stretches(house: House) -> None:
    request = await house.asked()
    _, waiting = await house.ask("root", "GET", "/recording-requests")
    (shown,) = waiting["items"]
    assert (shown["state"], shown["reason"], shown["asked_by"], shown["is_mine"]) == ("asked", "complaint 7", "Sven", False)
    assert (await house.ask("sven", "GET", "/listening"))[1] == {"items": []}
    status, approved = await house.ask("root", "POST", f"/recording-requests/{request}/approve", REASON)
    assert (status, approved["decided_by"], approved["decided_reason"]) == (200, "Root", "heard of it")
    _, own = await house.ask("sven", "GET", "/listening")
    (grant,) = own["items"]
    assert (grant["segment_id"], grant["ground"]) == (SEGMENT, "escalation")
    status, sitting = await house.ask("sven", "POST", f"/listening/{grant['grant_id']}/sittings")
    assert (sitting["listener"], sitting["duration_ms"], sitting["size"]) == ("sven", 12_000, 44 + 4 * 8_000 * SECONDS)
    assert sitting["marks"] == [{"what": "consent", "offset_ms": 1_200}, {"what": "identity", "offset_ms": 3_000}]
    assert sitting["masks"] == [{"from_ms": 5_000, "to_ms": 6_000, "why": "card_data"}]
    _, peaks = await house.ask("sven", "GET", f"/sittings/{sitting['sitting_id']}/peaks?count=24")
    assert (len(peaks["outside"]), len(peaks["inside"]), min(peaks["inside"])) == (24, 24, 100)
    whole = b""
    while len(whole) < sitting["size"]:
        status, piece = await house.ask("sven", "GET", f"/sittings/{sitting['sitting_id']}/sound", Range=f"bytes={len(whole)}-")
        assert status == 206
        whole += piece
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 8_000 * SECONDS)
    assert await house.heard() == [("picture", 0, 12_000), ("sound", 0, 9_999), ("sound", 9_998, 12_000)]


async def test_an_answer_says_what_it_holds_and_is_kept_by_nobody(house: House) -> None:
    sitting, sven = await house.sitting(), await house.who("sven")
    url = f"{house.world.url}/api/v1/sittings/{sitting}/sound"
    cookie = "; ".join(f"{name}={value}" for name, value in sven.cookies.items())
    async with house.world.client.get(url, headers={"Cookie": cookie, "Range": "bytes=44-16043"}) as response:
        assert (response.status, response.content_type, response.content_length) == (206, "audio/wav", 16_000)
        assert response.headers["Content-Range"] == f"bytes 44-16043/{44 + 4 * 8_000 * SECONDS}"
        assert "no-store" in response.headers["Cache-Control"]
        assert not {"ETag", "Last-Modified", "Expires"} & set(response.headers)
    assert await house.heard() == [("sound", 0, 500)]


@pytest.mark.parametrize(
    "asked", ["", "bytes=-5", "bytes=5-1", "bytes=0-1,3-4", "bytes=999999999-", "items=0-1", "bytes=a-b", "bytes=0-1\t,2-3"]
)
async def test_a_range_that_names_no_stretch_is_refused_and_nothing_is_on_record(house: House, asked: str) -> None:
    sitting = await house.sitting()
    headers = {"Range": asked} if asked else {}
    status, problem = await house.ask("sven", "GET", f"/sittings/{sitting}/sound", **headers)
    assert (status, problem["code"]) == (416, "range_needed")
    assert await house.heard() == []


async def test_nobody_decides_on_their_own_request(house: House) -> None:
    request = await house.asked()
    for what in ("approve", "refuse"):
        status, problem = await house.ask("sven", "POST", f"/recording-requests/{request}/{what}", REASON)
        assert (status, problem["code"], problem["facts"]) == (403, "access_refused", {"why": "same_person"})
    assert (await house.ask("sven", "POST", f"/listening/{request}/sittings"))[0] == 404


async def test_a_request_lapses_and_an_approval_ends(house: House) -> None:
    request = await house.asked()
    house.world.clock.pass_s(ASKED_LASTS / 1_000_000)
    house.entered.clear()
    status, problem = await house.ask("root", "POST", f"/recording-requests/{request}/approve", REASON)
    assert (status, problem["facts"]) == (403, {"why": "not_open"})
    grant = await house.granted()
    house.world.clock.pass_s(LISTENING_LASTS / 1_000_000)
    house.entered.clear()
    status, problem = await house.ask("sven", "POST", f"/listening/{grant}/sittings")
    assert (status, problem["facts"]) == (403, {"why": "over"})


ATTACKERS = ("anna", "ben", "lena", "rita", "root", "kurt", "acme", "bolt")
"""Everybody but the listener: agents, who leads a team, who reviews, who approved it, the office, clients of this and another."""


@pytest.mark.parametrize("login", ATTACKERS)
async def test_nobody_else_gets_a_byte_of_somebodys_sitting_or_grant(house: House, login: str) -> None:
    sitting = await house.sitting()
    (grant,) = (await house.ask("sven", "GET", "/listening"))[1]["items"]
    tries = [
        await house.ask(login, "GET", f"/sittings/{sitting}/sound", Range=ALL),
        await house.ask(login, "GET", f"/sittings/{sitting}/peaks"),
        await house.ask(login, "DELETE", f"/sittings/{sitting}"),
        await house.ask(login, "POST", f"/listening/{grant['grant_id']}/sittings"),
        await house.ask(login, "GET", f"/recording-requests/{grant['grant_id']}/package"),
    ]
    for status, problem in tries:
        assert (status, problem["code"]) in ((404, NOT_HERE), (403, "not_allowed"), (403, "access_refused")), problem
    assert (await house.ask(login, "GET", "/listening"))[1].get("items", []) == []
    assert await house.heard() == []
    assert (await house.ask("sven", "GET", f"/sittings/{sitting}/sound", Range=ALL))[0] == 206


@pytest.mark.parametrize("login", ["acme", "bolt", "anna", "lena", "rita", "kurt"])
async def test_who_does_not_lead_the_centre_sees_no_list_and_asks_for_nothing(house: House, login: str) -> None:
    request = await house.asked()
    for method, path, body in (
        ("GET", "/recordings", None),
        ("GET", f"/recordings/{SEGMENT}", None),
        ("GET", f"/recordings/{SEGMENT}/accesses", None),
        ("GET", "/recording-requests", None),
        ("POST", f"/recordings/{SEGMENT}/requests", LISTEN),
        ("POST", f"/recording-requests/{request}/approve", REASON),
        ("POST", f"/recording-requests/{request}/refuse", REASON),
        ("POST", f"/recording-requests/{request}/end", None),
    ):
        status, problem = await house.ask(login, method, path, body)
        assert (status, problem["code"]) == (403, "not_allowed"), path


async def test_a_token_hears_nothing_and_decides_nothing(house: House) -> None:
    request = await house.asked()
    sitting = await house.sitting()
    for by, method, path, body in (
        ("root", "POST", f"/recording-requests/{request}/approve", REASON),
        ("sven", "POST", f"/recordings/{SEGMENT}/requests", LISTEN),
        ("sven", "GET", f"/sittings/{sitting}/sound", None),
        ("sven", "GET", f"/sittings/{sitting}/peaks", None),
        ("sven", "GET", f"/recording-requests/{request}/package", None),
    ):
        headers = {"Range": ALL, "Authorization": f"Bearer {await house.token(by)}"}
        status, problem = await house.world.ask(method, f"/api/v1{path}", json=body, headers=headers)
        assert (status, problem["code"]) == (403, "session_needed"), path


async def test_an_address_that_was_copied_is_worth_nothing_in_another_log_in_of_the_same_person(house: House) -> None:
    sitting = await house.sitting()
    again = house.world.browser()
    await again.log_in("sven")
    status, problem = await again.ask("GET", f"/api/v1/sittings/{sitting}/sound", headers={"Range": ALL})
    assert (status, problem["code"]) == (404, NOT_HERE)
    assert await house.heard() == []


async def test_a_replayed_address_is_dead_when_the_sitting_is_over_closed_or_taken_back(house: House) -> None:
    sitting = await house.sitting()
    sound = f"/sittings/{sitting}/sound"
    assert (await house.ask("sven", "GET", sound, Range="bytes=0-99"))[0] == 206
    house.world.clock.pass_s(SITTING_LASTS / 1_000_000)
    assert (await house.ask("sven", "GET", sound, Range=ALL))[1]["facts"] == {"why": "over"}
    (grant,) = (await house.ask("sven", "GET", "/listening"))[1]["items"]
    _, other = await house.ask("sven", "POST", f"/listening/{grant['grant_id']}/sittings")
    sound = f"/sittings/{other['sitting_id']}/sound"
    assert (await house.ask("sven", "DELETE", f"/sittings/{other['sitting_id']}"))[0] == 204
    assert (await house.ask("sven", "GET", sound, Range=ALL))[1]["facts"] == {"why": "over"}
    _, third = await house.ask("sven", "POST", f"/listening/{grant['grant_id']}/sittings")
    sound = f"/sittings/{third['sitting_id']}/sound"
    assert (await house.ask("root", "POST", f"/recording-requests/{grant['grant_id']}/end"))[1]["state"] == "over"
    assert (await house.ask("sven", "GET", sound, Range=ALL))[1]["facts"] == {"why": "over"}
    assert len(await house.heard()) == 1


@pytest.mark.parametrize(
    "trick", ["../keys", "..%2Fkeys.db", "%2e%2e%2fobjects%2f0192", "a%00b", "a%0d%0aSet-Cookie:x", "x" * 200, "*", ".", "%20"]
)
async def test_a_path_leads_nowhere_but_to_what_is_named(house: House, trick: str) -> None:
    for method, path, body in (
        ("GET", f"/sittings/{trick}/sound", None),
        ("POST", f"/listening/{trick}/sittings", None),
        ("GET", f"/recordings/{trick}", None),
        ("POST", f"/recordings/{trick}/requests", LISTEN),
        ("GET", f"/recording-requests/{trick}/package", None),
    ):
        status, problem = await house.ask("sven", method, path, body, Range=ALL)
        assert status in (404, 405), (path, problem)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 400_000), st.integers(0, 400_000)), min_size=1, max_size=6))
async def test_every_byte_that_is_served_lies_in_a_range_that_is_on_record(house: House, wanted: list[tuple[int, int]]) -> None:
    if "sitting" not in house.__dict__:
        house.__dict__["sitting"] = await house.sitting()
    for first, last in wanted:
        before = len(await house.heard())
        status, data = await house.ask(
            "sven", "GET", f"/sittings/{house.__dict__['sitting']}/sound", Range=f"bytes={first}-{last}"
        )
        after = await house.heard()
        if status == 206 and len(data):
            _, from_ms, to_ms = after[-1]
            assert len(after) == before + 1
            assert from_ms <= max(0, first - 44) / 32 < max(to_ms, 1)
            assert to_ms >= (first + len(data) - 44) / 32
        else:
            assert (status, len(after)) == (416, before)


@pytest.mark.parametrize("house", [{"listening_networks": ()}], indirect=True)
async def test_from_a_place_that_is_not_named_nothing_is_heard_or_fetched(house: House) -> None:
    grant = await house.granted()
    for method, path in (
        ("POST", f"/listening/{grant}/sittings"),
        ("GET", "/sittings/any/sound"),
        ("GET", "/sittings/any/peaks"),
        ("GET", f"/recording-requests/{grant}/package"),
    ):
        status, problem = await house.ask("sven", method, path, Range=ALL)
        assert (status, problem["code"]) == (403, "not_from_here")
    assert await house.heard() == []


async def test_a_release_by_two_is_fetched_by_who_asked_and_proves_itself(house: House, tmp_path: Path) -> None:
    request = await house.granted("release_contract_end")
    assert (await house.ask("sven", "POST", f"/listening/{request}/sittings"))[1]["facts"] == {"why": "not_to_hear"}
    assert (await house.ask("root", "GET", f"/recording-requests/{request}/package"))[0] == 404
    status, data = await house.ask("sven", "GET", f"/recording-requests/{request}/package")
    assert status == 200
    (tmp_path / "package.tar").write_bytes(data)
    with (tmp_path / "package.tar").open("rb") as file:
        proven = verify(file, signers=[SIGNER.public])
    assert isinstance(proven, Verified)
    assert (proven.segment_id, proven.listing.purpose) == (SEGMENT, f"contract_end {request}")
    assert await house.heard() == [("package", 0, 12_000)]
    deeds = [deed.deed for deed in await AuditStore(house.engine).latest(3)]
    assert deeds == ["recording.released", "recording.approved", "recording.asked"]


async def test_sound_that_is_gone_or_was_changed_is_not_served(house: House) -> None:
    sitting = await house.sitting()
    path = next((house.vault.objects._folder).glob(f"{SEGMENT}*"))  # type: ignore[attr-defined]
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    for what in ("sound", "peaks"):
        status, problem = await house.ask("sven", "GET", f"/sittings/{sitting}/{what}", Range=ALL)
        assert (status, problem["code"]) == (410, "sound_unavailable")
    path.unlink()
    assert (await house.ask("sven", "GET", f"/sittings/{sitting}/sound", Range=ALL))[0] == 410


async def test_what_there_is_of_recordings_is_told_without_their_sound(house: House) -> None:
    _, listed = await house.ask("sven", "GET", "/recordings?order=order-7")
    assert [(each["segment_id"], each["state"]) for each in listed["items"]] == [(SEGMENT, "kept")]
    assert (await house.ask("sven", "GET", "/recordings?order=other"))[1] == {"items": []}
    request = await house.asked()
    _, shown = await house.ask("sven", "GET", f"/recordings/{SEGMENT}")
    assert shown["missing_ms"] == 300
    assert (shown["duration_ms"], shown["requests"][0]["request_id"]) == (12_000, request)
    assert (await house.ask("sven", "POST", f"/recording-requests/{request}/end"))[1]["state"] == "withdrawn"


def test_every_narrow_route_that_needs_a_log_in_is_attacked_here() -> None:
    named = [r for r in ROUTES if isinstance(r.access, Needs) and r.access.needs_session and "{" in r.path]
    narrow = {
        r.name
        for r in named
        if isinstance(r.access, Needs) and set(PERMISSIONS[r.access.resource, r.access.action].values()) - {"all"}
    }
    elsewhere = {"revoke_token"}
    assert narrow - elsewhere == {"open_sitting", "tell_peaks", "hear_stretch", "close_sitting", "fetch_package"}

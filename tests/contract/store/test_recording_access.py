"""Who may hear and who did, on both databases: two persons, a grant, a sitting, and no byte that is not on record."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.vault_jobs import RootTheChain, Sealer, SealSegments, Stamping
from fernamt.vault_sound import VaultSound
from recording.access import ASKED_LASTS, DAY, HOUR, LISTENING_LASTS, Grant, Ground, RequestState, Wanted, Why
from recording.retention import RecordingClass
from recording.vault.heard import Stretch, size_of
from recording.vault.keys import KeyStore
from recording.vault.sealing import Vault
from recording.vault.verify import Verified, verify
from store.audit import AuditStore, Author
from store.engine import writing
from store.recording_access import AccessStore, Served
from store.recording_grants import AccessRefused, NoSuchAccess, give, take_back
from store.tables.accounts import USERS
from store.tables.vault import VAULT_SEGMENTS
from store.vault import VaultStore
from store.vault_proof import NoSuchLink, proof_of_link
from telephony.identifiers import Instant, UserId
from tests.recorded import FOREVER, MASTER, SIGNER, STOPPED_AT, a_segment, a_vault, record, samples
from web.recording_ports import SoundUnavailable

T = STOPPED_AT
PEOPLE = {
    "sven": ("supervisor", None),
    "nora": ("supervisor", None),
    "root": ("admin", None),
    "annas": ("supervisor", "anna"),
    "rita": ("reviewer", None),
    "anna": ("agent", "anna"),
    "acme": ("client", None),
}


def by(name: str, at: int = T, reason: str = "complaint 7") -> Author:
    return Author(user_id=UserId(name), at=Instant(at), reason=reason)


@pytest.fixture
async def store(engine: AsyncEngine) -> AccessStore:
    async with writing(engine) as connection:
        for name, (role, agent) in PEOPLE.items():
            row = {"user_id": name, "login": name, "display_name": name, "role": role, "created_at": T, "agent_id": agent}
            row |= {"password_hash": "hash", "must_set_password": False, "is_active": True}
            await connection.execute(insert(USERS).values(**row))
    return AccessStore(engine)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return a_vault(tmp_path)


@pytest.fixture
async def sound(engine: AsyncEngine, vault: Vault) -> VaultSound:
    """Three sealed segments: a, b, c."""
    book = VaultStore(engine)
    for name in "abc":
        record(vault.spool, name, samples(name, 9_000), samples(name + "t", 8_000))
        await book.hand_in(a_segment(name), RecordingClass.ORDER_SEGMENT, FOREVER)
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)
    return VaultSound(engine, lambda: vault, lambda: SIGNER)


async def granted(store: AccessStore, segment: str = "b", wanted: Wanted = Wanted.LISTEN) -> str:
    await store.ask("r1", segment, wanted, by=by("sven"))
    await store.decide("r1", is_approved=True, by=by("nora", T + 1))
    return "r1"


async def serve(store: AccessStore, who: str = "sven", log_in: str | None = "s1", at: int = T + 3) -> object:
    return await store.serve("x", Served.SOUND, 0, 500, user_id=UserId(who), session_id=log_in, at=Instant(at))


async def refused(work: object) -> Why:
    with pytest.raises(AccessRefused) as caught:
        await work  # type: ignore[misc]
    return caught.value.why


@pytest.mark.usefixtures("sound")
async def test_one_asks_another_approves_and_what_was_heard_is_on_record(store: AccessStore, engine: AsyncEngine) -> None:
    asked = await store.ask("r1", "b", Wanted.LISTEN, by=by("sven"))
    assert asked.state(T) is RequestState.ASKED
    assert await store.grants_of(UserId("sven"), T) == []
    approved = await store.decide("r1", is_approved=True, by=by("nora", T + 1, "heard of it"))
    assert (approved.decided_by, approved.decided_reason) == ("nora", "heard of it")
    (grant,) = await store.grants_of(UserId("sven"), Instant(T + 1))
    assert (grant.segment_id, grant.ground, grant.until_at) == ("b", Ground.ESCALATION, T + 1 + LISTENING_LASTS)
    assert await store.grants_of(UserId("nora"), Instant(T + 1)) == []
    to_hear = await store.sit("x", "r1", "s1", by=by("sven", T + 2))
    assert to_hear.manifest.segment.segment_id == "b"
    await serve(store)
    (access,) = await store.accesses("b")
    assert (access.user_id, access.ground, access.grant_id, access.sitting_id) == ("sven", Ground.ESCALATION, "r1", "x")
    assert (access.what, access.from_ms, access.to_ms, access.at) == (Served.SOUND, 0, 500, T + 3)
    assert await store.accesses("a") == []
    deeds = [deed.deed for deed in await AuditStore(engine).latest()]
    assert deeds == ["recording.opened", "recording.approved", "recording.asked"]


@pytest.mark.usefixtures("sound")
async def test_without_a_second_person_nothing_is_given(store: AccessStore) -> None:
    await store.ask("r1", "b", Wanted.LISTEN, by=by("sven"))
    assert await refused(store.decide("r1", is_approved=True, by=by("sven", T + 1))) is Why.SAME_PERSON
    assert await refused(store.decide("r1", is_approved=True, by=by("annas", T + 1))) is Why.OWN_CALL
    for name in ("rita", "anna", "acme", "service", "command-line"):
        assert await refused(store.decide("r1", is_approved=True, by=by(name, T + 1))) is Why.NOT_A_PERSON
    assert await refused(store.decide("r1", is_approved=True, by=by("nora", T + ASKED_LASTS))) is Why.NOT_OPEN
    assert await store.grants_of(UserId("sven"), Instant(T + 1)) == []
    with pytest.raises(NoSuchAccess):
        await store.sit("x", "r1", "s1", by=by("sven", T + 2))


@pytest.mark.usefixtures("sound")
async def test_of_two_who_decide_at_once_one_does(store: AccessStore) -> None:
    await store.ask("r1", "b", Wanted.LISTEN, by=by("sven"))
    both = [store.decide("r1", is_approved=approves, by=by(name, T + 1)) for name, approves in (("nora", True), ("root", False))]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(each, AccessRefused) for each in done) == 1
    is_approved = (await store.request("r1")).is_approved
    assert bool(await store.grants_of(UserId("sven"), Instant(T + 1))) is is_approved


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("name", ["rita", "anna", "acme", "service"])
async def test_only_who_leads_the_centre_asks(store: AccessStore, name: str) -> None:
    assert await refused(store.ask("r1", "b", Wanted.LISTEN, by=by(name))) is Why.NOT_A_PERSON


@pytest.mark.usefixtures("sound")
async def test_a_sitting_serves_its_person_in_their_log_in_while_it_lasts(store: AccessStore) -> None:
    await granted(store)
    for name in ("nora", "root", "acme", "anna"):
        assert await refused(store.sit("y", "r1", "s2", by=by(name, T + 2))) is Why.NOT_THEIRS
    await store.sit("x", "r1", "s1", by=by("sven", T + 2))
    assert await refused(serve(store, "nora")) is Why.NOT_THEIRS
    assert await refused(serve(store, log_in="s2")) is Why.NOT_THEIRS
    assert await refused(serve(store, log_in=None)) is Why.NOT_THEIRS
    assert await refused(serve(store, at=T + 2 + HOUR)) is Why.OVER
    assert await refused(store.look("x", UserId("nora"), "s1", Instant(T + 3))) is Why.NOT_THEIRS
    with pytest.raises(NoSuchAccess):
        await store.leave("x", UserId("nora"), Instant(T + 3))
    assert await store.accesses("b") == []
    await serve(store)
    await store.leave("x", UserId("sven"), Instant(T + 4))
    assert await refused(serve(store, at=T + 5)) is Why.OVER
    assert len(await store.accesses("b")) == 1


@pytest.mark.usefixtures("sound")
async def test_what_is_taken_back_is_over_at_once(store: AccessStore) -> None:
    await granted(store)
    await store.sit("x", "r1", "s1", by=by("sven", T + 2))
    await serve(store)
    ended = await store.end("r1", by=by("nora", T + 4))
    assert ended.state(Instant(T + 4)) is RequestState.OVER
    assert await refused(serve(store, at=T + 5)) is Why.OVER
    assert await refused(store.sit("y", "r1", "s1", by=by("sven", T + 5))) is Why.OVER
    assert await refused(store.end("r1", by=by("nora", T + 6))) is Why.NOT_OPEN


@pytest.mark.usefixtures("sound")
async def test_who_loses_their_role_or_their_account_hears_nothing_more(store: AccessStore, engine: AsyncEngine) -> None:
    await granted(store)
    await store.sit("x", "r1", "s1", by=by("sven", T + 2))
    for changed in ({"role": "client"}, {"is_active": False}):
        async with writing(engine) as connection:
            await connection.execute(update(USERS).where(USERS.c.user_id == "sven").values(**changed))
        assert await refused(serve(store)) is Why.NOT_A_PERSON
    assert await store.accesses("b") == []


async def test_of_a_segment_that_is_being_shredded_nothing_is_served(
    store: AccessStore, sound: VaultSound, engine: AsyncEngine, vault: Vault
) -> None:
    await granted(store)
    to_hear = await store.sit("x", "r1", "s1", by=by("sven", T + 2))
    await VaultStore(engine).begin_shred("b", "withdrawn", by=by("service"))
    assert await refused(serve(store)) is Why.NOT_KEPT
    assert await refused(store.ask("r2", "b", Wanted.LISTEN, by=by("sven"))) is Why.NOT_KEPT
    vault.destroy("b", T, b"receipt")
    with pytest.raises(SoundUnavailable):
        await sound.stretch(to_hear.manifest, Stretch(0, 99))
    with pytest.raises(NoSuchAccess):
        await store.ask("r2", "nothing", Wanted.LISTEN, by=by("sven"))


async def test_a_segment_that_is_not_in_its_store_yet_is_heard_later(store: AccessStore, engine: AsyncEngine) -> None:
    await VaultStore(engine).hand_in(a_segment("b"), RecordingClass.ORDER_SEGMENT, FOREVER)
    await granted(store)
    assert await refused(store.sit("x", "r1", "s1", by=by("sven", T + 2))) is Why.NOT_KEPT


@pytest.mark.usefixtures("sound")
async def test_a_review_gives_its_reviewer_a_grant_and_takes_it_back(store: AccessStore, engine: AsyncEngine) -> None:
    review = Grant(
        grant_id="review-1",
        segment_id="a",
        user_id=UserId("rita"),
        ground=Ground.REVIEW,
        from_at=T,
        until_at=Instant(T + 14 * DAY),
        given_by=UserId("service"),
    )
    async with writing(engine) as connection:
        await give(connection, review, by=by("service"))
    assert await store.grants_of(UserId("rita"), T) == [review]
    to_hear = await store.sit("x", "review-1", "s1", by=by("rita", T + 2))
    assert to_hear.grant == review
    await serve(store, "rita")
    assert [access.ground for access in await store.accesses("a")] == [Ground.REVIEW]
    async with writing(engine) as connection:
        await take_back(connection, "review-1", by=by("service", T + 4))
        await take_back(connection, "review-1", by=by("service", T + 5))
    assert await refused(serve(store, "rita", at=T + 5)) is Why.OVER
    deeds = [deed.deed for deed in await AuditStore(engine).latest()]
    assert deeds == ["recording.taken_back", "recording.opened", "recording.granted"]


@pytest.mark.usefixtures("sound")
async def test_nobody_gives_a_grant_to_a_client_or_to_themselves(engine: AsyncEngine, store: AccessStore) -> None:
    for name, giver, why in (("acme", "root", Why.NOT_A_PERSON), ("rita", "rita", Why.SAME_PERSON)):
        grant = Grant(
            grant_id="g",
            segment_id="a",
            user_id=UserId(name),
            ground=Ground.REVIEW,
            from_at=T,
            until_at=Instant(T + DAY),
            given_by=UserId(giver),
        )
        with pytest.raises(AccessRefused) as caught:
            async with writing(engine) as connection:
                await give(connection, grant, by=by(giver))
        assert caught.value.why is why
        assert await store.grants_of(UserId(name), T) == []


async def test_a_release_by_two_is_a_package_that_proves_itself(
    store: AccessStore, sound: VaultSound, engine: AsyncEngine, tmp_path: Path
) -> None:
    await granted(store, wanted=Wanted.RELEASE_DATA_SUBJECT)
    assert await refused(store.sit("x", "r1", "s1", by=by("sven", T + 2))) is Why.NOT_TO_HEAR
    assert await refused(store.fetch("r1", 10, by=by("nora", T + 2))) is Why.NOT_THEIRS
    assert await refused(store.fetch("r1", 10, by=by("sven", T + 4 * DAY))) is Why.OVER
    assert await store.accesses("b") == []
    for count in (0, 1):
        if count:
            await RootTheChain(VaultStore(engine), lambda: Stamping(signer=SIGNER)).run_once(lambda: False)
        request = await store.fetch("r1", 1_085, by=by("sven", T + 2))
        path = tmp_path / "package.tar"
        path.write_bytes(b"".join([piece async for piece in sound.package("b", request.wanted, T)]))
        with path.open("rb") as file:
            proven = verify(file, signers=[SIGNER.public])
        assert isinstance(proven, Verified)
        assert (proven.segment_id, proven.listing.purpose, proven.proof.link.number) == ("b", "release_data_subject", 2)
        assert (proven.proof.root is not None, len(proven.proof.later)) == (bool(count), count)
    assert [(each.what, each.to_ms) for each in await store.accesses("b")] == [(Served.PACKAGE, 1_085)] * 2
    deeds = [deed.deed for deed in await AuditStore(engine).latest()]
    assert deeds[:2] == ["recording.released"] * 2


@pytest.mark.usefixtures("sound")
async def test_who_may_listen_fetches_no_package(store: AccessStore) -> None:
    await granted(store)
    assert await refused(store.fetch("r1", 10, by=by("sven", T + 2))) is Why.NOT_TO_FETCH


@pytest.mark.usefixtures("sound")
async def test_the_way_to_the_root_is_whole_or_refused(engine: AsyncEngine) -> None:
    await RootTheChain(VaultStore(engine), lambda: Stamping(signer=SIGNER)).run_once(lambda: False)
    links = [link async for link in VaultStore(engine).links()]
    for number in (1, 2, 3):
        proof = await proof_of_link(engine, number)
        assert proof.link == links[number - 1]
        assert proof.later == tuple(link.manifest_sha256 for link in links[number:])
    for number in (0, -1, 4):
        with pytest.raises(NoSuchLink):
            await proof_of_link(engine, number)


async def test_sound_is_read_after_the_master_key_was_turned_over(
    store: AccessStore, sound: VaultSound, engine: AsyncEngine, vault: Vault, tmp_path: Path
) -> None:
    await granted(store)
    manifest = (await store.sit("x", "r1", "s1", by=by("sven", T + 2))).manifest
    whole = await sound.stretch(manifest, Stretch(0, size_of(manifest) - 1))
    later = KeyStore(tmp_path / "keys.db", [MASTER])
    later.rotate_master(bytes(32))
    later.close()
    opened: list[Vault] = []

    def opening() -> Vault:
        keys = KeyStore(tmp_path / "keys.db", [bytes(32)]) if opened else vault.keys
        opened.append(Vault(keys=keys, objects=vault.objects, spool=vault.spool, staging=vault.staging))
        return opened[-1]

    reader = VaultSound(engine, opening, lambda: SIGNER)
    with pytest.raises(SoundUnavailable):
        await reader.stretch(manifest, Stretch(0, 10))
    assert await reader.stretch(manifest, Stretch(0, size_of(manifest) - 1)) == whole
    assert len(opened) == 2


@pytest.mark.usefixtures("sound")
async def test_who_listened_is_known_as_long_as_the_recording_and_two_years_at_least(
    store: AccessStore, engine: AsyncEngine
) -> None:
    await granted(store)
    await store.sit("x", "r1", "s1", by=by("sven", T + 2))
    await serve(store)
    late = Instant(T + 3 * 366 * DAY)
    assert await store.forget(late) == 0
    assert len(await store.accesses("b")) == 1
    async with writing(engine) as connection:
        await connection.execute(update(VAULT_SEGMENTS).where(VAULT_SEGMENTS.c.segment_id == "b").values(state="shredded"))
    assert await store.forget(Instant(T + 2 * 365 * DAY)) == 0
    assert await store.forget(late) == 3
    assert await store.accesses("b") == []
    assert await store.requests() == []


@pytest.mark.usefixtures("sound")
async def test_requests_are_listed_the_newest_first(store: AccessStore) -> None:
    for number, segment in enumerate("aba"):
        await store.ask(f"r{number}", segment, Wanted.LISTEN, by=by("sven", T + number))
    assert [each.request_id for each in await store.requests()] == ["r2", "r1", "r0"]
    assert [each.request_id for each in await store.requests(limit=1)] == ["r2"]
    assert [each.request_id for each in await store.requests(segment_id="a")] == ["r2", "r0"]
    assert [each.request_id for each in await store.requests(since=Instant(T + 1))] == ["r2", "r1"]
    with pytest.raises(NoSuchAccess):
        await store.request("nothing")

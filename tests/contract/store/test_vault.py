"""The vault's book on both databases: the chain, the steps of a segment, holds and what they race with."""

import asyncio
import hashlib
import sqlite3
import threading
from dataclasses import fields, replace
from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.vault_jobs import RootTheChain, Sealer, SealSegments, ShredOverdue, Stamping
from recording.retention import DAY, RecordingClass, RecordingTerms, TermTooLong, order_kept_until
from recording.vault.canonical import decoded, encoded
from recording.vault.chain import fault_of_chain, is_root
from recording.vault.keys import KeyDestroyed, KeyStore
from recording.vault.manifest import StoppedSegment
from recording.vault.receipts import Receipt, is_valid
from recording.vault.sealing import Staged, Vault
from store.audit import AuditStore, Author
from store.recording_terms import RecordingTermsStore
from store.retention import Retention
from store.vault import UNCONFIRMED_HOLD_US, KeptSegment, NoSuchSegment, VaultState, VaultStore
from store.vault_holds import HoldRefused, HoldStore
from telephony.identifiers import Instant, ProjectId, UserId
from tests.recorded import FOREVER, MASTER, SIGNER, STOPPED_AT, a_segment, a_vault, record, samples

OVER = Instant(1_000)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return a_vault(tmp_path)


@pytest.fixture
def book(engine: AsyncEngine) -> VaultStore:
    return VaultStore(engine)


def _by(name: str, at: Instant = STOPPED_AT, reason: str = "court") -> Author:
    return Author(user_id=UserId(name), at=at, reason=reason)


def _never() -> bool:
    return False


async def _in(book: VaultStore, vault: Vault, *names: str, until: Instant = FOREVER) -> None:
    for name in names:
        record(vault.spool, name, samples(name, 9_000), samples(name + "t", 9_000))
        await book.hand_in(a_segment(name), RecordingClass.ORDER_SEGMENT, until)


def _job(book: VaultStore, vault: Vault) -> SealSegments:
    return SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER))


async def _sealed(book: VaultStore, vault: Vault, *names: str, until: Instant = FOREVER) -> list[KeptSegment]:
    await _in(book, vault, *names, until=until)
    await _job(book, vault).run_once(_never)
    return [await book.get(name) for name in names]


async def test_segments_are_sealed_one_after_the_other_and_the_chain_holds(book: VaultStore, vault: Vault) -> None:
    kept = await _sealed(book, vault, "a", "b", "c")
    assert [each.state for each in kept] == [VaultState.KEPT] * 3
    links = [link async for link in book.links()]
    assert fault_of_chain(links, signers=[SIGNER.public]) is None
    for each in kept:
        assert each.manifest is not None
        assert each.link_number is not None
        assert hashlib.sha256(encoded(each.manifest)).hexdigest() == links[each.link_number - 1].manifest_sha256
    assert await book.head() == links[-1]
    assert [link async for link in book.links(after=2)] == links[2:]
    assert list(vault.spool.iterdir()) == []


async def test_handing_in_twice_seals_once(book: VaultStore, vault: Vault) -> None:
    await _sealed(book, vault, "a")
    await book.hand_in(a_segment("a"), RecordingClass.ORDER_SEGMENT, FOREVER)
    await _job(book, vault).run_once(_never)
    assert [link.number async for link in book.links()] == [1]
    (kept,) = [await book.get("a")]
    assert kept.manifest is not None
    assert not await book.seal([msgspec.structs.replace(kept.manifest, salt="other")], SIGNER)
    assert (await book.get("a")).manifest == kept.manifest


async def test_of_several_manifests_each_waiting_one_gets_a_link_in_their_order(book: VaultStore, vault: Vault) -> None:
    (sealed,) = await _sealed(book, vault, "b")
    await _in(book, vault, "a", "c", "d")
    first, last = (vault.stage(a_segment(name), STOPPED_AT).manifest for name in ("d", "a"))
    assert sealed.manifest is not None
    assert await book.seal([first, msgspec.structs.replace(sealed.manifest, salt="other"), last, first], SIGNER) == {"a", "d"}
    links = [link async for link in book.links()]
    assert fault_of_chain(links) is None
    found = [await book.get(name) for name in "abcd"]
    assert [each.link_number for each in found] == [3, 1, None, 2]
    assert [each.state for each in found] == [VaultState.SEALED, VaultState.KEPT, VaultState.WAITING, VaultState.SEALED]
    assert [each.manifest for each in found] == [last, sealed.manifest, None, first]


async def test_a_manifest_of_an_unknown_segment_keeps_the_chain_as_it_is(book: VaultStore, vault: Vault) -> None:
    await _in(book, vault, "a", "b")
    manifests = [vault.stage(a_segment(name), STOPPED_AT).manifest for name in "ab"]
    manifests[1] = msgspec.structs.replace(manifests[1], segment=a_segment("nobody"))
    with pytest.raises(NoSuchSegment, match="nobody"):
        await book.seal(manifests, SIGNER)
    assert await book.head() is None
    assert (await book.get("a")).state is VaultState.WAITING


class _OneProcessor(Vault):
    """A vault whose staged objects are on disk only when the other segment was staged, too."""

    staging_now = threading.Semaphore(1)
    both = threading.Barrier(2, timeout=30)

    def stage(self, segment: StoppedSegment, sealed_at: Instant) -> Staged:
        assert self.staging_now.acquire(blocking=False), "two are digested at once by one processor"
        try:
            return super().stage(segment, sealed_at)
        finally:
            self.staging_now.release()

    def settle(self, segment_id: str) -> None:
        self.both.wait()
        super().settle(segment_id)


async def test_while_one_waits_for_the_disk_the_next_is_encrypted(
    book: VaultStore, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0})
    one = _OneProcessor(**{each.name: getattr(vault, each.name) for each in fields(vault)})
    kept = await _sealed(book, one, "a", "b")
    assert [each.state for each in kept] == [VaultState.KEPT] * 2


async def test_one_that_cannot_be_sealed_keeps_no_other_and_is_tried_again(book: VaultStore, vault: Vault) -> None:
    await _in(book, vault, "a", "b")
    (vault.spool / "a-tx.wav").unlink()
    await _job(book, vault).run_once(_never)
    assert (await book.get("b")).state is VaultState.KEPT
    waiting = await book.get("a")
    assert (waiting.state, waiting.tries) == (VaultState.WAITING, 1)
    assert waiting.trouble is not None
    assert "a-tx.wav" in waiting.trouble
    record(vault.spool, "a", samples(1, 900), samples(2, 900))
    assert await book.due(Instant(0)) == []
    (due,) = await book.due(FOREVER)
    await Sealer(vault=vault, book=book, signer=SIGNER).advance([due])
    assert (await book.get("a")).trouble is None


async def test_what_is_over_its_term_is_shredded_with_a_receipt(book: VaultStore, vault: Vault) -> None:
    await _sealed(book, vault, "kept")
    await _sealed(book, vault, "over", until=OVER)
    await ShredOverdue(book).run_once(_never)
    await _job(book, vault).run_once(_never)
    gone = await book.get("over")
    assert (gone.state, gone.facts, gone.manifest) == (VaultState.SHREDDED, None, None)
    assert gone.receipt is not None
    word = decoded(gone.receipt, Receipt)
    assert (word.segment_id, word.link_number, word.reason) == ("over", 2, "term")
    assert is_valid(word)
    assert not is_valid(msgspec.structs.replace(word, reason="erasure"))
    assert list(vault.objects.names()) == ["kept"]
    assert [link.number async for link in book.links()] == [1, 2]


async def test_a_held_segment_outlives_its_term_until_two_lift_the_hold(
    book: VaultStore, vault: Vault, engine: AsyncEngine
) -> None:
    holds = HoldStore(engine)
    await _sealed(book, vault, "a", until=OVER)
    await holds.ask("h1", "a", by=_by("anna"))
    with pytest.raises(HoldRefused, match="second person"):
        await holds.confirm("h1", by=_by("anna"))
    await holds.confirm("h1", by=_by("ben"))
    assert await book.overdue(FOREVER) == []
    assert not await book.begin_shred("a", "term", by=_by("service", FOREVER))
    for _ in range(2):
        assert not await holds.lift("h1", by=_by("anna"))
    assert await book.overdue(FOREVER) == []
    assert not await holds.lift("h1", by=_by("carla", Instant(STOPPED_AT + UNCONFIRMED_HOLD_US)))  # long after anna
    assert await book.overdue(FOREVER) == []
    assert await holds.lift("h1", by=_by("anna", Instant(STOPPED_AT + UNCONFIRMED_HOLD_US + 1)))
    assert (await holds.get("h1")).lifted_at is not None
    assert await book.overdue(FOREVER) == ["a"]
    with pytest.raises(HoldRefused, match="in force"):
        await holds.confirm("h1", by=_by("ben"))
    (hold,) = await holds.of_segment("a")
    assert (hold.asked_by, hold.confirmed_by, hold.lift_asked_by, hold.lifted_by) == ("anna", "ben", "carla", "anna")
    deeds = [deed.deed for deed in await AuditStore(engine).latest()]
    assert deeds == ["lift a hold", *["ask to lift a hold"] * 3, "confirm a hold", "ask for a hold"]


async def test_a_hold_asked_for_keeps_a_week_and_lapses_unconfirmed(book: VaultStore, vault: Vault, engine: AsyncEngine) -> None:
    await _sealed(book, vault, "a", until=OVER)
    await HoldStore(engine).ask("h1", "a", by=_by("anna"))
    assert await book.overdue(Instant(STOPPED_AT + UNCONFIRMED_HOLD_US - 1)) == []
    lapsed = Instant(STOPPED_AT + UNCONFIRMED_HOLD_US)
    assert await book.overdue(lapsed) == ["a"]
    with pytest.raises(HoldRefused, match="lapsed"):
        await HoldStore(engine).confirm("h1", by=_by("ben", lapsed))
    await HoldStore(engine).confirm("h1", by=_by("ben", Instant(lapsed - 1)))
    assert await book.overdue(FOREVER) == []
    assert [each.hold_id for each in await HoldStore(engine).unlifted()] == ["h1"]


async def test_of_a_hold_and_a_deletion_whoever_is_first_is_obeyed(book: VaultStore, vault: Vault, engine: AsyncEngine) -> None:
    names = [f"s{n}" for n in range(8)]
    await _sealed(book, vault, *names, until=OVER)
    holds = HoldStore(engine)

    async def held(name: str) -> bool:
        try:
            await holds.ask(f"hold-{name}", name, by=_by("anna"))
        except HoldRefused:
            return False
        return True

    for name in names:
        tasks = [held(name), book.begin_shred(name, "term", by=_by("service"))]
        is_held, is_begun = await asyncio.gather(*tasks)
        assert is_held != is_begun
    await _job(book, vault).run_once(_never)
    there = set(vault.objects.names())
    for name in names:
        is_held = bool(await holds.of_segment(name))
        assert ((await book.get(name)).state is VaultState.KEPT) is is_held
        assert (name in there) is is_held


async def test_what_is_shredded_before_it_was_sealed_never_is(book: VaultStore, vault: Vault) -> None:
    await _in(book, vault, "a")
    assert await book.begin_shred("a", "withdrawn", by=_by("anna"))
    assert await book.begin_shred("a", "again", by=_by("anna"))
    await _job(book, vault).run_once(_never)
    gone = await book.get("a")
    assert (gone.state, gone.link_number) == (VaultState.SHREDDED, None)
    assert list(vault.spool.iterdir()) == []
    assert await book.head() is None


async def test_a_backup_brings_nothing_back(book: VaultStore, vault: Vault, engine: AsyncEngine, tmp_path: Path) -> None:
    (before,) = await _sealed(book, vault, "a")
    copy = (tmp_path / "objects" / "a").read_bytes()
    await book.begin_shred("a", "erasure", by=_by("anna"))
    await _job(book, vault).run_once(_never)
    receipt = (await book.get("a")).receipt
    await _restore(engine, before)
    (tmp_path / "objects" / "a").write_bytes(copy)
    assert (await book.get("a")).state is VaultState.KEPT
    await _job(book, vault).run_once(_never)
    gone = await book.get("a")
    assert (gone.state, gone.manifest, gone.receipt) == (VaultState.SHREDDED, None, receipt)
    assert list(vault.objects.names()) == []
    assert await Sealer(vault=vault, book=book, signer=SIGNER).replay_shreds() == 0


async def test_an_older_key_store_brings_no_key_back(book: VaultStore, vault: Vault, tmp_path: Path) -> None:
    await _sealed(book, vault, "a", "b")
    copy = (tmp_path / "objects" / "a").read_bytes()
    with sqlite3.connect(tmp_path / "keys.db") as now, sqlite3.connect(tmp_path / "older.db") as older:
        now.backup(older)
    await book.begin_shred("a", "erasure", by=_by("anna"))
    await _job(book, vault).run_once(_never)
    restored = replace(vault, keys=KeyStore(tmp_path / "older.db", [MASTER]))
    (tmp_path / "objects" / "a").write_bytes(copy)
    assert restored.keys.key_of("a")
    await _job(book, restored).run_once(_never)
    with pytest.raises(KeyDestroyed):
        restored.keys.key_of("a")
    assert list(vault.objects.names()) == ["b"]
    now.close()
    older.close()


async def _restore(engine: AsyncEngine, before: KeptSegment) -> None:
    from sqlalchemy import update

    from store.engine import writing
    from store.tables.vault import VAULT_SEGMENTS

    assert before.manifest is not None
    row = {"state": "kept", "manifest": encoded(before.manifest), "receipt": None}
    async with writing(engine) as connection:
        await connection.execute(update(VAULT_SEGMENTS).values(**row))


async def test_the_chain_is_rooted_once_a_head_and_stamped_when_the_authority_is_back(book: VaultStore, vault: Vault) -> None:
    assert await book.put_root(STOPPED_AT, SIGNER) is None
    await _sealed(book, vault, "a", "b")
    away = RootTheChain(book, lambda: Stamping(signer=SIGNER, authority=_Away()))
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            await away.run_once(_never)
    (root,) = await book.unstamped()
    head = await book.head()
    assert head is not None
    assert is_root(root, 2, bytes.fromhex(head.hash))
    assert await book.root_over(1) == (root, None)
    await book.note_stamp(2, b"token")
    await book.note_stamp(2, b"another")
    assert await book.unstamped() == []
    assert await book.root_over(2) == (root, b"token")
    assert await book.root_over(3) is None
    assert 0 < await RootTheChain(book, lambda: Stamping(signer=SIGNER)).run_once(_never) <= 3_600


class _Away:
    def ask(self, _request: bytes) -> bytes:
        raise ConnectionRefusedError("the authority is away")


async def test_a_term_is_changed_on_record(book: VaultStore, vault: Vault, engine: AsyncEngine) -> None:
    await _sealed(book, vault, "a")
    await book.keep_until("a", OVER, by=_by("rita", reason="rated"))
    assert await book.overdue(STOPPED_AT) == ["a"]
    (deed,) = await AuditStore(engine).latest()
    assert (deed.deed, deed.subject, deed.before, deed.after) == ("keep", "a", str(FOREVER), str(OVER))
    with pytest.raises(NoSuchSegment):
        await book.get("nobody's")
    with pytest.raises(NoSuchSegment):
        await HoldStore(engine).ask("h", "nobody's", by=_by("anna"))


async def test_a_shorter_term_holds_at_once_and_a_longer_one_only_from_then_on(
    book: VaultStore, vault: Vault, engine: AsyncEngine
) -> None:
    terms = RecordingTermsStore(engine, UTC)
    latest = order_kept_until(STOPPED_AT, UTC)
    await _sealed(book, vault, "a", until=latest)
    assert await terms.of(ProjectId("sales")) == RecordingTerms()
    assert await terms.put(ProjectId("sales"), RecordingTerms(order_years=1), by=_by("root")) == 1
    assert (await book.get("a")).kept_until == order_kept_until(STOPPED_AT, UTC, years=1)
    assert await terms.put(ProjectId("sales"), RecordingTerms(), by=_by("root")) == 0
    assert (await book.get("a")).kept_until == order_kept_until(STOPPED_AT, UTC, years=1)
    assert await terms.put(ProjectId("support"), RecordingTerms(order_years=0), by=_by("root")) == 0
    assert await terms.all() == {ProjectId("sales"): RecordingTerms(), ProjectId("support"): RecordingTerms(order_years=0)}
    with pytest.raises(TermTooLong):
        await terms.put(ProjectId("sales"), RecordingTerms(order_years=4), by=_by("root"))
    (deed, *_) = await AuditStore(engine).latest()
    assert (deed.deed, deed.subject) == ("recording_terms.set", "support")


async def test_a_rated_sample_keeps_its_longer_term_when_that_of_unrated_ones_is_shortened(
    book: VaultStore, vault: Vault, engine: AsyncEngine
) -> None:
    terms = RecordingTermsStore(engine, UTC)
    for name, days in (("rated", 90), ("unrated", 30)):
        record(vault.spool, name, samples(name, 900), samples(name + "t", 900))
        until = Instant(STOPPED_AT + days * DAY)
        await book.hand_in(a_segment(name), RecordingClass.QUALITY_SAMPLE, until)
    assert await terms.put(ProjectId("sales"), RecordingTerms(unrated_days=7), by=_by("root")) == 1
    assert (await book.get("rated")).kept_until == STOPPED_AT + 90 * DAY
    assert (await book.get("unrated")).kept_until == STOPPED_AT + 7 * DAY


async def test_what_may_not_be_kept_gets_a_receipt_and_the_fact_goes_after_30_days(
    book: VaultStore, vault: Vault, engine: AsyncEngine
) -> None:
    await book.refuse("r", "0192-call", "no_consent_on_tape", STOPPED_AT)
    await book.refuse("r", "0192-call", "discarded", STOPPED_AT)
    await _job(book, vault).run_once(_never)
    gone = await book.get("r")
    assert gone.receipt is not None
    word = decoded(gone.receipt, Receipt)
    assert (gone.state, word.reason, word.link_number, is_valid(word)) == (VaultState.SHREDDED, "no_consent_on_tape", None, True)
    assert [name for name, _ in await book.receipts()] == ["r"]
    sweeper = Retention(engine)
    await sweeper.sweep(Instant(STOPPED_AT + 30 * DAY))
    assert (await book.get("r")).state is VaultState.SHREDDED
    await sweeper.sweep(Instant(STOPPED_AT + 30 * DAY + 1))
    with pytest.raises(NoSuchSegment):
        await book.get("r")


async def test_a_receipt_outlives_its_recording_by_three_years(book: VaultStore, vault: Vault, engine: AsyncEngine) -> None:
    await _sealed(book, vault, "a", "b")
    await book.begin_shred("a", "erasure", by=_by("anna"))
    await _job(book, vault).run_once(_never)
    at = Instant(vault.keys.shredded()[0].at)
    for days, is_there in ((1_094, True), (1_096, False)):
        await Retention(engine).sweep(Instant(at + days * DAY))
        assert bool(await book.receipts()) is is_there
    assert (await book.get("b")).state is VaultState.KEPT
    assert [link.number async for link in book.links()] == [1, 2]

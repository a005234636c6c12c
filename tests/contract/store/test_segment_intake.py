"""From the recorder's folder into the vault, on both databases: found again, sealed once, and nothing that may not be kept."""

import errno
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.segment_intake import TakeInSegments
from fernamt.vault_jobs import Sealer, SealSegments
from recording.proof import Proof, proof_of
from recording.retention import RecordingTerms, order_kept_until
from recording.vault.canonical import decoded
from recording.vault.receipts import Receipt, is_valid
from recording.vault.sealing import Vault
from recording.vault.wave import header
from store.audit import Author, the_service
from store.journal import SqlJournal
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.parties import MASTER_KEY_BYTES, PartyKeys
from store.recording_terms import RecordingTermsStore
from store.vault import NoSuchSegment, VaultState, VaultStore
from store.vault_holds import HoldStore
from store.vault_intake import CUT_SHORT, VaultIntake
from telephony.events import CallAdmitted
from telephony.identifiers import SECOND, Instant, LegId, SegmentId, UserId
from telephony.order_segments import SegmentMark
from telephony.segments import HEADER_BYTES
from telephony.switch.simulated.shelf import SimulatedSegment
from tests.contract.store.journal_words import PATIENT
from tests.recorded import SIGNER, a_vault, samples
from tests.unit.recording.segment_story import ORDER, Story

LONG_AFTER_S, AFTER_ALL_S = 1e12, 1_850_000_000.0


NOW = Instant(1_890_000_000_000_000)
"""Long after every story."""


def _never() -> bool:
    return False


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fernamt.vault_jobs.now", lambda: NOW)
    monkeypatch.setattr("fernamt.segment_intake.now", lambda: NOW)


@dataclass
class House:
    """A recorder's folder, a journal, and what lies between them and the vault."""

    engine: AsyncEngine
    journal: SqlJournal
    vault: Vault
    shelf: Path
    clock: float = 0.0
    story: Story | None = None
    appended: int = 0

    @property
    def book(self) -> VaultStore:
        return VaultStore(self.engine)

    @property
    def intake(self) -> VaultIntake:
        return VaultIntake(self.engine)

    @property
    def told(self) -> Story:
        assert self.story is not None
        return self.story

    def job(self) -> TakeInSegments:
        reader = JournalReader(self.engine, JournalCodec())
        places = {"folders": [self.shelf], "spool": self.vault.spool, "zone": UTC}
        named = {**places, "terms": RecordingTermsStore(self.engine, UTC), "clock": lambda: self.clock}
        return TakeInSegments(reader, self.book, self.intake, **named)  # type: ignore[arg-type]

    def records(self, name: str | None = None) -> str:
        """The simulated switch has left both files of the story's segment, as it names them."""
        name = self.told.segment_id if name is None else name
        left = SimulatedSegment(segment_id=SegmentId(name), leg_id=LegId("caller"), began_at=Instant(0), ended_at=Instant(SECOND))
        self.shelf.mkdir(mode=0o700, exist_ok=True)
        for file in left.files():
            sound = samples(file.name, (file.size_bytes - HEADER_BYTES) // 2)
            (self.shelf / file.name).write_bytes(header(len(sound) // 2) + sound)
        return name

    async def journaled(self) -> None:
        """What was told so far is in the database."""
        new = self.told.journal[self.appended :]
        self.appended = len(self.told.journal)
        self.journal.append(new)
        await self.journal.wait_durable(new[-1].seq)

    async def taken_in(self, job: TakeInSegments | None = None) -> None:
        await (job or self.job()).run_once(_never)

    async def sealed(self) -> None:
        await SealSegments(lambda: Sealer(vault=self.vault, book=self.book, signer=SIGNER)).run_once(_never)

    async def state(self, name: str) -> VaultState | None:
        return (await self.intake.states([name])).get(name)

    def files(self) -> list[str]:
        return sorted(path.name for folder in (self.shelf, self.vault.spool) if folder.is_dir() for path in folder.iterdir())

    async def proof(self) -> Proof:
        return proof_of(ORDER, [each.event for each in self.told.journal], await self.intake.sealed(ORDER))


@pytest.fixture
async def house(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[House]:
    keys = PartyKeys(bytes(MASTER_KEY_BYTES))
    journal = await SqlJournal.open(engine, spool=tmp_path / "journal.spool", keys=keys, settings=PATIENT)
    vault = a_vault(tmp_path)
    yield House(engine=engine, journal=journal, vault=vault, shelf=tmp_path / "shelf", story=Story())
    await journal.close()
    vault.keys.close()


async def _whole(house: House) -> str:
    story = house.told.come_to("content")
    story.mark(SegmentMark.INTENT)
    story.stop()
    story.ended()
    await house.journaled()
    return house.records()


async def test_a_whole_segment_is_sealed_and_only_then_proves_its_order(house: House) -> None:
    name = await _whole(house)
    assert await house.proof() is Proof.NOT_PROVEN
    await house.taken_in()
    assert (await house.state(name), await house.proof()) == (VaultState.WAITING, Proof.NOT_PROVEN)
    await house.sealed()
    assert (await house.state(name), await house.proof()) == (VaultState.KEPT, Proof.PROVEN)
    assert house.files() == []
    kept = await house.book.get(name)
    assert kept.manifest is not None
    assert [mark.what for mark in kept.manifest.segment.marks] == ["consent", "identity", "intent"]
    (listed,) = await house.intake.listed(order_id=ORDER)
    assert (listed.segment_id, listed.state, listed.call_id) == (name, VaultState.KEPT, house.told.call_id)
    assert await house.intake.listed(call_id="another") == []


async def test_it_is_handed_in_once_however_often_it_is_found(house: House) -> None:
    name = await _whole(house)
    for _ in range(3):
        await house.taken_in()
    await house.sealed()
    await house.taken_in()
    await house.sealed()
    assert [link.number async for link in house.book.links()] == [1]
    assert await house.state(name) is VaultState.KEPT


async def test_files_moved_by_a_worker_that_died_then_are_found_in_the_spool(house: House) -> None:
    name = await _whole(house)
    house.vault.spool.mkdir(mode=0o700)
    (house.shelf / f"{name}-rx.wav").rename(house.vault.spool / f"{name}-rx.wav")
    await house.taken_in()
    await house.sealed()
    assert await house.state(name) is VaultState.KEPT
    assert house.files() == []


async def test_what_a_recorder_left_on_a_disk_of_its_own_is_taken_in_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.parent != target.parent:
            raise OSError(errno.EXDEV, "another disk")
        return renamed(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    name = await _whole(house)
    await house.taken_in()
    assert sorted(os.listdir(house.vault.spool)) == [f"{name}-rx.wav", f"{name}-tx.wav"]
    assert {file.stat().st_mode & 0o777 for file in house.vault.spool.iterdir()} == {0o600}
    await house.sealed()
    assert await house.state(name) is VaultState.KEPT
    assert house.files() == []


async def test_a_file_that_comes_late_goes_where_the_other_is(house: House) -> None:
    name = await _whole(house)
    late = house.shelf / f"{name}-tx.wav"
    content = late.read_bytes()
    late.unlink()
    await house.taken_in()
    assert await house.state(name) is VaultState.WAITING
    late.write_bytes(content)
    await house.taken_in()
    assert late.name in os.listdir(house.vault.spool)
    await house.sealed()
    assert await house.state(name) is VaultState.KEPT


@pytest.mark.parametrize("state", ["starting", "recording", "content", "closing"])
async def test_what_still_runs_is_left_alone(house: House, state: str) -> None:
    house.told.come_to(state)
    await house.journaled()
    name = house.records()
    house.clock = LONG_AFTER_S
    await house.taken_in()
    assert house.files() == [f"{name}-rx.wav", f"{name}-tx.wav"]
    assert await house.state(name) is None


async def test_what_was_discarded_leaves_no_file_but_a_receipt(house: House) -> None:
    story = house.told.come_to("recording")
    story.stop()
    story.ended(with_files=False)
    await house.journaled()
    name = house.records()
    await house.taken_in()
    assert (house.files(), await house.state(name)) == ([], VaultState.SHREDDING)
    await house.sealed()
    gone = await house.book.get(name)
    assert gone.receipt is not None
    word = decoded(gone.receipt, Receipt)
    assert (gone.state, gone.facts, word.reason, word.link_number) == (VaultState.SHREDDED, None, "discarded", None)
    assert is_valid(word)


@pytest.mark.parametrize(("state", "is_adopted"), [("content", True), ("recording", False)])
async def test_an_orphan_is_adopted_only_with_the_consent_on_its_tape(house: House, state: str, is_adopted: bool) -> None:
    story = house.told.come_to(state)
    story.dies_and_starts_again()
    for ms in (2_000, 3_100):
        story.later(ms)
    story.hangs_up(story.caller_leg)
    story.hangs_up(story.leg(story.call_id))
    story.later(10_000)
    await house.journaled()
    name = house.records()
    await house.taken_in()
    assert len(house.files()) == 2, "somebody may be writing to it yet"
    house.clock = LONG_AFTER_S
    await house.taken_in()
    await house.sealed()
    assert house.files() == []
    assert await house.state(name) is (VaultState.KEPT if is_adopted else VaultState.SHREDDED)
    assert await house.proof() is Proof.NOT_PROVEN


async def test_what_the_journal_never_heard_of_is_deleted_once_it_would_have(house: House) -> None:
    await _whole(house)
    stray, paths = house.records("0192-nobody.segment.1"), []
    for direction in ("rx", "tx"):
        paths.append(house.shelf / f"{stray}-{direction}.wav")
        os.utime(paths[-1], (AFTER_ALL_S, AFTER_ALL_S))
    house.clock = LONG_AFTER_S
    await house.taken_in()
    assert f"{stray}-rx.wav" in house.files(), "the journal tells of nothing later yet"
    for path in paths:
        os.utime(path, (1.0, 1.0))
    await house.taken_in()
    assert f"{stray}-rx.wav" not in house.files()


async def test_files_of_other_names_are_not_touched(house: House) -> None:
    await _whole(house)
    (house.shelf / "notes.txt").write_text("not ours")
    house.clock = LONG_AFTER_S
    await house.taken_in()
    assert "notes.txt" in house.files()


@pytest.mark.parametrize("when", ["before it is handed in", "before it is sealed", "after it is kept"])
async def test_what_is_taken_back_after_the_stop_is_shredded_with_a_receipt(house: House, when: str) -> None:
    name, job = await _whole(house), house.job()
    if when != "before it is handed in":
        await house.taken_in(job)
    if when == "after it is kept":
        await house.sealed()
        assert await house.proof() is Proof.PROVEN
    house.told.revoke()
    await house.journaled()
    assert await house.proof() is Proof.NOT_PROVEN
    await house.taken_in(job)
    await house.sealed()
    gone = await house.book.get(name)
    assert (gone.state, gone.facts, gone.manifest) == (VaultState.SHREDDED, None, None)
    assert gone.receipt is not None
    word = decoded(gone.receipt, Receipt)
    assert (word.segment_id, word.reason) == (name, "withdrawn")
    assert is_valid(word)
    assert house.vault.keys.counts() == {}
    assert list(house.vault.objects.names()) == []
    assert house.files() == []
    house.records()
    await house.taken_in()
    assert house.files() == [], "and what a restored disk brings back goes again"


async def test_a_worker_that_comes_later_hears_of_what_was_taken_back_before(house: House) -> None:
    name = await _whole(house)
    await house.taken_in()
    await house.sealed()
    house.told.revoke()
    await house.journaled()
    await house.taken_in(house.job())
    assert await house.state(name) is VaultState.SHREDDING
    assert await house.intake.read_to() == house.told.journal[-1].seq


async def test_a_hold_outweighs_what_is_taken_back_until_it_is_lifted(house: House) -> None:
    name = await _whole(house)
    await house.taken_in()
    await house.sealed()
    await HoldStore(house.engine).ask("hold", name, by=_by("lena"))
    house.told.revoke()
    await house.journaled()
    await house.taken_in()
    kept = await house.book.get(name)
    assert kept.state is VaultState.KEPT
    assert kept.kept_until < Instant(1 << 60)
    assert await house.proof() is Proof.NOT_PROVEN


async def test_one_that_cannot_be_moved_keeps_no_other(house: House) -> None:
    name = await _whole(house)
    house.vault.spool.mkdir(mode=0o700)
    (house.vault.spool / f"{name}-rx.wav").write_bytes(b"there already")
    await house.taken_in()
    assert f"{name}-rx.wav" in os.listdir(house.shelf)
    with pytest.raises(NoSuchSegment):
        await house.book.get("unknown")


def _by(name: str) -> Author:
    return Author(user_id=UserId(name), at=the_service().at, reason="court")


async def test_a_whole_segment_without_any_file_waits_with_its_trouble_for_all_to_see(house: House) -> None:
    name = await _whole(house)
    for file in house.files():
        (house.shelf / file).unlink()
    job = house.job()
    await house.taken_in(job)
    assert await house.state(name) is None, "its files may be late"
    assert await house.intake.read_to() < house.told.journal[-1].seq, "and a worker that comes later awaits them too"
    house.clock = LONG_AFTER_S
    await house.taken_in(job)
    await house.sealed()
    (missed,) = await house.intake.listed()
    assert (missed.segment_id, missed.state) == (name, VaultState.WAITING)
    assert missed.trouble is not None
    assert f"{name}-rx.wav" in missed.trouble
    assert await house.proof() is Proof.NOT_PROVEN


@pytest.mark.parametrize("when", ["before it is handed in", "before it is sealed"])
@pytest.mark.parametrize("is_hidden", [False, True])
async def test_a_file_that_became_shorter_than_it_was_told_is_sealed_and_proves_nothing(
    house: House, when: str, is_hidden: bool
) -> None:
    name, folder = await _whole(house), house.shelf
    if when == "before it is sealed":
        await house.taken_in()
        folder = house.vault.spool
    with (folder / f"{name}-tx.wav").open("r+b") as file:
        left = (file.seek(0, 2) - HEADER_BYTES) // 2 - 1
        file.truncate(HEADER_BYTES + left * 2)
        if is_hidden:
            file.seek(0)
            file.write(header(left))
    await house.taken_in()
    await house.sealed()
    assert await house.state(name) is VaultState.KEPT
    assert await house.proof() is Proof.NOT_PROVEN
    (listed,) = await house.intake.listed()
    assert (listed.is_whole, listed.trouble) == (False, CUT_SHORT)


async def test_the_terms_of_the_project_count_when_it_is_taken_in(house: House) -> None:
    name = await _whole(house)
    terms = RecordingTermsStore(house.engine, UTC)
    closed = house.told.closed[-1]
    admitted = next(each.event for each in house.told.journal if isinstance(each.event, CallAdmitted))
    await terms.put(admitted.terms.project_id, RecordingTerms(order_years=0), by=_by("root"))
    await house.taken_in()
    kept = await house.book.get(name)
    assert kept.facts is not None
    assert kept.facts.order_id == closed.order_id
    assert kept.kept_until == order_kept_until(kept.facts.stopped_at, UTC, years=0)

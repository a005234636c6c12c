"""What a lying switch tells goes the whole way: journal, intake, vault, and the order's proof, on a database.

The worker looks and seals whenever it does, and is started again at any time; what proves an order is held against what was
really recorded.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import fields, replace
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fernamt.segment_intake import TakeInSegments
from fernamt.vault_jobs import Sealer, SealSegments
from recording.proof import Proof, proof_of
from recording.vault.manifest import CUT_SAMPLES, SAMPLE_BYTES
from store.engine import make_engine
from store.journal import SqlJournal
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.parties import MASTER_KEY_BYTES, PartyKeys
from store.recording_terms import RecordingTermsStore
from store.tables.schema import METADATA
from store.vault import VaultState, VaultStore
from store.vault_intake import VaultIntake
from telephony.identifiers import Instant, SegmentId
from telephony.order_segments import SegmentClosed, SegmentVerdict
from telephony.segments import HEADER_BYTES
from tests.contract.store.journal_words import PATIENT
from tests.property.test_lying_switch import LIES, MEANT, NO_PROOFS
from tests.recorded import SIGNER, a_vault
from tests.unit.recording.lying_switch import Jumping, Lies, LyingSwitch
from tests.unit.recording.segment_story import ORDER

T = TypeVar("T")
NOW = Instant(1_890_000_000_000_000)
"""Long after every story."""
LOSSES = st.sampled_from([(0, 0), (0, 0), (0, 2), (320, 0), (16_000, 16_000), (1 << 30, 1 << 30)])
LYING = st.builds(
    lambda lies, lost, is_hidden: replace(lies, loses_bytes=lost, hides_loss=is_hidden), LIES, LOSSES, st.booleans()
)
ONE_LIE = st.builds(
    lambda lies, name: replace(Lies(hides_loss=lies.hides_loss), **{name: getattr(lies, name)}),
    LYING,
    st.sampled_from([each.name for each in fields(Lies)]) | st.just("loses_bytes"),
)
"""Of a switch that lies in everything hardly anything is ever proven."""
MARKS, ENDS = ("consent", "identity", "intent"), ("stop", "hold", "revoke", "mask", "hang_up", "callee_goes")
WORDS = st.sampled_from([*MARKS, *ENDS, "ask", "agree"])


class House:
    """A switch that lies in its own time, a worker, and the database between them and the proof."""

    def __init__(self, lies: Lies) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fernamt-lies-"))
        self.shelf, self.vault = self.folder / "shelf", a_vault(self.folder)
        self.switch_loop, self.loop = Jumping(), asyncio.new_event_loop()
        self.engine = make_engine(f"sqlite:///{self.folder / 'book.db'}")
        self.book, self.intake = VaultStore(self.engine), VaultIntake(self.engine)
        self.clock, self.appended, self.todo = 0.0, 0, list(MEANT)
        self.switch = self.at_switch(self._switch(lies))
        self.journal = self.run(self._journal())
        self.starts_again()

    async def _switch(self, lies: Lies) -> LyingSwitch:
        return LyingSwitch(lies, self.shelf)

    async def _journal(self) -> SqlJournal:
        async with self.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        return await SqlJournal.open(
            self.engine, spool=self.folder / "journal.spool", keys=PartyKeys(bytes(MASTER_KEY_BYTES)), settings=PATIENT
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def at_switch(self, work: Coroutine[Any, Any, T]) -> T:
        return self.switch_loop.run_until_complete(work)

    def starts_again(self) -> None:
        """Another worker goes on."""
        terms = RecordingTermsStore(self.engine, UTC)
        reader = JournalReader(self.engine, JournalCodec())
        places = {"folders": [self.shelf], "spool": self.vault.spool, "zone": UTC, "terms": terms}
        self.taking = TakeInSegments(reader, self.book, self.intake, **places, clock=lambda: self.clock)  # type: ignore[arg-type]
        self.sealing = SealSegments(lambda: Sealer(vault=self.vault, book=self.book, signer=SIGNER))

    def goes_on(self, steps: int = 1) -> None:
        """The order is taken as it is meant, so many steps further."""
        for after_s, what in self.todo[:steps]:
            self.at_switch(self.switch.passes(after_s))
            self.switch_does(what)
        del self.todo[:steps]

    def switch_does(self, what: str) -> None:
        async def done() -> None:
            self.switch.does(what)

        self.at_switch(done())

    def looks(self) -> None:
        """What was told so far is in the database, and the worker looks into the folders."""
        new = self.switch.story.journal[self.appended :]
        self.appended += len(new)

        async def journaled() -> None:
            if new:
                self.journal.append(new)
                await self.journal.wait_durable(new[-1].seq)
            await self.taking.run_once(lambda: False)

        self.run(journaled())

    def seals(self) -> None:
        self.run(self.sealing.run_once(lambda: False))

    def ends(self) -> None:
        """The call is over, and the worker has looked long after."""
        self.at_switch(self.switch.is_over())
        for clock in (0.0, 1e12):
            self.clock = clock
            for _ in range(2):
                self.looks()
                self.seals()

    def proven_by(self) -> set[SegmentId]:
        """The segments that prove the order, as the lists of orders have it."""
        events = [each.event for each in self.switch.story.journal]
        sealed = self.run(self.intake.sealed(ORDER))
        whole = {
            each.segment_id for each in events if isinstance(each, SegmentClosed) and each.verdict is SegmentVerdict.COMPLETE
        }
        found = {each for each in whole & sealed if proof_of(ORDER, events, [each]) is Proof.PROVEN}
        assert bool(found) is (proof_of(ORDER, events, sealed) is Proof.PROVEN)
        return {SegmentId(each) for each in found}

    def holds_true(self) -> None:
        """Whatever proves was recorded so: both directions, alive to its end, and every sample of it."""
        for segment in self.proven_by():
            truth, manifest = self.switch.truths[segment], self.run(self.book.get(segment)).manifest
            assert manifest is not None
            assert truth.ended_at is not None
            assert not truth.stalled
            assert not truth.written_after_the_word
            assert manifest.segment.codec == "g722", "the one that was told"
            assert {each.what for each in manifest.segment.marks} == {"consent", "identity", "intent"}
            for file, sealed in zip(truth.take.files(), (manifest.rx, manifest.tx), strict=True):
                assert HEADER_BYTES + (sealed.samples + CUT_SAMPLES) * SAMPLE_BYTES == truth.lengths[file]
            for stretch in (*manifest.segment.masks, *manifest.segment.gaps):
                assert 0 <= stretch.from_ms <= stretch.to_ms

    def is_cleared(self) -> None:
        """Nothing lies about but what the vault has said it is in trouble with."""
        waiting = {each.segment_id for each in self.run(self.intake.listed()) if each.state is VaultState.WAITING}
        left = [path for folder in (self.shelf, self.vault.spool) if folder.is_dir() for path in folder.iterdir()]
        assert {path.name.rpartition("-")[0] for path in left} <= waiting

    def close(self) -> None:
        self.at_switch(self.switch.driver.close())
        self.run(self.journal.close())
        self.run(self.engine.dispose())
        self.vault.keys.close()
        for loop in (self.switch_loop, self.loop):
            loop.close()
        shutil.rmtree(self.folder)


class LiesIntoTheVault(RuleBasedStateMachine):
    """One call at a switch that lies, and a worker that looks when it does."""

    house: House | None = None

    @property
    def there(self) -> House:
        assert self.house is not None
        return self.house

    @initialize(lies=ONE_LIE | LYING, steps=st.integers(0, len(MEANT)) | st.just(len(MEANT)))
    def begins(self, lies: Lies, steps: int) -> None:
        self.house = House(lies)
        self.there.goes_on(steps)

    @rule(steps=st.integers(1, len(MEANT)))
    def it_goes_on_as_it_is_meant(self, steps: int) -> None:
        self.there.goes_on(steps)

    @rule(what=WORDS)
    def somebody_does(self, what: str) -> None:
        self.there.switch_does(what)

    @rule(seconds=st.sampled_from([0.25, 1.0, 5.0, 12.0]))
    def time_passes(self, seconds: float) -> None:
        self.there.at_switch(self.there.switch.passes(seconds))

    @rule()
    def the_worker_looks(self) -> None:
        self.there.looks()

    @rule()
    def the_worker_seals(self) -> None:
        self.there.seals()

    @rule()
    def the_worker_starts_again(self) -> None:
        self.there.starts_again()

    @invariant()
    def nothing_is_proven_that_is_not(self) -> None:
        if self.house is not None:
            self.house.holds_true()

    def teardown(self) -> None:
        if self.house is None:
            return
        try:
            self.house.ends()
            self.house.holds_true()
            self.house.is_cleared()
        finally:
            self.house.close()


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fernamt.vault_jobs.now", lambda: NOW)


def came_to(lies: Lies, script: list[tuple[float, str]]) -> tuple[int, House]:
    """How many segments prove the order in the end."""
    house = House(lies)
    try:
        house.todo = list(script)
        house.goes_on(len(script))
        house.ends()
        house.holds_true()
        house.is_cleared()
        return len(house.proven_by()), house
    finally:
        house.close()


def test_an_honest_switch_proves_an_order_that_is_taken_as_it_is_meant() -> None:
    proven, house = came_to(Lies(), MEANT)
    assert proven == 1
    assert house.switch.has_ended()


SHORTER = {
    "a sample of one direction is gone": Lies(loses_bytes=(0, 2)),
    "and its header hides it": Lies(loses_bytes=(0, 2), hides_loss=True),
    "both directions lost their end": Lies(loses_bytes=(16_000, 16_000), hides_loss=True),
    "nothing but headers is left": Lies(loses_bytes=(1 << 30, 1 << 30), hides_loss=True),
}


@pytest.mark.parametrize("lie", [*NO_PROOFS, *SHORTER])
def test_a_lie_that_leaves_no_whole_recording_leaves_no_proof_in_the_database(lie: str) -> None:
    script = [*MEANT[:-1], (12.0, "stop")]
    proven, _ = came_to((NO_PROOFS | SHORTER)[lie], script)
    assert proven == 0


TestLiesIntoTheVault = LiesIntoTheVault.TestCase
TestLiesIntoTheVault.settings = settings(max_examples=50, stateful_step_count=10, deadline=None)

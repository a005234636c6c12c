"""Holds, deletions and backups brought back, in any order: what is held stays, and what is gone stays gone."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fernamt.vault_jobs import Sealer
from recording.retention import RecordingClass
from recording.vault.canonical import decoded
from recording.vault.keys import KeyDestroyed
from recording.vault.receipts import Receipt, is_valid
from store.audit import Author
from store.engine import make_engine
from store.tables.schema import METADATA
from store.vault import THERE, VaultState, VaultStore
from store.vault_holds import HoldRefused, HoldStore
from telephony.identifiers import Instant, UserId
from tests.recorded import SIGNER, STOPPED_AT, a_segment, a_vault, record, samples

NAMES, PEOPLE = ("a", "b"), ("anna", "ben")
NAME, PERSON = st.sampled_from(NAMES), st.sampled_from(PEOPLE)
TERM_US = 10 * 86_400_000_000
T = TypeVar("T")


@dataclass
class Saved:
    """A backup, and which holds it knows."""

    folder: Path
    holds: dict[str, str] = field(default_factory=dict)


class HoldsAndRestores(RuleBasedStateMachine):
    """Two segments, two people, a worker, and backups of everything but the keys."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="fernamt-holds-"))
        self.loop = asyncio.new_event_loop()
        self.vault = a_vault(self.folder)
        self.engine = make_engine(f"sqlite:///{self.folder / 'book.db'}")
        self.book, self.holds = VaultStore(self.engine), HoldStore(self.engine)
        self.now, self.count = int(STOPPED_AT), 0
        self.saved: Saved | None = None
        self.asked: dict[str, str] = {}
        """Segment by hold, of those in the book."""
        self.gone: set[str] = set()

    def teardown(self) -> None:
        self.run(self.engine.dispose())
        self.vault.keys.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def by(self, person: str) -> Author:
        return Author(user_id=UserId(person), at=Instant(self.now), reason="court")

    @initialize()
    def recorded(self) -> None:
        async def made() -> None:
            async with self.engine.begin() as connection:
                await connection.run_sync(METADATA.create_all)
            for name in NAMES:
                record(self.vault.spool, name, samples(name, 900), samples(name + "t", 900))
                await self.book.hand_in(a_segment(name), RecordingClass.ORDER_SEGMENT, Instant(STOPPED_AT + TERM_US))

        self.run(made())

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.now += days * 86_400_000_000

    @rule()
    def the_worker_works(self) -> None:
        sealer = Sealer(vault=self.vault, book=self.book, signer=SIGNER)
        for segment in self.run(self.book.due(Instant(1 << 60))):
            self.run(sealer.advance([segment]))
        self.note_gone()

    @rule()
    def terms_are_looked_at(self) -> None:
        for name in self.run(self.book.overdue(Instant(self.now))):
            assert self.run(self.book.begin_shred(name, "term", by=self.by("service")))

    @rule(name=NAME)
    def it_is_taken_back(self, name: str) -> None:
        was_there = self.run(self.book.get(name)).state in THERE
        is_held = self.is_held(name)
        assert self.run(self.book.begin_shred(name, "withdrawn", by=self.by("service"))) is not (was_there and is_held)

    @rule(name=NAME, person=PERSON)
    def somebody_holds(self, name: str, person: str) -> None:
        self.count += 1
        is_there = self.run(self.book.get(name)).state in THERE
        try:
            self.run(self.holds.ask(f"h{self.count}", name, by=self.by(person)))
        except HoldRefused:
            assert not is_there
        else:
            assert is_there
            self.asked[f"h{self.count}"] = name

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), person=PERSON)
    def somebody_confirms(self, data: st.DataObject, person: str) -> None:
        hold = data.draw(st.sampled_from(sorted(self.asked)))
        before = self.run(self.holds.get(hold))
        try:
            self.run(self.holds.confirm(hold, by=self.by(person)))
        except HoldRefused:
            assert before.asked_by == person or before.has_lapsed(Instant(self.now)) or before.lifted_at is not None

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), person=PERSON)
    def somebody_lifts(self, data: st.DataObject, person: str) -> None:
        hold = data.draw(st.sampled_from(sorted(self.asked)))
        before = self.run(self.holds.get(hold))
        try:
            is_lifted = self.run(self.holds.lift(hold, by=self.by(person)))
        except HoldRefused:
            assert before.lifted_at is not None
        else:
            assert not is_lifted or before.lift_asked_by not in {None, person}

    @rule()
    def a_backup_is_made(self) -> None:
        self.run(self.engine.dispose())
        self.saved = Saved(self.folder / f"backup{self.count}", dict(self.asked))
        shutil.rmtree(self.saved.folder, ignore_errors=True)
        self.saved.folder.mkdir()
        for file in self.folder.glob("book.db*"):
            shutil.copy(file, self.saved.folder)
        shutil.copytree(self.folder / "objects", self.saved.folder / "objects")

    @precondition(lambda self: self.saved is not None)
    @rule()
    def the_backup_is_brought_back(self) -> None:
        assert self.saved is not None
        self.run(self.engine.dispose())
        for file in self.folder.glob("book.db*"):
            file.unlink()
        for file in self.saved.folder.glob("book.db*"):
            shutil.copy(file, self.folder)
        for file in (self.saved.folder / "objects").iterdir():
            shutil.copy(file, self.folder / "objects")
        self.asked = dict(self.saved.holds)
        self.run(Sealer(vault=self.vault, book=self.book, signer=SIGNER).replay_shreds())

    def is_held(self, name: str) -> bool:
        holds = self.run(self.holds.of_segment(name))
        return any(each.state(Instant(self.now)) in {"asked", "confirmed"} for each in holds)

    def note_gone(self) -> None:
        self.gone |= {entry.segment_id for entry in self.vault.keys.shredded()}

    @invariant()
    def what_is_gone_stays_gone_with_its_receipt(self) -> None:
        there = set(self.vault.objects.names())
        for name in self.gone:
            row = self.run(self.book.get(name))
            assert (row.state, row.facts, row.manifest) == (VaultState.SHREDDED, None, None)
            assert row.receipt is not None
            assert is_valid(decoded(row.receipt, Receipt))
            assert name not in there
            try:
                self.vault.keys.key_of(name)
            except KeyDestroyed:
                continue
            raise AssertionError(f"there is a key of {name}")

    @invariant()
    def what_is_held_is_never_over_its_term(self) -> None:
        overdue = self.run(self.book.overdue(Instant(self.now)))
        assert not [name for name in overdue if self.is_held(name)]


TestHoldsAndRestores = HoldsAndRestores.TestCase
TestHoldsAndRestores.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)

"""Messages of the answering machine: listed with their call, once, and the caller's number does not stay on the disk."""

import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from fernamt.voice_messages import CollectMessages
from routing.answering_machine import MessageMail, VoiceMessage
from store.journal_reading import JournalReader
from store.messages import MessageStore
from store.parties import PartyStore
from telephony.causes import EndReason
from telephony.events import CallTurnedAway, Envelope, Event, FallbackAnswered, NumberFacts
from telephony.identifiers import CallId, ClientId, EventId, Instant, LegId, PartyId, ProjectId, TrunkId
from telephony.switch.asterisk.messages import stem_of

FACTS = NumberFacts(number_class="mobile", country="DE", masked="+49 170 •••67", metadata_version="1")
CALL = CallId("c")


@dataclass
class Journal:
    envelopes: list[Envelope] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        number = len(self.envelopes) + 1
        at = Instant(number)
        self.envelopes.append(
            Envelope(seq=number, event_id=EventId(str(number)), occurred_at=at, received_at=at, event=event, call_id=CALL)
        )

    def served(self, leg_id: str) -> None:
        self.tell(
            FallbackAnswered(
                leg_id=LegId(leg_id),
                trunk_id=TrunkId("t"),
                dnis="+4930",
                party_id=PartyId("p"),
                caller=FACTS,
                answered_at=None,
                ended_at=Instant(9),
            )
        )
        away = CallTurnedAway(
            call_id=CALL, reason=EndReason.FALLBACK, to_machine=True, project_id=ProjectId("p1"), client_id=ClientId("c1")
        )
        self.tell(away)

    read: int = 0

    async def first_seq_at(self, _at: Instant) -> int:
        return 1

    async def read_since(self, seq: int) -> AsyncIterator[Envelope]:
        for envelope in self.envelopes[seq:]:
            self.read += 1
            yield envelope

    async def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        for envelope in self.envelopes:
            if envelope.call_id == call_id:
                yield envelope


@dataclass
class Messages:
    rows: dict[str, VoiceMessage] = field(default_factory=dict)

    mails: list[MessageMail] = field(default_factory=list)

    async def add(self, message: VoiceMessage, mail: MessageMail | None = None) -> bool:
        is_new = message.message_id not in self.rows
        self.rows[message.message_id] = message
        self.mails += [mail] if mail is not None and is_new else []
        return is_new

    async def remove(self, message_id: str) -> None:
        del self.rows[message_id]


@dataclass
class Parties:
    erased: set[PartyId] = field(default_factory=set)

    async def are_erased(self, party_ids: Collection[PartyId]) -> bool:
        return not self.erased.isdisjoint(party_ids)


def a_message(folder: Path, unique_id: str = "n-1.7", **changes: Any) -> Path:
    node = folder / "node1"
    node.mkdir(exist_ok=True)
    stem = node / stem_of(unique_id)
    stem.with_suffix(".wav").write_bytes(b"sound")
    content = {
        "version": 1,
        "unique_id": unique_id,
        "dialled": "+4930",
        "caller_number": "+491701234567",
        "started_at_us": 5,
        "recorded_ms": 3_000,
        "sound_file": f"{stem.name}.wav",
        "ended_by": "hang-up",
    }
    path = stem.with_suffix(".json")
    path.write_text(json.dumps(content | changes))
    return path


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def parties() -> Parties:
    return Parties()


@pytest.fixture
def job(journal: Journal, messages: Messages, parties: Parties, tmp_path: Path) -> CollectMessages:
    return CollectMessages(cast(JournalReader, journal), cast(MessageStore, messages), cast(PartyStore, parties), tmp_path)


async def test_a_message_is_listed_with_its_call_and_the_number_is_gone(
    job: CollectMessages, journal: Journal, messages: Messages, tmp_path: Path
) -> None:
    beside = a_message(tmp_path)
    journal.served("n-1.7")
    await job.run_once(lambda: False)
    (message,) = messages.rows.values()
    assert (message.call_id, message.project_id, message.client_id) == (CALL, "p1", "c1")
    assert (message.masked_caller, message.duration_ms) == (FACTS.masked, 3_000)
    assert (tmp_path / message.file_name).read_bytes() == b"sound"
    assert not beside.exists()


async def test_a_message_waits_until_its_call_is_known(
    job: CollectMessages, journal: Journal, messages: Messages, tmp_path: Path
) -> None:
    beside = a_message(tmp_path)
    journal.served("n-1.8")
    await job.run_once(lambda: False)
    assert not messages.rows
    assert beside.exists()


async def test_a_message_left_off_between_listing_and_tidying_is_one_message(
    job: CollectMessages, journal: Journal, messages: Messages, tmp_path: Path
) -> None:
    journal.served("n-1.7")
    for _ in range(2):
        a_message(tmp_path)
        await job.run_once(lambda: False)
    assert len(messages.rows) == 1


@pytest.mark.parametrize("sound", ["../../etc/passwd", "/etc/passwd"])
async def test_no_name_in_a_file_leads_out_of_the_folder(
    job: CollectMessages, journal: Journal, messages: Messages, tmp_path: Path, sound: str
) -> None:
    a_message(tmp_path, sound_file=sound)
    journal.served("n-1.7")
    await job.run_once(lambda: False)
    assert [message.file_name for message in messages.rows.values()] == ["node1/passwd"]


async def test_what_is_no_message_is_left_alone(job: CollectMessages, messages: Messages, tmp_path: Path) -> None:
    path = a_message(tmp_path)
    path.write_text("{")
    await job.run_once(lambda: False)
    assert path.exists()
    assert not messages.rows


async def test_while_a_message_waits_only_what_is_new_in_the_journal_is_read(
    job: CollectMessages, journal: Journal, messages: Messages, tmp_path: Path
) -> None:
    for number in range(50):
        journal.served(f"other.{number}")
    a_message(tmp_path)
    a_message(tmp_path, "n-1.8")
    await job.run_once(lambda: False)
    assert journal.read == 100
    for _ in range(20):
        await job.run_once(lambda: False)
    assert journal.read == 100
    journal.served("n-1.7")
    await job.run_once(lambda: False)
    assert journal.read == 102
    assert len(messages.rows) == 1
    a_message(tmp_path, "n-1.9")  # a new one is looked for from its own beginning
    journal.served("n-1.9")
    await job.run_once(lambda: False)
    assert len(messages.rows) == 2


async def test_a_message_of_somebody_who_was_erased_meanwhile_is_not_kept(
    job: CollectMessages, journal: Journal, messages: Messages, parties: Parties, tmp_path: Path
) -> None:
    a_message(tmp_path)
    journal.served("n-1.7")
    parties.erased.add(PartyId("p"))
    await job.run_once(lambda: False)
    assert not messages.rows
    assert list((tmp_path / "node1").iterdir()) == []


async def test_a_message_that_is_listed_is_mailed_once_to_its_projects_mailbox(
    journal: Journal, messages: Messages, parties: Parties, tmp_path: Path
) -> None:
    asked: list[str | None] = []

    async def mailbox(project_id: str | None) -> str | None:
        asked.append(project_id)
        return "nord@centre.example"

    job = CollectMessages(
        cast(JournalReader, journal), cast(MessageStore, messages), cast(PartyStore, parties), tmp_path, mailbox
    )
    journal.served("n-1.7")
    for _ in range(2):  # the file is found again after a crash
        a_message(tmp_path)
        await job.run_once(lambda: False)
    assert [(mail.mailbox, mail.message_id) for mail in messages.mails] == [("nord@centre.example", *messages.rows)]
    assert asked[0] == "p1"


async def test_a_message_of_somebody_who_was_erased_is_not_mailed(
    journal: Journal, messages: Messages, parties: Parties, tmp_path: Path
) -> None:
    async def mailbox(_project_id: str | None) -> str | None:
        return "nord@centre.example"

    job = CollectMessages(
        cast(JournalReader, journal), cast(MessageStore, messages), cast(PartyStore, parties), tmp_path, mailbox
    )
    a_message(tmp_path)
    journal.served("n-1.7")
    parties.erased.add(PartyId("p"))
    await job.run_once(lambda: False)
    assert (messages.rows, messages.mails) == ({}, [])

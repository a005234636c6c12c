"""The worker's jobs as an installation has them: all there, each one doing its part on the installation's own database."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from fernamt.installation import Places, opened
from fernamt.jobs import jobs
from fernamt.moment import now
from fernamt.node.settings import messages_of
from routing.answering_machine import VoiceMessage
from store.journal import SqlJournal
from store.messages import MessageStore
from store.upgrade import upgrade
from telephony.engine.ports import PartyRecord
from telephony.events import Envelope, LegOffered
from telephony.identifiers import SECOND, CallId, EventId, Instant, LegId, PartyId, TrunkId
from tests.contract.store.journal_words import PATIENT

DAY = 86_400 * SECOND


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    sections: dict[str, Any] = {"service": {"state_dir": tmp_path}, "retention": {"voicemail_days": 2}}
    chosen = Settings(**sections)
    Places(chosen).make()
    await upgrade(Places(chosen).database_url)
    return chosen


ERIKA = "+491701234567"


def an_arrival(number: int) -> Envelope:
    return Envelope(
        seq=number,
        event_id=EventId(f"e{number}"),
        occurred_at=now(),
        received_at=now(),
        call_id=CallId(f"call-{number}"),
        event=LegOffered(
            leg_id=LegId(f"leg-{number}"), trunk_id=TrunkId("t"), dnis="+4930", party_id=PartyId(f"p{number}"), caller=None
        ),
    )


def a_message(number: int, age_days: int) -> VoiceMessage:
    return VoiceMessage(
        message_id=f"m{number}",
        call_id="c",
        did="+4930",
        project_id=None,
        client_id=None,
        received_at=Instant(now() - age_days * DAY),
        duration_ms=None,
        masked_caller=None,
        file_name=f"node1/{number}.wav",
    )


async def test_every_job_of_an_installation_runs_and_old_messages_go_with_their_sound(settings: Settings, tmp_path: Path) -> None:
    folder = messages_of(tmp_path) / "node1"
    folder.mkdir(parents=True)
    async with opened(settings) as database:
        store = MessageStore(database.engine)
        for number, age_days in ((1, 3), (2, 1)):
            (folder / f"{number}.wav").write_bytes(b"sound")
            await store.add(a_message(number, age_days))
        every, webhooks = jobs(settings, database, Places(settings).party_keys())
        pauses = {job.name: await job.run_once(lambda: False) for job in every}
        await webhooks.close()
        left = [message.message_id for message in await store.list(before=None, limit=9)]
    messages, levels = {"collect_messages", "send_messages"}, {"propose_levels", "bring_levels_into_force"}
    leads = {"import_leads", "tidy_leads", "expire_orders"}
    vault = {"take_in_segments", "seal_segments", "shred_overdue", "root_the_chain", "forget_listeners"}
    quality = {"publish_seeds", "give_out_reviews"}
    always = {"derive_minutes", "sweep_old_data", "send_webhooks", "rotate_logs"}
    assert pauses.keys() == always | messages | levels | leads | vault | quality
    assert pauses["sweep_old_data"] == settings.retention.sweep_every_s
    assert all(pause > 0 for pause in pauses.values())
    assert left == ["m2"]
    assert [file.name for file in folder.iterdir()] == ["2.wav"]


async def test_old_logs_of_every_node_here_go_and_the_one_that_is_open_stays(tmp_path: Path) -> None:
    ports = {"north": 41_000, "south": 42_000}
    switches = {
        name: {
            "sip_port": port,
            "http_port": port + 1,
            "ami_port": port + 2,
            "controller_port": port + 3,
            "rtp_first_port": port + 100,
            "rtp_last_port": port + 199,
        }
        for name, port in ports.items()
    }
    sections: dict[str, Any] = {"service": {"state_dir": tmp_path}, "retention": {"logs_days": 2}, "switch": switches}
    settings = Settings(**sections)
    Places(settings).make()
    await upgrade(Places(settings).database_url)
    long_ago = now() / SECOND - 3 * 86_400
    for name in ports:
        folder = tmp_path / "nodes" / name / "log"
        folder.mkdir(parents=True)
        for file in ("fernamt.log", "console.log", "fernamt.log.1", "fernamt.log.1790000000"):
            (folder / file).write_text("said\n")
            os.utime(folder / file, (long_ago, long_ago))
    async with opened(settings) as database:
        every, webhooks = jobs(settings, database, Places(settings).party_keys())
        await next(job for job in every if job.name == "sweep_old_data").run_once(lambda: False)
        await webhooks.close()
    for name in ports:
        left = sorted(path.name for path in (tmp_path / "nodes" / name / "log").iterdir())
        assert left == ["console.log", "fernamt.log"], name


async def test_erasing_a_person_takes_what_they_said_to_the_answering_machine(settings: Settings, tmp_path: Path) -> None:
    folder = messages_of(tmp_path) / "node1"
    folder.mkdir(parents=True)
    places = Places(settings)
    keys = places.party_keys()
    async with opened(settings) as database:
        journal = await SqlJournal.open(database.engine, spool=places.spool, keys=keys, settings=PATIENT)
        for number, caller in ((1, ERIKA), (2, "+493012345")):
            journal.append(
                [an_arrival(number)], [PartyRecord(party_id=PartyId(f"p{number}"), number=caller, name=None, seen_at=now())]
            )
        await journal.wait_durable(2)
        await journal.close()
        store = MessageStore(database.engine)
        for number in (1, 2):
            (folder / f"{number}.wav").write_bytes(b"sound")
            await store.add(replace(a_message(number, 1), call_id=f"call-{number}"))
        for name, caller in (("erika", "0170 1234567"), ("other", "+493012345")):
            beside = {"unique_id": name, "dialled": "+4930", "caller_number": caller, "started_at_us": 5}
            beside |= {"recorded_ms": 1, "sound_file": f"message-{name}.wav", "ended_by": "hang-up"}
            (folder / f"message-{name}.json").write_text(json.dumps(beside))
            (folder / f"message-{name}.wav").write_bytes(b"sound")
        await database.parties(keys).erase(at=now(), receipt_id="r", reason="asked for", party_id=PartyId("p1"))
        left = [message.message_id for message in await store.list(before=None, limit=9)]
    assert left == ["m2"]
    assert sorted(file.name for file in folder.iterdir()) == ["2.wav", "message-other.json", "message-other.wav"]
    assert ERIKA[3:].encode() not in b"".join(file.read_bytes() for file in folder.iterdir())

"""The worker's jobs as an installation has them: all there, each one doing its part on the installation's own database."""

from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from fernamt.installation import Places, opened
from fernamt.jobs import jobs
from fernamt.moment import now
from fernamt.node.settings import messages_of
from store.messages import MessageStore
from store.upgrade import upgrade
from telephony.identifiers import SECOND, Instant
from web.accounts import VoiceMessage

DAY = 86_400 * SECOND


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    sections: dict[str, Any] = {"service": {"state_dir": tmp_path}, "retention": {"voicemail_days": 2}}
    chosen = Settings(**sections)
    Places(chosen).make()
    await upgrade(Places(chosen).database_url)
    return chosen


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
    assert pauses.keys() == {"derive_minutes", "sweep_old_data", "send_webhooks", "collect_messages"}
    assert pauses["sweep_old_data"] == settings.retention.sweep_every_s
    assert all(pause > 0 for pause in pauses.values())
    assert left == ["m2"]
    assert [file.name for file in folder.iterdir()] == ["2.wav"]

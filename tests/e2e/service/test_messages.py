"""A caller speaks to the answering machine of a closed project: one mail with that sound, whoever dies on the way."""

import asyncio
import io
import json
import os
import signal
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

from fernamt.demo.house import House
from tests.e2e.patience import soon
from tests.e2e.service.centres import CLOSED
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, leaves_a_message
from tests.e2e.service.watching import eventually
from tests.e2e.test_phones import loudest_tone
from tests.mail_house import HANGS, PASSWORD, USER, MailHouse, a_mail_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOX = "messages@centre.example"
TONE_HZ = 620
TRY_S = 3


@dataclass
class Site:
    house: House
    post: MailHouse

    async def listed(self) -> list[dict[str, Any]]:
        return list(json.loads(await self.house.command("messages", "list", "--json")))

    async def until_sent(self, count: int) -> list[dict[str, Any]]:
        """So many messages are listed, and the mails about all of them are out."""

        async def look() -> list[dict[str, Any]] | None:
            found = await self.listed()
            return found if len(found) == count and all(each["mail"] == "sent" for each in found) else None

        found = await eventually(look, "mails that are out")
        assert isinstance(found, list)
        return found

    async def worker_pid(self) -> int:
        assert self.house.service is not None
        service = self.house.service.pid

        def look() -> int | None:
            for status in Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = status.read_text().rpartition(")")[2].split()
                    words = (status.parent / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if int(fields[1]) == service and b"worker" in words:
                    return int(status.parent.name)
            return None

        async def ask() -> int | None:
            return await asyncio.to_thread(look)

        found = await eventually(ask, "the worker's process")
        assert isinstance(found, int)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(state_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with a_mail_house(tmp_path_factory.mktemp("post"), tls="starttls", logs_in=True) as post:
        mail = {
            "host": "127.0.0.1",
            "port": post.port,
            "ca_file": str(post.certificate),
            "username": USER,
            "password": PASSWORD,
            "sender": "machine@centre.example",
            "mailbox": BOX,
            "timeout_s": TRY_S,
        }
        async with opened_house(state_dir, 1, changes={"mail": mail}) as house:
            yield Site(house, post)


def sound_of(mail: EmailMessage) -> tuple[float, float]:
    """The loudest tone in the middle of the recording, and its length in seconds."""
    (attached,) = mail.iter_attachments()
    with wave.open(io.BytesIO(attached.get_content())) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(float)
        rate = sound.getframerate()
    assert rate == 8_000
    return loudest_tone(samples[len(samples) // 4 : 3 * len(samples) // 4]), len(samples) / rate


async def test_a_caller_of_a_closed_project_leaves_a_message_and_the_mailbox_has_one_mail_with_it(site: Site) -> None:
    async with a_caller(site.house, CLOSED, tone_hz=TONE_HZ) as caller:
        await leaves_a_message(caller, site.house)
    (listed,) = await site.until_sent(1)
    (mail,) = site.post.mails(BOX)
    tone, length_s = sound_of(mail)
    assert abs(tone - TONE_HZ) < 10
    assert length_s > 2
    assert abs(length_s - float(listed["seconds"])) < 0.1
    assert "Projekt Ost" in str(mail["Subject"])
    assert listed["project_id"] == "closed"
    assert "1234567" not in str(mail), "the number is masked"
    assert len(site.post.taken) == 1
    await eventually(lambda: figures(site, 'fernamt_voice_mails{state="sent"} 1.0'), "the figure")


async def test_the_supervisor_forwards_it_marks_it_and_deletes_it(site: Site) -> None:
    (listed,) = await site.listed()
    path = f"/messages/{listed['message_id']}"
    async with at_desk(site.house, "sup") as desk:
        await desk.do(f"{path}/forward", {"mailbox": "client@elsewhere.example", "note": "bitte zurückrufen"})
        await eventually(lambda: forwarded(site), "the forwarded mail")
        (mail,) = site.post.mails("client@elsewhere.example")
        assert "Weitergeleitet von: Supervisor" in mail.get_body().get_content()  # type: ignore[union-attr]
        assert abs(sound_of(mail)[0] - TONE_HZ) < 10
        await desk.do(f"{path}/done")
        _, shown = await desk.ask("GET", path)
        assert [each["state"] for each in shown["mails"]] == ["sent", "sent"]
        assert shown["done_at"] is not None
        assert (await desk.ask("DELETE", path))[0] == 204
    assert await site.listed() == []
    assert not list((site.house.settings.service.state_dir / "messages").glob("*/*"))


async def figures(site: Site, line: str) -> bool | None:
    async with aiohttp.ClientSession() as http, http.get(f"{site.house.url}/metrics") as answer:
        return True if line in (await answer.text()).splitlines() else None


async def forwarded(site: Site) -> bool | None:
    return True if site.post.mails("client@elsewhere.example") else None


async def test_a_worker_killed_between_the_whole_mail_and_the_answer_leads_to_one_mail(site: Site) -> None:
    before = len(site.post.mails(BOX))
    site.post.answers.append(HANGS)
    site.post.came.clear()
    async with a_caller(site.house, CLOSED, tone_hz=TONE_HZ) as caller:
        await leaves_a_message(caller, site.house)
    await soon(site.post.came.wait())
    os.kill(await site.worker_pid(), signal.SIGKILL)
    (listed,) = await site.until_sent(1)
    assert listed["mails"][0]["attempts"] == 2
    assert len(site.post.mails(BOX)) == before + 1
    assert len([to for to, _ in site.post.taken if to == BOX]) == before + 2, "the server had it twice, the mailbox once"

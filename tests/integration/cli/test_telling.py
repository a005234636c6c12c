"""What is held about a person is told to the API by a process of its own, which nobody sees the number of."""

import asyncio
import json
from pathlib import Path

import pytest

from fernamt.own_command import OwnCommandFailed
from fernamt.telling_process import MOST_AT_ONCE, ProcessTelling
from store.audit import Author
from telephony.identifiers import Instant, UserId
from tests.integration.cli.conftest import Fernamt
from web.ports import ExportsBusy

NUMBER = "030 23125 777"
ROOT = Author(user_id=UserId("user-root"), at=Instant(1_790_000_000_000_000), reason="letter of 3 May")


@pytest.fixture
def told_here(centre: Fernamt, monkeypatch: pytest.MonkeyPatch) -> Fernamt:
    """A centre whose processes are started where this program lies."""
    monkeypatch.chdir(Path(__file__).parents[3])
    return centre


def test_all_that_is_held_is_told_and_who_asked_is_on_record_without_the_number(
    told_here: Fernamt, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told_here("parties", "restrict", NUMBER, "--reason", "by letter").code == 0
    started, start = list[tuple[str, ...]](), asyncio.create_subprocess_exec

    async def noted(*words: str, **more: object) -> asyncio.subprocess.Process:
        started.append(words)
        return await start(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("asyncio.create_subprocess_exec", noted)
    told = json.loads(asyncio.run(ProcessTelling().tell("+4930 23125-777", by=ROOT)))
    assert [each["list"] for each in told["do_not_call"]]
    assert told["people"] == []
    (words,) = started
    assert not any("23125" in word or "letter" in word for word in words), "everybody on the machine reads command lines"
    (kept,) = [each for each in told_here("audit", "--json").json if each["deed"] == "party.told"]
    assert (kept["user_id"], kept["reason"]) == ("user-root", "letter of 3 May")
    assert "23125" not in json.dumps(kept)


def test_few_are_told_at_once_and_a_failure_is_none_of_a_person(told_here: Fernamt) -> None:
    async def asked() -> list[object]:
        telling = ProcessTelling(["--config", "nowhere.toml"])
        several = [telling.tell(NUMBER, by=ROOT) for _ in range(MOST_AT_ONCE + 1)]
        return list(await asyncio.gather(*several, return_exceptions=True))

    assert sorted(type(each).__name__ for each in asyncio.run(asked())) == sorted(
        [*(OwnCommandFailed.__name__ for _ in range(MOST_AT_ONCE)), ExportsBusy.__name__]
    )

"""Who may hear and fetch, from the command line: two persons, each proven by a password."""

import asyncio
import io
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from config.settings import Settings
from fernamt.cli.work import settings
from fernamt.installation import opened
from fernamt.moment import now
from fernamt.vault_jobs import Sealer, SealSegments
from fernamt.vault_places import open_vault, signer_of
from recording.retention import RecordingClass
from store.vault import VaultStore
from telephony.identifiers import UserId
from tests.integration.cli.conftest import Done, Fernamt
from tests.recorded import FOREVER, a_segment, record, samples
from web.accounts import User
from web.permissions import Role

NAME = a_segment().segment_id
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def _prepared(chosen: Settings) -> None:
    vault = open_vault(chosen)
    vault.spool.mkdir(mode=0o700, parents=True)
    record(vault.spool, NAME, samples(1, 9_000), samples(2, 9_000))
    async with opened(chosen) as database:
        book = VaultStore(database.engine)
        await book.hand_in(a_segment(), RecordingClass.ORDER_SEGMENT, FOREVER)
        await SealSegments(lambda: Sealer(vault=vault, book=book, signer=signer_of(chosen))).run_once(lambda: False)
        for login, role in (("otto", Role.SUPERVISOR), ("olga", Role.SUPERVISOR), ("rolf", Role.REVIEWER)):
            user = User(
                user_id=UserId(f"user-{login}"),
                login=login,
                display_name=login,
                role=role,
                created_at=now(),
                password_hash=CHEAP.hash(PASSWORD),
            )
            assert await database.users.add(user)
    vault.keys.close()


@pytest.fixture
def said(fernamt: Fernamt, centre: Fernamt, monkeypatch: pytest.MonkeyPatch) -> "Said":
    asyncio.run(_prepared(settings()))
    return Said(fernamt, monkeypatch)


class Said:
    """Runs `fernamt recordings` while somebody types a password."""

    def __init__(self, fernamt: Fernamt, monkeypatch: pytest.MonkeyPatch) -> None:
        self._fernamt, self._monkeypatch = fernamt, monkeypatch

    def __call__(self, *words: str, password: str = PASSWORD) -> Done:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        self._monkeypatch.setattr("typer.prompt", lambda *_args, **_named: password)
        return self._fernamt("recordings", *words)

    def request(self) -> str:
        (row, *_) = self("requests", "--json").json
        return str(row["request_id"])


def test_a_release_by_two_persons_is_written_as_a_package_that_proves_itself(
    said: Said, fernamt: Fernamt, tmp_path: Path
) -> None:
    asked = said("release", NAME, "--as", "otto", "--reason", "letter 7", "--for", "data_subject")
    assert asked.code == 0, asked.err
    request, path = said.request(), tmp_path / "package.tar"
    same = said("approve", request, "--as", "otto", "--reason", "fine")
    assert (same.code, "second person" in same.err) == (1, True)
    assert said("approve", request, "--as", "olga", "--reason", "fine").code == 0
    assert (said("fetch", request, "--as", "olga", "--to", str(path)).code, path.exists()) == (1, False)
    fetched = said("fetch", request, "--as", "otto", "--to", str(path))
    assert fetched.code == 0, fetched.err
    assert path.stat().st_mode & 0o777 == 0o600
    assert fernamt("verify", str(path)).code == 0
    assert said("fetch", request, "--as", "otto", "--to", str(path)).code == 1
    assert [(row["user_id"], row["what"]) for row in said("accesses", NAME, "--json").json] == [("otto", "package")]
    (row,) = said("requests", "--segment", NAME, "--json").json
    assert (row["state"], row["asked_by"], row["decided_by"], row["wanted"]) == (
        *("approved", "otto", "olga"),
        "release_data_subject",
    )


def test_a_name_is_proven_by_its_password(said: Said) -> None:
    for login, password in (("otto", "wrong"), ("nobody", PASSWORD)):
        refused = said("escalate", NAME, "--as", login, "--reason", "x", password=password)
        assert (refused.code, "name or password is wrong" in refused.err) == (1, True)
    assert said("requests", "--json").json == []


def test_an_escalation_is_refused_ended_and_asked_by_whom_it_may(said: Said) -> None:
    assert said("escalate", NAME, "--as", "rolf", "--reason", "x").code == 1
    assert said("escalate", "nothing", "--as", "otto", "--reason", "x").code == 5
    assert said("escalate", NAME, "--as", "otto", "--reason", "x").code == 0
    assert said("refuse", said.request(), "--as", "olga", "--reason", "no ground").code == 0
    assert said("escalate", NAME, "--as", "otto", "--reason", "y").code == 0
    assert said("end", said.request(), "--as", "otto", "--reason", "settled").code == 0
    states = {row["reason"]: row["state"] for row in said("requests", "--json").json}
    assert states == {"x": "refused", "y": "withdrawn"}

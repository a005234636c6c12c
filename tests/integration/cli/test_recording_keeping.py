"""Keeping recordings from the command line: two named people, terms of a project, receipts, keys turned over."""

import asyncio
from pathlib import Path

from fernamt.cli.work import settings
from fernamt.installation import opened
from recording.retention import RecordingClass
from recording.vault.sealing import Vault
from store.vault import VaultStore
from telephony.identifiers import ProjectId
from tests.integration.cli.conftest import Fernamt
from tests.integration.cli.test_recordings import NAME, _round, _sealed
from tests.recorded import FOREVER, a_segment, a_vault, record, samples

LIFT = ("--reason", "settled")


def _people(fernamt: Fernamt) -> None:
    for login, role in (("sven", "supervisor"), ("root", "admin"), ("rita", "reviewer")):
        assert fernamt("users", "add", login, "--name", login.title(), "--role", role).code == 0


def test_two_named_people_hold_a_segment_and_two_lift_it(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    asyncio.run(_sealed(settings(), vault, is_held=False))
    _people(fernamt)
    assert fernamt("recordings", "hold", NAME, "--by", "nobody", "--reason", "court").code == 5
    assert fernamt("recordings", "hold", NAME, "--by", "rita", "--reason", "court").code == 1
    assert fernamt("recordings", "hold", "none", "--by", "sven", "--reason", "court").code == 5
    hold = fernamt("recordings", "hold", NAME, "--by", "Sven", "--reason", "court").out.strip()
    assert fernamt("recordings", "confirm-hold", hold, "--by", "sven", "--reason", "court").code == 1
    assert fernamt("recordings", "confirm-hold", hold, "--by", "root", "--reason", "court").code == 0
    assert fernamt("recordings", "withdraw", NAME, "--reason", "letter").code == 1
    (row,) = fernamt("recordings", "holds", "--json").json
    assert (row["hold_id"], row["state"]) == (hold, "confirmed")
    for login in ("root", "root", "sven"):
        assert fernamt("recordings", "holds", "--json").json != []
        assert fernamt("recordings", "lift", hold, "--by", login, *LIFT).code == 0
    assert fernamt("recordings", "holds", "--json").json == []
    assert fernamt("recordings", "lift", hold, "--by", "sven", *LIFT).code == 1
    assert fernamt("recordings", "withdraw", NAME, "--reason", "letter").code == 0
    asyncio.run(_worked(vault))
    (gone,) = fernamt("recordings", "receipts", "--json").json
    assert (gone["segment_id"], gone["reason"], gone["is_valid"]) == (NAME, "withdrawn", True)
    vault.keys.close()


async def _worked(vault: Vault) -> None:
    async with opened(settings()) as database:
        await _round(VaultStore(database.engine), vault)


def test_terms_of_a_project_are_set_within_the_laws_and_shorten_what_is_kept(
    fernamt: Fernamt, centre: Fernamt, tmp_path: Path
) -> None:
    project = fernamt("projects", "list", "--json").json[0]["project_id"]
    vault = a_vault(tmp_path)

    async def recorded() -> None:
        record(vault.spool, NAME, samples(1, 900), samples(2, 900))
        async with opened(settings()) as database:
            segment = a_segment(project_id=ProjectId(project))
            await VaultStore(database.engine).hand_in(segment, RecordingClass.ORDER_SEGMENT, FOREVER)

    asyncio.run(recorded())
    (row,) = fernamt("recordings", "terms", project, "--json").json
    assert (row["unrated_days"], row["order_years"], row["is_own"]) == (30, 3, False)
    done = fernamt("recordings", "terms", project, "--order-years", "1", "--json")
    assert (done.json[0]["order_years"], done.json[0]["is_own"]) == (1, True)
    assert "1 recordings" in done.err
    assert fernamt("recordings", "terms", project, "--rated-days", "181").code == 3
    assert fernamt("recordings", "terms", "none", "--rated-days", "60").code == 5
    assert fernamt("recordings", "terms", "--rated-days", "60").code == 2
    told = fernamt("processing-record", "--language", "en").out
    assert "1. year after at most" in told
    assert "Verzeichnis von Verarbeitungstätigkeiten" in fernamt("processing-record").out
    vault.keys.close()


def test_keys_are_turned_over_and_which_one_has_to_be_said(fernamt: Fernamt, centre: Fernamt) -> None:
    assert fernamt("recordings", "rotate-key").code == 2
    assert fernamt("recordings", "rotate-key", "--client", "none").code == 5
    refused = fernamt("recordings", "rotate-key", "--master")
    assert (refused.code, "nothing was sealed yet" in refused.err) == (1, True)
    client = fernamt("clients", "list", "--json").json[0]["client_id"]
    assert fernamt("recordings", "rotate-key", "--client", client).code == 0
    assert fernamt("recordings", "rotate-key", "--master").code == 0
    deeds = [deed["deed"] for deed in fernamt("audit", "--json").json]
    assert deeds.count("recording_key.rotated") == 2

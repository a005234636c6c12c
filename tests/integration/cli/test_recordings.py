"""What the vault has of recorded orders, from the command line: never the sound."""

import asyncio
from pathlib import Path

from config.settings import Settings
from fernamt.cli.work import settings
from fernamt.installation import opened
from fernamt.vault_jobs import Sealer, SealSegments
from recording.retention import RecordingClass
from recording.vault.sealing import Vault
from store.audit import the_service
from store.vault import VaultStore
from store.vault_holds import HoldStore
from tests.integration.cli.conftest import Fernamt
from tests.recorded import FOREVER, SIGNER, a_segment, a_vault, record, samples

NAME = a_segment().segment_id


async def _sealed(chosen: Settings, vault: Vault, *, is_held: bool) -> None:
    record(vault.spool, NAME, samples(1, 9_000), samples(2, 9_000))
    async with opened(chosen) as database:
        book = VaultStore(database.engine)
        await book.hand_in(a_segment(), RecordingClass.ORDER_SEGMENT, FOREVER)
        await _round(book, vault)
        if is_held:
            await HoldStore(database.engine).ask("hold", NAME, by=the_service())


async def _round(book: VaultStore, vault: Vault) -> None:
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)


async def _worked(chosen: Settings, vault: Vault) -> None:
    async with opened(chosen) as database:
        await _round(VaultStore(database.engine), vault)


def test_segments_are_listed_shown_and_shredded_when_taken_back(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    asyncio.run(_sealed(settings(), vault, is_held=False))
    (row,) = fernamt("recordings", "list", "--json").json
    assert (row["segment_id"], row["order_id"], row["state"]) == (NAME, "order-7", "kept")
    assert NAME in fernamt("recordings", "list", "--order", "order-7").out
    assert fernamt("recordings", "list", "--call", "another", "--json").json == []
    shown = fernamt("recordings", "show", NAME).json
    assert [mark["what"] for mark in shown["segment"]["marks"]] == ["consent", "intent"]
    assert (shown["link_number"], shown["receipt"]) == (1, None)
    assert fernamt("recordings", "withdraw", NAME, "--reason", "letter of 3 May").code == 0
    assert "shred" in [deed["deed"] for deed in fernamt("audit", "--json").json]
    asyncio.run(_worked(settings(), vault))
    shown = fernamt("recordings", "show", NAME).json
    assert (shown["state"], shown["segment"], shown["receipt"]["reason"]) == ("shredded", None, "withdrawn")
    assert list(vault.objects.names()) == []
    vault.keys.close()


def test_what_is_held_is_not_shredded_and_what_is_unknown_is_said(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    asyncio.run(_sealed(settings(), vault, is_held=True))
    refused = fernamt("recordings", "withdraw", NAME, "--reason", "letter")
    assert refused.code == 1
    assert "held" in refused.err
    assert fernamt("recordings", "show", NAME).json["state"] == "kept"
    assert [fernamt("recordings", *words).code for words in (("show", "x"), ("withdraw", "x", "--reason", "y"))] == [5, 5]
    vault.keys.close()

"""Before a service opens that may have been brought back from a backup: what was shredded is gone again."""

import asyncio
import importlib

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import Settings
from fernamt.installation import Places
from store.vault import VaultStore
from telephony.errors import FernamtError

_log = structlog.get_logger("fernamt.shred_replay")


async def replay_before_opening(settings: Settings, engine: AsyncEngine) -> None:
    """No recording that was shredded can be heard, whatever a backup brought back. Nothing is done where nothing was sealed yet.

    What cannot be done now (its object store is away) the worker does; without a key the sound says nothing. Where the key store
    itself cannot be opened, no recording can, and calls go on.
    """
    if not (Places(settings).key.parent / "vault.db").exists():
        return
    places = await asyncio.to_thread(importlib.import_module, "fernamt.vault_places")  # large, and no call waits for it
    try:
        sealer = await asyncio.to_thread(places.open_sealer, settings, VaultStore(engine))
        try:
            again = await sealer.replay_shreds()
        finally:
            sealer.vault.keys.close()
    except (FernamtError, OSError) as error:
        _log.error("the list of what was shredded could not be replayed whole; the worker tries again", error=str(error))
        return
    if again:
        _log.warning("a backup had brought segments back that were shredded; they are gone again", segments=again)

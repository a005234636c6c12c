"""The keeping of recordings, as the screens need it."""

from datetime import tzinfo

from sqlalchemy.ext.asyncio import AsyncEngine

from store.recording_terms import RecordingTermsStore
from store.vault import VaultStore
from store.vault_holds import HoldStore
from store.vault_intake import VaultIntake
from web.keeping_ports import Keeping


def keeping_of(engine: AsyncEngine, zone: tzinfo) -> Keeping:
    """Holds, terms, segments and receipts of that database."""
    return Keeping(
        holds=HoldStore(engine),
        terms=RecordingTermsStore(engine, zone),
        segments=VaultIntake(engine),
        receipts=VaultStore(engine),
    )

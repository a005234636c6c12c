"""The vault of this installation: its key files, made by the first start, and how they are turned over."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cryptography import x509
from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import Settings
from config.vault import ObjectsIn
from fernamt.installation import KeyUnusable, Places
from fernamt.node.credentials import write_private_once
from fernamt.vault_jobs import RootTheChain, Sealer, SealSegments, ShredOverdue, Stamping
from fernamt.vault_sound import VaultSound
from fernamt.worker import Job
from recording.vault.keys import KEY_BYTES, KeyStore
from recording.vault.objects import LocalObjects, ObjectStore, sync_folder
from recording.vault.sealing import Vault
from recording.vault.signing import SEED_BYTES, Signer
from recording.vault.stamps import HttpAuthority
from store.recording_terms import RecordingTermsStore
from store.vault import VaultStore
from telephony.identifiers import ClientId

_MASTER, _NEXT, _SIGNING, _KEYS = "vault.key", "vault.key.next", "vault-signing.key", "vault.db"


def vault_jobs(settings: Settings, book: VaultStore, terms: RecordingTermsStore) -> Sequence[Job]:
    """What the worker does for the vault; it is opened when it is needed."""
    chosen = settings.vault

    def stamping() -> Stamping:
        if chosen.tsa_url is None or chosen.tsa_certificates is None:
            return Stamping(signer=signer_of(settings))
        roots = x509.load_pem_x509_certificates(chosen.tsa_certificates.read_bytes())
        return Stamping(signer=signer_of(settings), authority=HttpAuthority(chosen.tsa_url), roots=roots)

    return [SealSegments(partial(open_sealer, settings, book)), ShredOverdue(book, terms), RootTheChain(book, stamping)]


def open_sealer(settings: Settings, book: VaultStore) -> Sealer:
    """Whoever seals and shreds, with the vault open."""
    return Sealer(vault=open_vault(settings), book=book, signer=signer_of(settings))


def signer_of(settings: Settings) -> Signer:
    """Who signs the chain, receipts and packages here. The key is made, mode 0600, by the first start."""
    return Signer(secret_of(Places(settings).key.parent / _SIGNING, SEED_BYTES))


def open_vault(settings: Settings) -> Vault:
    """The vault, open. Its master key is made, mode 0600, by the first start."""
    places = Places(settings)
    return Vault(
        keys=open_keys(places.key.parent),
        objects=_objects(settings),
        spool=spool_of(settings),
        staging=places.state / "recording" / "sealing",
    )


def vault_sound(settings: Settings, engine: AsyncEngine) -> VaultSound:
    """The vault's sound, for whoever has a right to it; the vault is opened when it is needed."""
    return VaultSound(engine, lambda: open_vault(settings), lambda: signer_of(settings))


def spool_of(settings: Settings) -> Path:
    """The folder from which the vault takes what was recorded."""
    return settings.vault.recordings_dir or Places(settings).state / "recording" / "segments"


def open_keys(folder: Path) -> KeyStore:
    """The key store, by the master key in force. A turn-over that was killed is brought to its end."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    masters = _masters(folder)
    keys = KeyStore(folder / _KEYS, masters, again=partial(_masters, folder))
    if len(masters) > 1:
        keys.rotate_master(masters[1])
        _put_in_force(folder)
    return keys


def rotate_client(folder: Path, client_id: ClientId) -> int:
    """The keys of that client's segments are wrapped by a new key, the old one is gone; returns the new one's version."""
    keys = open_keys(folder)
    try:
        return keys.rotate_client(client_id)
    finally:
        keys.close()


def rotate_master(folder: Path) -> bool:
    """All clients' keys are wrapped by a new master key, the old one is gone; False, and nothing done, where there is no key yet.

    Killed, it goes on at the next start. A worker that runs finds the new one by itself.
    """
    keys = open_keys(folder)
    has_any = keys.wraps_any
    keys.close()
    if has_any:
        write_private_once(folder / _NEXT, os.urandom(KEY_BYTES).hex())
        open_keys(folder).close()
    return has_any


def _masters(folder: Path) -> list[bytes]:
    """The master key in force; while it is turned over, also the next."""
    masters, following = [secret_of(folder / _MASTER, KEY_BYTES)], folder / _NEXT
    if following.exists():
        masters.append(secret_of(following, KEY_BYTES))
    return masters


def _put_in_force(folder: Path) -> None:
    (folder / _NEXT).replace(folder / _MASTER)
    sync_folder(folder)


def _objects(settings: Settings) -> ObjectStore:
    chosen = settings.vault
    if chosen.objects is ObjectsIn.FOLDER:
        return LocalObjects(chosen.objects_dir or Places(settings).state / "vault")
    from recording.vault.s3_objects import S3Objects, connect  # noqa: PLC0415 - large, and few need it

    access, secret = chosen.s3_access_key, chosen.s3_secret_key
    client = connect(
        endpoint=chosen.s3_endpoint,
        region=chosen.s3_region,
        access_key="" if access is None else access.get_secret_value(),
        secret_key="" if secret is None else secret.get_secret_value(),
    )
    return S3Objects(client, chosen.s3_bucket or "")


def secret_of(path: Path, length: int) -> bytes:
    """The key in that file; made where there is none. Of processes that start at once all have the same."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private_once(path, os.urandom(length).hex())
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise KeyUnusable(f"{path} holds no key in hexadecimal digits: bring it back from the backup") from error
    if len(secret) != length:
        raise KeyUnusable(f"{path} holds {len(secret)} bytes, not {length}: bring it back from the backup")
    return secret

"""The key store: a random key for every segment, wrapped by its client's key, that one wrapped by the master key.

It is a file of its own, never part of a backup of the database: a key that was destroyed is in no copy of anything. What was
destroyed stays listed, so that a database brought back from a backup learns of it before it is used. Blocking.
"""

import hashlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telephony.errors import FernamtError
from telephony.identifiers import ClientId, Instant

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS client_keys (client_id TEXT, version INTEGER, wrapped BLOB NOT NULL, master TEXT NOT NULL,
    PRIMARY KEY (client_id, version));
CREATE TABLE IF NOT EXISTS segment_keys (segment_id TEXT PRIMARY KEY, client_id TEXT NOT NULL, version INTEGER NOT NULL,
    wrapped BLOB NOT NULL, FOREIGN KEY (client_id, version) REFERENCES client_keys);
CREATE TABLE IF NOT EXISTS shredded (segment_id TEXT PRIMARY KEY, at INTEGER NOT NULL, receipt BLOB NOT NULL);
"""
_KNOWN: Final = "SELECT 1 FROM segment_keys WHERE segment_id = ? UNION ALL SELECT 1 FROM shredded WHERE segment_id = ?"


class KeyUnusable(FernamtError):
    """A key of the vault cannot be had."""

    code = "vault_key"


class KeyDestroyed(KeyUnusable):
    """The segment was shredded: there is no key any more, and there will be none."""

    code = "vault_key_destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredded:
    """One entry of the list of what was destroyed."""

    segment_id: str
    at: Instant
    receipt: bytes


class KeyStore:
    """Makes, finds, turns over and destroys keys. One object a process; any of its threads may call it."""

    def __init__(self, path: Path, masters: Sequence[bytes], again: Callable[[], Sequence[bytes]] | None = None) -> None:
        """The store is open, readable by its owner only. Raises `KeyUnusable` where it belongs to a master key that is not given.

        `masters`: the one in force; while it is being turned over also the next, whichever the store has got to. `again` tells
        them anew when another process has turned the key over.
        """
        if any(len(master) != KEY_BYTES for master in masters) or not masters:
            raise KeyUnusable(f"the vault's master key has to have {KEY_BYTES} bytes")
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self._lock, self._again = threading.Lock(), again
        self._database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_TABLES)
        self._master = self._fitting(masters, path)

    def close(self) -> None:
        """The store is closed."""
        self._database.close()

    @property
    def master_name(self) -> str:
        """By which name of a master key the store's keys are wrapped."""
        return name_of(self._master)

    @property
    def wraps_any(self) -> bool:
        """Whether there is any key that the master key wraps."""
        with self._lock:
            return self._database.execute("SELECT 1 FROM client_keys LIMIT 1").fetchone() is not None

    def key_for(self, segment_id: str, client_id: ClientId) -> bytes:
        """The segment's key: the one it has, or a new one, which is on disk. Raises `KeyDestroyed` where it was shredded."""
        with self._writing() as database:
            self._refuse_destroyed(segment_id)
            row = database.execute(
                "SELECT client_id, version, wrapped FROM segment_keys WHERE segment_id = ?", (segment_id,)
            ).fetchone()
            if row is not None:
                return self._unwrap_segment(segment_id, *row)
            return self._insert_segment_key(segment_id, client_id)

    def make(self, clients: Mapping[str, ClientId]) -> None:
        """Every segment of these has a key, which is on disk; those that were shredded have none."""
        with self._writing() as database:
            for segment_id, client_id in clients.items():
                if database.execute(_KNOWN, (segment_id, segment_id)).fetchone() is None:
                    self._insert_segment_key(segment_id, client_id)

    def key_of(self, segment_id: str) -> bytes:
        """The key of a segment that was sealed. Raises `KeyDestroyed`, or `KeyUnusable` where there never was one."""
        with self._lock:
            self._refuse_destroyed(segment_id)
            row = self._database.execute(
                "SELECT client_id, version, wrapped FROM segment_keys WHERE segment_id = ?", (segment_id,)
            ).fetchone()
            if row is None:
                raise KeyUnusable(f"there is no key of the segment {segment_id}", segment_id=segment_id)
            return self._unwrap_segment(segment_id, *row)

    def rotate_client(self, client_id: ClientId) -> int:
        """All keys of that client's segments are wrapped by a new key; the old one is gone. Returns the new one's version."""
        with self._writing() as database:
            before, _ = self._client_key(client_id)
            version, key = before + 1, AESGCM.generate_key(256)
            self._insert_client_key(client_id, version, key)
            rows = database.execute(
                "SELECT segment_id, client_id, version, wrapped FROM segment_keys WHERE client_id = ?", (client_id,)
            ).fetchall()
            for segment_id, *rest in rows:
                opened = self._unwrap_segment(segment_id, *rest)
                wrapped = _wrap(key, opened, _of_segment(segment_id, client_id, version))
                database.execute(
                    "UPDATE segment_keys SET version = ?, wrapped = ? WHERE segment_id = ?", (version, wrapped, segment_id)
                )
            database.execute("DELETE FROM client_keys WHERE client_id = ? AND version < ?", (client_id, version))
        self._forget_old_pages()
        return version

    def rotate_master(self, master: bytes) -> None:
        """All clients' keys are wrapped by the new master key, which has to be on disk already; the old one opens nothing."""
        if len(master) != KEY_BYTES:
            raise KeyUnusable(f"the vault's master key has to have {KEY_BYTES} bytes")
        with self._writing() as database:
            for client_id, version, wrapped in database.execute("SELECT client_id, version, wrapped FROM client_keys").fetchall():
                bound = _of_client(client_id, version)
                again = _wrap(master, _unwrap(self._master, wrapped, bound), bound)
                database.execute(
                    "UPDATE client_keys SET wrapped = ?, master = ? WHERE client_id = ? AND version = ?",
                    (again, name_of(master), client_id, version),
                )
        self._master = master
        self._forget_old_pages()

    def destroy(self, segment_id: str, at: Instant, receipt: bytes) -> bytes:
        """The segment's key is gone for good, and the list says so; returns the first receipt. Again: changes nothing."""
        with self._writing() as database:
            database.execute("DELETE FROM segment_keys WHERE segment_id = ?", (segment_id,))
            database.execute("INSERT OR IGNORE INTO shredded VALUES (?, ?, ?)", (segment_id, at, receipt))
            (found,) = database.execute("SELECT receipt FROM shredded WHERE segment_id = ?", (segment_id,)).fetchone()
        self._forget_old_pages()
        return bytes(found)

    def shredded(self) -> Sequence[Shredded]:
        """Everything that was destroyed, oldest first."""
        with self._lock:
            rows = self._database.execute("SELECT segment_id, at, receipt FROM shredded ORDER BY at, segment_id").fetchall()
        return [Shredded(segment_id=row[0], at=row[1], receipt=row[2]) for row in rows]

    def counts(self) -> Mapping[str, int]:
        """How many keys of each client's segments there are."""
        with self._lock:
            rows = self._database.execute("SELECT client_id, count(*) FROM segment_keys GROUP BY client_id").fetchall()
        return dict(rows)

    def _fitting(self, masters: Sequence[bytes], path: Path) -> bytes:
        names = {row[0] for row in self._database.execute("SELECT DISTINCT master FROM client_keys")}
        for master in masters:
            if names <= {name_of(master)}:
                return master
        self._database.close()
        raise KeyUnusable(f"the keys in {path} belong to another master key: bring back the one they were wrapped by")

    def _follow(self, name: str) -> None:
        """The master key is the one of that name: another process may have turned it over since."""
        if name != self.master_name and self._again is not None:
            self._master = next((each for each in self._again() if name_of(each) == name), self._master)

    def _client_key(self, client_id: ClientId) -> tuple[int, bytes]:
        query = "SELECT version, wrapped, master FROM client_keys WHERE client_id = ? ORDER BY version DESC LIMIT 1"
        row = self._database.execute(query, (client_id,)).fetchone()
        if row is not None:
            self._follow(row[2])
            return row[0], _unwrap(self._master, row[1], _of_client(client_id, row[0]))
        other = self._database.execute("SELECT master FROM client_keys LIMIT 1").fetchone()
        self._follow(self.master_name if other is None else other[0])
        key = AESGCM.generate_key(256)
        self._insert_client_key(client_id, 1, key)
        return 1, key

    def _insert_client_key(self, client_id: ClientId, version: int, key: bytes) -> None:
        wrapped = _wrap(self._master, key, _of_client(client_id, version))
        self._database.execute("INSERT INTO client_keys VALUES (?, ?, ?, ?)", (client_id, version, wrapped, self.master_name))

    def _insert_segment_key(self, segment_id: str, client_id: ClientId) -> bytes:
        version, client_key = self._client_key(client_id)
        key = AESGCM.generate_key(256)
        wrapped = _wrap(client_key, key, _of_segment(segment_id, client_id, version))
        self._database.execute("INSERT INTO segment_keys VALUES (?, ?, ?, ?)", (segment_id, client_id, version, wrapped))
        return key

    def _unwrap_segment(self, segment_id: str, client_id: ClientId, version: int, wrapped: bytes) -> bytes:
        query = "SELECT wrapped, master FROM client_keys WHERE client_id = ? AND version = ?"
        client_wrapped, master = self._database.execute(query, (client_id, version)).fetchone()
        self._follow(master)
        client_key = _unwrap(self._master, client_wrapped, _of_client(client_id, version))
        return _unwrap(client_key, wrapped, _of_segment(segment_id, client_id, version))

    def _refuse_destroyed(self, segment_id: str) -> None:
        if self._database.execute("SELECT 1 FROM shredded WHERE segment_id = ?", (segment_id,)).fetchone():
            raise KeyDestroyed(f"the segment {segment_id} was shredded", segment_id=segment_id)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _forget_old_pages(self) -> None:
        """No older form of a page is left in the write-ahead log: a destroyed key is not there either."""
        with self._lock:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def name_of(master: bytes) -> str:
    """A name for the master key that tells nothing of it."""
    return hashlib.sha256(b"fernamt vault master\n" + master).hexdigest()[:16]


def _wrap(key: bytes, secret: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound)


def _unwrap(key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound)
    except InvalidTag as error:
        raise KeyUnusable("a key of the vault was changed, or wrapped by another one") from error


def _of_client(client_id: str, version: int) -> bytes:
    return f"client:{version}:{client_id}".encode()


def _of_segment(segment_id: str, client_id: str, version: int) -> bytes:
    return f"segment:{version}:{len(client_id)}:{client_id}:{segment_id}".encode()

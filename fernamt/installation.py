"""Where an installation keeps its things, and the way to its database. Nothing is made before it is asked for."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from config.settings import Settings
from fernamt.authors import command_line
from fernamt.message_files import MessageFiles
from fernamt.node.credentials import write_private_once
from fernamt.node.settings import messages_of
from store.directory import DirectoryStore
from store.engine import as_one, make_engine
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.minutes import MinuteStore
from store.parties import MASTER_KEY_BYTES, PartyKeys, PartyStore, new_master_key
from store.revision import newest_revision, revision_of
from store.sessions import TokenStore
from store.users import UserStore
from telephony.errors import FernamtError

KEY_FILE = "parties.key"


class WrongSchema(FernamtError):
    """The database is not at this version's schema."""

    code = "wrong_schema"


class KeyUnusable(FernamtError):
    """The master key of the person store cannot be used."""

    code = "key_unusable"


@dataclass(frozen=True, slots=True)
class Places:
    """Files and folders of the installation, all below the state folder unless the settings say otherwise."""

    settings: Settings

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.settings.service.state_dir.absolute()

    @property
    def database_url(self) -> str:
        """The database as the settings name it, else SQLite in the state folder."""
        url = self.settings.database.url
        return url.get_secret_value() if url is not None else f"sqlite:///{self.state / 'fernamt.db'}"

    @property
    def spool(self) -> Path:
        """The file that takes events while the database is away."""
        folder = self.settings.journal.spool_dir
        return (folder.absolute() if folder is not None else self.state / "spool") / "journal.spool"

    @property
    def key(self) -> Path:
        """The file of the master key under which people's numbers and names are encrypted."""
        return self.state / "keys" / KEY_FILE

    def make(self) -> None:
        """The folders exist, for this user only."""
        for folder in (self.state, self.spool.parent, self.key.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def party_keys(self) -> PartyKeys:
        """The keys of the person store; the master key is made, mode 0600, by the first start.

        Of processes that start at once one makes it, and all have that one.
        """
        if not self.key.exists():
            self.make()
            write_private_once(self.key, new_master_key().hex())
        try:
            master = bytes.fromhex(self.key.read_text(encoding="ascii").strip())
        except ValueError as error:
            raise KeyUnusable(f"{self.key} holds no key in hexadecimal digits: bring it back from the backup") from error
        if len(master) != MASTER_KEY_BYTES:
            raise KeyUnusable(f"{self.key} holds {len(master)} bytes, not {MASTER_KEY_BYTES}: bring it back from the backup")
        return PartyKeys(master, home_country=self.settings.service.country)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The open database and what is kept in it."""

    engine: AsyncEngine
    directory: DirectoryStore
    users: UserStore
    tokens: TokenStore
    journal: JournalReader
    minutes: MinuteStore
    messages_folder: Path

    def parties(self, keys: PartyKeys) -> PartyStore:
        """Numbers and names of people."""
        return PartyStore(self.engine, keys, MessageFiles(self.messages_folder))

    @asynccontextmanager
    async def as_one(self) -> AsyncIterator["Database"]:
        """The same, but the centre, its users and whatever is made of `engine` are written in one transaction, or not at all."""
        async with as_one(self.engine) as engine:
            yield replace(
                self, engine=engine, directory=DirectoryStore(engine, command_line), users=UserStore(engine, command_line)
            )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, open and at this version's schema. Raises `WrongSchema` with the command that mends it."""
    places = Places(settings)
    file = sqlite_file(places.database_url)
    if file is not None and not file.exists():  # a missing file is not made
        raise _wrong_schema(None)
    engine = make_engine(
        places.database_url, busy_timeout_ms=settings.database.busy_timeout_ms, pool_size=settings.database.pool_size
    )
    try:
        there = await revision_of(engine)
        if there != newest_revision():
            raise _wrong_schema(there)
        yield Database(
            engine=engine,
            directory=DirectoryStore(engine, command_line),
            users=UserStore(engine, command_line),
            tokens=TokenStore(engine),
            journal=JournalReader(engine, JournalCodec()),
            minutes=MinuteStore(engine),
            messages_folder=messages_of(places.state),
        )
    finally:
        await engine.dispose()


def _wrong_schema(there: str | None) -> WrongSchema:
    stands = "is empty" if there is None else f"is at {there}"
    wanted = newest_revision()
    return WrongSchema(f"the database {stands}, this version wants {wanted}", there=there, wanted=wanted)


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for a database server."""
    scheme, _, rest = url.partition("://")
    return Path(rest.removeprefix("/").split("?")[0]) if scheme.startswith("sqlite") else None


def is_private(path: Path) -> bool:
    """Whether only the file's owner can read it."""
    return os.stat(path).st_mode & 0o077 == 0

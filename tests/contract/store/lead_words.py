"""Lists, files and centres that the suites of leads speak of."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.leads.importing import LEASE_MS, Importer
from routing.directory import Client, Directory, Project
from routing.leads.lists import LeadList, LeadListId
from routing.outbound.asking import WorkKind
from routing.outbound.rules import ProjectOutbound
from store.audit import Author
from store.centre import Centre
from store.directory import DirectoryStore
from store.lead_imports import ImportState, Instructions, LeadImport, LeadImportStore
from store.lead_lists import LeadListStore
from store.lead_staging import IMPORTER
from store.lease import LeaseStore
from store.parties import PartyKeys
from telephony.identifiers import SECOND, ClientId, Instant, ProjectId, UserId

KEYS = PartyKeys(bytes(range(32)))
AT = Instant(1_795_597_200 * SECOND)
"""A Wednesday in November 2026, 10 o'clock in Berlin."""
DAY = 86_400 * SECOND
ROOT = Author(user_id=UserId("root"), at=AT)
HEADING = "Telefon;Vorname;Nachname"
MAPPING = ["number", "first_name", "last_name"]


def centre(**clients: WorkKind) -> Directory:
    """Clients with one project each, named after them."""
    named = clients or {"acme": WorkKind.SERVICE}
    return Directory(
        revision=1,
        clients={ClientId(each): Client(client_id=ClientId(each), name=each) for each in named},
        projects={
            ProjectId(f"{each}-calls"): Project(
                project_id=ProjectId(f"{each}-calls"),
                client_id=ClientId(each),
                name=each,
                outbound=ProjectOutbound(kind=kind),
            )
            for each, kind in named.items()
        },
        numbers={},
        agents={},
        endpoints={},
    )


def a_list(name: str = "spring", client: str = "acme", **changes: object) -> LeadList:
    """A list for service calls that lasts a year."""
    made = LeadList(
        list_id=LeadListId(name),
        project_id=ProjectId(f"{client}-calls"),
        client_id=ClientId(client),
        name=name.title(),
        purpose=WorkKind.SERVICE,
        owner="the client",
        expires_at=Instant(AT + 366 * DAY),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class House:
    """A database with a centre and lists, and a folder for files."""

    def __init__(self, engine: AsyncEngine, folder: Path, directory: Directory) -> None:
        self.engine = engine
        self.folder = folder / "files"
        self.folder.mkdir()
        self.directory = directory
        self.lists = LeadListStore(engine)
        self.imports = LeadImportStore(engine)

    async def open(self, *lists: LeadList) -> None:
        """The centre and these lists are there."""
        described = Centre(clients=tuple(self.directory.clients.values()), projects=tuple(self.directory.projects.values()))
        await DirectoryStore(self.engine).apply(described)
        for each in lists:
            await self.lists.add(each, by=ROOT)

    async def asked(
        self, text: str, name: str = "spring", *, mapping: Sequence[str] = MAPPING, leave_out: Sequence[str] = ()
    ) -> LeadImport:
        """An import of that text waits."""
        number = await self.imports.ask(
            LeadListId(name),
            file_name="leads.csv",
            stored_as="",
            state=ImportState.WAITING,
            instructions=Instructions(mapping=list(mapping), leave_out=list(leave_out)),
            by=ROOT,
        )
        stored = self.folder / f"{number}.csv"
        stored.write_text(text, "utf-8")
        found = await self.imports.get(number)
        assert found is not None
        return replace(found, stored_as=stored.name)

    async def importer(self, name: str = "spring") -> Importer:
        """Who does the work, under a lease taken anew."""
        lead_list = await self.lists.get(LeadListId(name))
        assert lead_list is not None
        lease = await LeaseStore(self.engine).take(IMPORTER, "test", now=AT, term_ms=LEASE_MS)
        return Importer(self.engine, KEYS, self.directory, lead_list, lease=lease, folder=self.folder)

    async def took(
        self, text: str, name: str = "spring", *, mapping: Sequence[str] = MAPPING, leave_out: Sequence[str] = ()
    ) -> LeadImport:
        """That text was imported; how it ended."""
        work = await self.asked(text, name, mapping=mapping, leave_out=leave_out)
        await (await self.importer(name)).run(work)
        ended = await self.imports.get(work.import_no)
        assert ended is not None
        return ended


def rows(*numbers: str) -> str:
    """A file with these people."""
    lines = [f"{number};Erika;Muster {place}" for place, number in enumerate(numbers)]
    return "\n".join([HEADING, *lines]) + "\n"

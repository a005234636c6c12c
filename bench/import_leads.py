"""How long the import of a list of leads takes, and how much memory: numbers read, people sealed, duplicates looked for.

The list comes as CSV, and as XLSX as office programs write it: nine texts a row, all but names and tariffs different in each.
The import runs in a process of its own, as under the worker; the system tells its highest use of memory, and that of the process
that reads the spreadsheet, which may have been at other times: what is told is their sum. One number in fifty is foreign, a tenth
of the people have a second one; the client has a list already that some of the new leads are on: they are left out.
"""

import asyncio
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.records import BenchImpossible
from fernamt.leads.importing import LEASE_MS, Importer
from fernamt.moment import now
from routing.directory import Client, Directory, Project
from routing.leads.lists import LeadField, LeadList, LeadListId
from routing.outbound.asking import WorkKind
from routing.outbound.rules import ProjectOutbound
from store.centre import Centre
from store.directory import DirectoryStore
from store.engine import make_engine
from store.lead_imports import ImportState, Instructions, LeadImportStore
from store.lead_lists import LeadListStore
from store.lead_staging import IMPORTER
from store.lease import LeaseStore
from store.parties import PartyKeys
from store.tables.schema import METADATA
from telephony.identifiers import ClientId, Instant, ProjectId
from tests.postgres import private_postgres, programs
from tests.spreadsheets import write_xlsx

ROWS = 1_000_000
TARGET_S, TARGET_MB = 120.0, 400.0
KEYS = PartyKeys(bytes(range(32)))
LISTED = 2_000
FILES = ("leads.csv", "leads.xlsx")
HEADING = "Kundennummer;Vorname;Nachname;Telefon;Mobil;Einwilligung am;Einwilligung wie;Einwilligungstext;Nachweis;Tarif\n"
MAPPING = [
    *("reference", "first_name", "last_name", "number", "number_mobile"),
    *("consent_at", "consent_how", "consent_text", "consent_document", "field:tariff"),
]
YEAR_US = 366 * 86_400 * 1_000_000


def run(rows: int = ROWS) -> list[dict[str, Any]]:
    """The records of one run."""
    if programs() is None:
        raise BenchImpossible("PostgreSQL's server programs are not installed: apt install postgresql")
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as name:
        folder = Path(name)
        write_list(folder / "first.csv", LISTED, every=rows // LISTED or 1)
        write_list(folder / "leads.csv", rows)
        with (folder / "leads.csv").open(encoding="utf-8", newline="") as lines:
            write_xlsx(folder / "leads.xlsx", csv.reader(lines, delimiter=";"))
        records = []
        for file in FILES:
            records += _measured("sqlite", f"sqlite:///{folder}/{file}.db", folder, file, rows)
        with private_postgres(parent=Path("/var/tmp")) as cluster:
            for place, file in enumerate(FILES):
                records += _measured("postgresql", cluster.create(f"import_{place}"), folder, file, rows)
    return records


def write_list(path: Path, rows: int, every: int = 1) -> None:
    """A list of so many people, each `every`-th of the endless row of them."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADING)
        for place in range(rows):
            file.write(_line(place * every))


def _line(person: int) -> str:
    number = f"+43 664 {person:07d}" if person % 50 == 3 else f"030 / {2_000_000 + person:08d}"
    mobile = f"+49 (0)171-{person:07d}" if person % 10 == 7 else ""
    consent = "17.03.2026;Formular;Ich möchte angerufen werden;Blatt"
    return f"K{person};Vorname{person % 997};Nachname{person % 9973};{number};{mobile};{consent} {person};Fest {person % 7}\n"


def _measured(name: str, url: str, folder: Path, file: str, rows: int) -> list[dict[str, Any]]:
    asyncio.run(_prepared(url))
    _import(url, folder, "first.csv")
    seconds, megabytes, leads = _import(url, folder, file)
    kind = f"{name}, {file.rpartition('.')[2].upper()}"
    return [
        {"name": f"{kind}: {rows} rows", "value": seconds, "unit": "s", "target": TARGET_S, "ok": seconds <= TARGET_S},
        {"name": f"{kind}: memory", "value": megabytes, "unit": "MB", "target": TARGET_MB, "ok": megabytes <= TARGET_MB},
        {"name": f"{kind}: leads taken", "value": leads, "unit": ""},
    ]


def _import(url: str, folder: Path, file: str) -> tuple[float, float, int]:
    (folder / f"taken-{file}").unlink(missing_ok=True)
    os.link(folder / file, folder / f"taken-{file}")
    task = json.dumps({"url": url, "folder": str(folder), "file": f"taken-{file}"})
    done = subprocess.run(
        [sys.executable, "-m", "bench.import_leads"], input=task.encode(), stdout=subprocess.PIPE, check=True, timeout=3_600
    )
    told = json.loads(done.stdout)
    assert told["state"] == "done", told
    return told["seconds"], told["megabytes"], told["leads"]


async def _prepared(url: str) -> None:
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    directory = centre()
    await DirectoryStore(engine).apply(
        Centre(clients=tuple(directory.clients.values()), projects=tuple(directory.projects.values()))
    )
    await LeadListStore(engine).add(a_list())
    await engine.dispose()


def centre() -> Directory:
    """One client with one project that advertises."""
    project = Project(
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        name="Sales",
        outbound=ProjectOutbound(kind=WorkKind.ADVERTISING),
    )
    return Directory(
        revision=1,
        clients={ClientId("acme"): Client(client_id=ClientId("acme"), name="Acme")},
        projects={project.project_id: project},
        numbers={},
        agents={},
        endpoints={},
    )


def a_list() -> LeadList:
    """A list for advertising."""
    return LeadList(
        list_id=LeadListId("spring"),
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        name="Spring",
        purpose=WorkKind.ADVERTISING,
        owner="Acme",
        expires_at=Instant(now() + YEAR_US),
        fields=(LeadField(name="tariff"),),
    )


async def _one(task: dict[str, str]) -> dict[str, Any]:
    engine = make_engine(task["url"])
    imports, folder = LeadImportStore(engine), Path(task["folder"])
    instructions = Instructions(mapping=MAPPING, leave_out=["duplicate_in_list"])
    number = await imports.ask(
        LeadListId("spring"), file_name=task["file"], stored_as=task["file"], state=ImportState.WAITING, instructions=instructions
    )
    work, lead_list = await imports.get(number), await LeadListStore(engine).get(LeadListId("spring"))
    assert work is not None
    assert lead_list is not None
    lease = await LeaseStore(engine).take(IMPORTER, "bench", now=now(), term_ms=LEASE_MS)
    importer = Importer(engine, KEYS, centre(), lead_list, lease=lease, folder=folder)
    began = time.perf_counter()
    state = await importer.run(work)
    seconds = time.perf_counter() - began
    done = await imports.get(number)
    await engine.dispose()
    assert done is not None
    return {
        "state": state.value,
        "seconds": seconds,
        "megabytes": _highest_mb(),
        "leads": done.leads,
        "counts": done.report.counts,
    }


def _highest_mb() -> float:
    """The most memory this process had at once, and the most that one it started had; by the system's own account."""
    beside = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_024
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1_024 + beside
    raise BenchImpossible("this system does not tell how much memory a process used")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_one(json.loads(sys.stdin.read())))))

"""A house with lists of people to call: two projects that do, a line out, and what the database says of each lead."""

import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from fernamt.demo.house import House
from fernamt.installation import opened
from routing.outbound.lead import LeadState
from store.engine import reading
from store.tables.leads import LEAD_IMPORTS, LEADS
from store.tables.outbound import DIAL_ATTEMPTS
from tests.e2e.service.centres import a_centre
from tests.e2e.service.conftest import PATIENT
from tests.e2e.service.watching import eventually

SHOWN = "+493055500"
_PROJECTS = """
[[projects]]
project_id = "selling"
client_id = "c1"
name = "Projekt Wahl"
ring_timeout_ms = 20_000
recovery_ms = 10_000
wrap_up_limit_ms = 120_000
wrap_up_codes = ["sold", "again", "never"]

[projects.outbound]
preview_limit_ms = 120_000
codes = [
  {code = "sold", verdict = "done", is_success = true},
  {code = "again", verdict = "retry", wait_ms = 3_600_000},
  {code = "never", verdict = "do_not_call", covers = "everything"},
]

[[projects]]
project_id = "by-itself"
client_id = "c1"
name = "Projekt Lauf"
ring_timeout_ms = 20_000
recovery_ms = 10_000
wrap_up_limit_ms = 0

[projects.outbound]
is_progressive = true
"""


@asynccontextmanager
async def a_house_with_lists(state_dir: Path, agents: int) -> AsyncIterator[House]:
    """The service is ready; every agent may work for both projects, and no phone is up."""
    directory = state_dir / "houses" / secrets.token_hex(4)
    centre = directory / "centre.toml"
    a_centre(centre, agents)
    text = centre.read_text("utf-8").replace('certificates = ["ringing"', 'certificates = ["selling", "by-itself", "ringing"')
    centre.write_text(text.replace("[[numbers]]", f"{_PROJECTS}\n[[numbers]]", 1), "utf-8")
    async with House.open(directory, centre, programs=state_dir, changes=PATIENT) as house:
        await house.command("rights", "add", "ours", SHOWN, "--document", "contract 1")
        await house.start_service()
        yield house
    shutil.rmtree(directory)


async def a_list(house: House, name: str, numbers: Sequence[str], *, project: str = "selling") -> None:
    """The list is open, with these people."""
    await house.command("leads", "add", name, "--project", project, "--owner", "Client One", "--field", "tariff")
    file = house.directory / f"{name}.csv"
    rows = (f"Person {place},{number},T{place}" for place, number in enumerate(numbers))
    file.write_text("\n".join(["name,number,tariff", *rows]) + "\n", "utf-8")
    await house.command("leads", "import", str(file), "--list", name, "--map", "tariff=field:tariff")


async def leads_of(house: House, name: str) -> list[Any]:
    """The rows of that list, in their order."""
    imports = select(LEAD_IMPORTS.c.import_no).where(LEAD_IMPORTS.c.list_id == name)
    async with opened(house.settings) as database, reading(database.engine) as connection:
        return list(
            (await connection.execute(select(LEADS).where(LEADS.c.import_no.in_(imports)).order_by(LEADS.c.lead_id))).all()
        )


async def states_of(house: House, name: str) -> Counter[str]:
    """How many leads of the list stand where."""
    return Counter(row.state for row in await leads_of(house, name))


async def settled(house: House, name: str) -> Counter[str]:
    """The same, as soon as nobody has any of them."""

    async def look() -> Counter[str] | None:
        found = await states_of(house, name)
        return None if LeadState.CLAIMED.value in found else found

    return await eventually(look, f"the end of every claim on {name}")


async def attempts_at(house: House, name: str) -> list[Any]:
    """All attempts to reach leads of that list, in their order."""
    ids = [str(row.lead_id) for row in await leads_of(house, name)]
    query = select(DIAL_ATTEMPTS).where(DIAL_ATTEMPTS.c.reference_kind == "lead", DIAL_ATTEMPTS.c.reference_id.in_(ids))
    async with opened(house.settings) as database, reading(database.engine) as connection:
        return list((await connection.execute(query.order_by(DIAL_ATTEMPTS.c.permitted_at))).all())

"""`fernamt agents address`: where an agent works, told to people on duty while the agent calls 110 or 112."""

from typing import Annotated

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import note, show_json
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.moment import now
from routing.outbound.number import e164
from store.addresses import AddressStore
from store.audit import AuditStore
from store.centre import CentreRejected
from telephony.emergencies import AgentAddress
from telephony.identifiers import AgentId, UserId

Name = Annotated[str, typer.Argument(metavar="AGENT_ID")]
Place = Annotated[str | None, typer.Option("--set", help="Street, house number, floor, postcode, place, as it is read out.")]
Number = Annotated[str | None, typer.Option("--number", help="By which a control room reaches the agent; else one of ours.")]
Forget = Annotated[bool, typer.Option("--forget", help="The address is deleted.")]


def address(name: Name, place: Place = None, number: Number = None, forget: Forget = False, as_json: Json = False) -> None:
    """Show, set or forget where an agent works: `fernamt agents address anna --set 'Lindenstr. 1, 2. OG, 20099 Hamburg'`.

    It is encrypted, shown on the boards of people on duty while the agent calls a control room, and nowhere else. That it was
    looked at here is on lasting record.
    """
    agent_id = AgentId(name)
    if forget:
        if place is not None or number is not None:
            raise CliError("an address was both given and to be forgotten", way_out="give one of the two", code=Exit.USAGE)
        if not run(_forget(agent_id)):
            raise not_found("address", name, list_with="fernamt agents list")
        note("the address is deleted")
    elif place is not None:
        run(_set(agent_id, AgentAddress(address=place.strip(), number=None if number is None else _dialled(number))))
        note("the address is set")
    elif number is not None:
        raise CliError("a number was given without an address", way_out="give --set as well", code=Exit.USAGE)
    else:
        found = run(_shown(agent_id))
        if found is None:
            raise not_found("address", name, list_with="fernamt agents list")
        if as_json:
            show_json({"agent_id": name, "address": found.address, "number": found.number})
        else:
            print(found.address if found.number is None else f"{found.address}\n{found.number}")


def _dialled(number: str) -> str:
    dialled = e164(number, settings().service.country)
    if dialled is None:
        raise CliError("that is no telephone number", way_out="give it as +49 40 5550 11", code=Exit.USAGE)
    return dialled


async def _set(agent_id: AgentId, place: AgentAddress) -> None:
    chosen = settings()
    async with opened(chosen) as database:
        try:
            await AddressStore(database.engine, Places(chosen).party_keys(), command_line).put(agent_id, place)
        except CentreRejected as error:
            raise CliError(str(error), way_out="mend that; nothing was changed") from error


async def _forget(agent_id: AgentId) -> bool:
    chosen = settings()
    async with opened(chosen) as database:
        return await AddressStore(database.engine, Places(chosen).party_keys(), command_line).remove(agent_id)


async def _shown(agent_id: AgentId) -> AgentAddress | None:
    chosen = settings()
    async with opened(chosen) as database:
        found = await AddressStore(database.engine, Places(chosen).party_keys()).of(agent_id)
        if found is not None:
            record = AuditStore(database.engine).record
            await record(at=now(), user_id=UserId("command-line"), deed="agent.address_shown", subject=agent_id, reason="")
    return found

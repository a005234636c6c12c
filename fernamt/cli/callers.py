"""`fernamt callers`: lists of known callers and blocked pairs. Numbers go in and never come out again."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from fernamt.authors import command_line
from fernamt.centre.callers_csv import is_number, read_callers
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, Places, opened
from store.known_callers import KnownCallers
from telephony.identifiers import AgentId

ListName = Annotated[str, typer.Argument(metavar="LIST", help="A list of the centre.")]
Agent = Annotated[str, typer.Argument(metavar="AGENT_ID")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The caller's number, in any spelling.")]
File = Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8; columns number and, for several lists, list.")]
OfList = Annotated[str | None, typer.Option("--list", help="The list all numbers of the file go on.")]
COLUMNS = ("list", "priority_ms", "numbers")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("remove")(remove)
    app.command("import")(take)
    app.command("blocked")(blocked)
    app.command("block")(block)
    app.command("unblock")(unblock)


def show(as_json: Json = False) -> None:
    """List the caller lists: the priority each gives, as waiting time, and how many numbers are on it."""
    show_rows(COLUMNS, run(_lists()), is_json=as_json)


def add(name: ListName, number: Number) -> None:
    """Put a number on a list. It is kept as a keyed hash alone."""
    run(_on_list(name, number, KnownCallers.put_on_list))
    note(f"the number is on list {name}")


def remove(name: ListName, number: Number) -> None:
    """Take a number off a list."""
    run(_on_list(name, number, KnownCallers.take_off_list))
    note(f"the number is not on list {name}")


def take(file: File, name: OfList = None, as_json: Json = False) -> None:
    """Put all numbers of a CSV file on lists: all of them or, where the file has faults, none; on a list already is no fault."""
    taken = run(_take(file, name))
    if as_json:
        show_json(taken)
    note(f"{taken['numbers']} numbers in {file.name}: {taken['new']} new, the others were on their lists")


def blocked(as_json: Json = False) -> None:
    """List the agents who never get some callers, and how many numbers that is for each."""
    show_rows(("agent_id", "numbers"), run(_blocked()), is_json=as_json)


def block(agent: Agent, number: Number) -> None:
    """Keep the calls of a number from an agent, from the next one on."""
    run(_of_agent(agent, number, KnownCallers.block))
    note(f"{agent} gets no call from that number")


def unblock(agent: Agent, number: Number) -> None:
    """Let an agent have the calls of a number again."""
    run(_of_agent(agent, number, KnownCallers.unblock))
    note(f"{agent} may have calls from that number")


async def _lists() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        lists = (await database.directory.load()).caller_lists
        counts = await _book(database).counts()
    return [{"list": name, "priority_ms": lists[name].priority_ms, "numbers": counts.get(name, 0)} for name in sorted(lists)]


async def _blocked() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        counts = await _book(database).counts_of_blocked()
    return [{"agent_id": agent_id, "numbers": counts[agent_id]} for agent_id in sorted(counts)]


async def _on_list(name: str, number: str, change: Callable[..., Awaitable[None]]) -> None:
    _check(number)
    async with opened(settings()) as database:
        if name not in (await database.directory.load()).caller_lists:
            raise not_found("caller list", name, list_with="fernamt callers list")
        await change(_book(database), name, number, by=command_line())


async def _of_agent(agent: str, number: str, change: Callable[..., Awaitable[None]]) -> None:
    _check(number)
    async with opened(settings()) as database:
        if await database.directory.agent(AgentId(agent)) is None:
            raise not_found("agent", agent, list_with="fernamt agents list")
        await change(_book(database), AgentId(agent), number, by=command_line())


async def _take(file: Path, name: str | None) -> dict[str, int]:
    async with opened(settings()) as database:
        lists = (await database.directory.load()).caller_lists
        if name is not None and name not in lists:
            raise not_found("caller list", name, list_with="fernamt callers list")
        numbers = read_callers(file, lists, name)
        return {"numbers": len(numbers), "new": await _book(database).put_all_on_lists(numbers, by=command_line())}


def _check(number: str) -> None:
    if not is_number(number):
        raise CliError(f"{number!r} is no telephone number", way_out="write it as +49 30 5550100", code=Exit.CONFIG)


def _book(database: Database) -> KnownCallers:
    return KnownCallers(database.engine, Places(settings()).party_keys())

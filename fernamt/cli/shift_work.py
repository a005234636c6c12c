"""What every command that changes the plan of shifts needs: the store, who does it, and a refusal told."""

from typing import Annotated, Any

import typer

from fernamt import parts
from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.work import settings
from fernamt.installation import Database, opened
from fernamt.moment import new_id
from routing.directory import Directory
from routing.shifts.book import Doing
from store.shifts import ShiftStore
from telephony.errors import Refusal
from telephony.identifiers import AgentId
from web.language import Language
from web.problems import REFUSALS

Shift = Annotated[str, typer.Argument(metavar="SHIFT_ID", help="As `fernamt shifts list` shows it.")]
Agent = Annotated[str, typer.Argument(metavar="AGENT_ID")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept on record.")]


async def shift_work(deed: Any) -> None:
    """What the deed does to the plan is done. Raises `CliError` with what was refused."""
    async with opened(settings()) as database:
        raise_refusal(await deed(store_of(database), await database.directory.load(), doing_now()))


def store_of(database: Database) -> ShiftStore:
    """The plan, under the rules of the settings."""
    return ShiftStore(database.engine, parts.shift_rules(settings()))


def doing_now() -> Doing:
    """The command line does it, now."""
    author = command_line()
    return Doing(at=author.at, by=author.user_id, new_id=new_id(author.at), is_own=False)


def agent_named(directory: Directory, name: str) -> Any:
    """That agent's profile. Raises `CliError` where there is none."""
    agent = directory.agents.get(AgentId(name))
    if agent is None:
        raise not_found("agent", name, list_with="fernamt agents list")
    return agent


def raise_refusal(refusal: Refusal | None) -> None:
    """Raises `CliError` for a refusal."""
    if refusal is not None:
        way_out = "`fernamt shifts list --from … --to …` shows the plan"
        code = Exit.NOT_FOUND if refusal.code == "no_such_shift" else Exit.FAILED
        raise CliError(refusal_told(refusal), way_out=way_out, code=code)


def refusal_told(refusal: Refusal) -> str:
    """The refusal as a sentence with its facts."""
    facts = ", ".join(f"{name} {value}" for name, value in refusal.facts.items())
    return f"{REFUSALS[refusal.code].title(Language.EN)} {f'({facts})' if facts else ''}".strip()

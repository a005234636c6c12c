"""`fernamt agents statement`: what an agent is owed about a period, in plain language or as data."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from fernamt import parts
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json, Spoken
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import show_json, terminal
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.statements import StatementSources, statement_of
from routing.owed.statement import Statement
from store.contests import ContestStore
from store.levels import LevelStore
from telephony.identifiers import AgentId, Instant

Name = Annotated[str, typer.Argument(metavar="AGENT_ID", help="Whom it is about.")]
Lang = Annotated[Spoken, typer.Option("--lang", "--language", "-l", help="In which language it is told.")]


def statement(name: Name, begin: From, end: To, lang: Lang = Spoken.EN, as_json: Json = False) -> None:
    """Tell an agent which data and rules were used, and how level, offers, pauses and misses of a period came about."""
    from_at, to_at = moment("--from", begin), moment("--to", end)
    if to_at <= from_at:
        raise CliError("--to is not after --from", way_out="give a later --to", code=Exit.USAGE)
    told = run(_statement(AgentId(name), from_at, to_at, lang.value))
    if as_json:
        show_json(told)
        return
    console = terminal()
    for sentence in told.sentences:
        console.print(sentence, soft_wrap=True, markup=False)


async def _statement(agent_id: AgentId, from_at: Instant, to_at: Instant, language: str) -> Statement:
    chosen = settings()
    async with opened(chosen) as database:
        sources = StatementSources(
            directory=database.directory,
            users=database.users,
            journal=database.journal,
            levels=LevelStore(database.engine),
            contests=ContestStore(database.engine, Places(chosen).party_keys()),
            rules=parts.agent_rules(chosen),
            zone=ZoneInfo(chosen.service.time_zone),
        )
        made = await statement_of(agent_id, from_at, to_at, language, sources)
    if made is None:
        raise not_found("agent", agent_id, list_with="fernamt agents list")
    return made

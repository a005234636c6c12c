"""`fernamt calls`: the live calls of the running service, and one call's whole story."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.live import Access, first_board, follow_board
from fernamt.cli.live_table import board_table, call_rows
from fernamt.cli.options import Json, Language, Spoken
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import local_time, note, show_json, show_rows, terminal
from fernamt.cli.story import CallStory, story_lines
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from metering.fold import fold
from routing.outbound.phone_use import Known
from routing.story import story_of
from store.phone_use import PhoneUseStore
from telephony.decisions import DecisionTaken
from telephony.identifiers import CallId, Instant

Url = Annotated[str | None, typer.Option(envvar="FERNAMT_URL", help="The service; without it the one of the settings.")]
Token = Annotated[
    str | None,
    typer.Option(envvar="FERNAMT_TOKEN", help="API token; without it one is made in the database for the time of this command."),
]
Raw = Annotated[bool, typer.Option("--events", help="With every event as the journal has it.")]
UNCLEAR = ("at", "call_id", "agent_id", "project_id", "number_class", "country", "reference_kind", "reference_id")
Id = Annotated[str, typer.Argument(metavar="CALL_ID")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.info.no_args_is_help = False
    app.callback(invoke_without_command=True)(live)
    app.command("show")(show)
    app.command("unclear")(unclear)
    app.command("clear")(clear)


def live(context: typer.Context, url: Url = None, token: Token = None, as_json: Json = False) -> None:
    """Watch the live calls until Ctrl-C; with --json print them once."""
    if context.invoked_subcommand is not None:
        return
    run(_live(url, token, as_json))


def show(call_id: Id, language: Language = Spoken.EN, with_events: Raw = False, as_json: Json = False) -> None:
    """Tell one call's whole story in words: what happened when, who was compared for it and why, talk, hold, and minute lines."""
    story = run(_story(call_id, language))
    if as_json:
        show_json(story)
        return
    console = terminal()
    for line in story_lines(story, with_events=with_events):
        console.print(line, soft_wrap=True)


def unclear(from_: From, to: To, as_json: Json = False) -> None:
    """List calls by hand whose end nobody saw: a person finds out whether somebody was rung. Leads: `fernamt leads unclear`."""
    show_rows(UNCLEAR, run(_unclear(moment("--from", from_), moment("--to", to))), is_json=as_json)


def clear(
    call_id: Id,
    known: Annotated[Known, typer.Argument(help="nobody_rung, rung_in_vain, talked or nothing.")],
    comment: Annotated[str, typer.Option("--note", help="How it was found out.")],
) -> None:
    """Take a call off the list of those whose end nobody saw, with what is known of it; who said so is on record."""
    if not comment.strip():
        raise CliError("nothing was noted", way_out="say by --note how it was found out", code=Exit.USAGE)
    if not run(_clear(call_id, known, comment)):
        raise not_found("unclear call", call_id, list_with="fernamt calls unclear --from … --to …")
    note(f"call {call_id} is off the list")


async def _clear(call_id: str, known: Known, comment: str) -> bool:
    async with opened(settings()) as database:
        return await PhoneUseStore(database.engine).clear(CallId(call_id), known, comment, by=command_line())


async def _unclear(from_at: Instant, to_at: Instant) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        found = await PhoneUseStore(database.engine).unclear(from_at, to_at)
    return [{**asdict(each), "at": local_time(each.at)} for each in found]


async def _live(url: str | None, token: str | None, as_json: bool) -> None:
    async with Access.to(settings(), url=url, token=token) as access:
        if as_json:
            show_json(call_rows(await first_board(access)))
            return
        from rich.live import Live  # noqa: PLC0415 - only a terminal needs it

        with Live(console=terminal(), screen=False, auto_refresh=False) as table:
            async for board in follow_board(access):
                table.update(board_table(board), refresh=True)


async def _story(call_id: str, language: Spoken) -> CallStory:
    async with opened(settings()) as database:
        envelopes = [envelope async for envelope in database.journal.read_call(CallId(call_id))]
        names = {agent.agent_id: agent.name for agent in await database.directory.agents()}
    if not envelopes:
        raise not_found("call", call_id, list_with="fernamt journal tail --json")
    folded = fold(CallId(call_id), envelopes)
    return CallStory(
        call_id=call_id,
        events=tuple(envelope for envelope in envelopes if not isinstance(envelope.event, DecisionTaken)),
        told=tuple(story_of(envelopes, language.value, lambda agent_id: names.get(agent_id, agent_id))),
        decisions=tuple(envelope.event for envelope in envelopes if isinstance(envelope.event, DecisionTaken)),
        record=None if folded is None else folded.record,
        minute_lines=() if folded is None else folded.lines,
    )

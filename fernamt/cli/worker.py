"""`fernamt worker`."""

from typing import Annotated

import typer

from fernamt.cli.showing import note
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from fernamt.worker import DeriveMinutes, Worker, run_until_told

WithParent = Annotated[
    bool, typer.Option("--ends-with-parent", help="End when standard input is closed, as the service does when it ends.")
]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(work)


def work(ends_with_parent: WithParent = False) -> None:
    """Do what is no call's business: derive minutes, keep to the terms of data, send webhooks. Runs until stopped."""
    run(_work(ends_with_parent))


async def _work(ends_with_parent: bool) -> None:
    async with opened(settings()) as database:
        worker = Worker([DeriveMinutes(database.journal, database.minutes)])
        note("the worker runs")
        await run_until_told(worker, ends_with_parent=ends_with_parent)

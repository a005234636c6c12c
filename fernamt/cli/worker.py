"""`fernamt worker`."""

from typing import Annotated

import typer

from fernamt.cli.choice import CHOSEN, Chosen
from fernamt.cli.showing import note
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.jobs import jobs
from fernamt.logs import set_up_logs
from fernamt.worker import Worker, run_until_told

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
    chosen = settings()
    set_up_logs(chosen.log)
    async with opened(chosen) as database:
        every, webhooks = jobs(chosen, database, Places(chosen).party_keys(), CHOSEN.get(Chosen()).options())
        note("the worker runs")
        try:
            await run_until_told(Worker(every), ends_with_parent=ends_with_parent)
        finally:
            await webhooks.close()

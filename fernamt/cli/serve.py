"""`fernamt serve`."""

import asyncio

import typer
import uvloop

from fernamt.cli.choice import CHOSEN, Chosen
from fernamt.cli.work import settings
from fernamt.logs import set_up_logs
from fernamt.serve import serve


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(run_service)


def run_service() -> None:
    """Run the service: calls, API, screens. Stops at SIGTERM or Ctrl-C; live calls stay up at their switches."""
    chosen = settings()
    set_up_logs(chosen.log)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        raise typer.Exit(runner.run(serve(chosen, CHOSEN.get(Chosen()).options())))

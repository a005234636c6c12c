"""`fernamt serve`."""

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
    """Run the service until SIGTERM or Ctrl-C: no more offers are made then, and live calls stay up at their switch.

    The switch is a process of its own (`fernamt node`), so calls outlive this one; the next start takes them over.
    """
    chosen = settings()
    set_up_logs(chosen.log)
    raise typer.Exit(uvloop.run(serve(chosen, config_options(CHOSEN.get(Chosen())))))


def config_options(chosen: Chosen) -> list[str]:
    """The options that lead another process of ours to the same settings."""
    options = [option for file in chosen.files for option in ("--config", str(file))]
    return options if chosen.secrets is None else [*options, "--secrets", str(chosen.secrets)]

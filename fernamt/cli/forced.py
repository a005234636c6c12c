"""`fernamt agents confirm-pause`: a person stands behind a pause that the service set by itself."""

from typing import Annotated

import typer

from fernamt.cli.service import asked
from fernamt.cli.showing import note
from fernamt.cli.work import run

Name = Annotated[str, typer.Argument(metavar="AGENT_ID", help="Whose pause it is.")]
Url = Annotated[str | None, typer.Option(envvar="FERNAMT_URL", help="The service; without it the one of the settings.")]
Token = Annotated[str | None, typer.Option(envvar="FERNAMT_TOKEN", help="API token; without it one is made for this command.")]


def confirm_pause(name: Name, url: Url = None, token: Token = None) -> None:
    """Confirm the pause after missed offers: it lasts beyond the agent's shift, until somebody ends it."""
    run(asked("POST", f"/agents/{name}/confirm-pause", url=url, token=token))
    note(f"the forced pause of {name} lasts until it is ended")

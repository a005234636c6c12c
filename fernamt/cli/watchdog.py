"""`fernamt watchdog`."""

from typing import Annotated

import typer

from config.settings import Settings
from fernamt.cli.exits import CliError
from fernamt.cli.showing import note
from fernamt.cli.work import one_switch, run, settings
from fernamt.moment import MachineClock
from fernamt.node.credentials import CREDENTIALS_FILE, load_credentials
from fernamt.node.settings import bracketed
from fernamt.parts import node_settings
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.settings import AmiSettings
from telephony.switch.asterisk.watchdog import Look, Watchdog, WatchdogSettings

Switch = Annotated[str | None, typer.Argument(metavar="[SWITCH]", help="Name of the switch, where there is more than one.")]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(watch)


def watch(switch: Switch = None) -> None:
    """Stand by the switch: while no controller gives its sign of life, take waiting callers to the answering machine.

    Runs until stopped, on the switch's own host; needs neither the service nor its database.
    """
    chosen = settings()
    run(_watch(chosen, one_switch(chosen, switch)))


async def _watch(chosen: Settings, name: str) -> None:
    node = node_settings(chosen, name)
    if not (node.directory / CREDENTIALS_FILE).exists():
        way_out = f"start the service once, or name its state folder (service.state_dir is {chosen.service.state_dir})"
        raise CliError(f"{node.directory / CREDENTIALS_FILE} is not there", way_out=way_out)
    credentials = load_credentials(node.directory)
    line = AmiLine(
        AmiSettings(
            host=node.bind_address,
            port=node.ami_port,
            user=credentials.watchdog_user,
            password=credentials.watchdog_password,
        )
    )
    limits = WatchdogSettings(waiting_limit_s=chosen.switch[name].waiting_limit_s)
    note(f"watching {name} at {bracketed(node.bind_address)}:{node.ami_port}")
    await Watchdog(line, MachineClock(), limits, report=_tell).run()


def _tell(look: Look) -> None:
    note(
        f"no sign of life for {look.beat_age_s} s: {len(look.redirected)} callers taken to the answering machine, "
        f"{len(look.stopped)} recordings stopped, {len(look.ended)} listeners ended"
    )

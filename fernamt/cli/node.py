"""`fernamt node`."""

import asyncio
import signal
from typing import Annotated

import typer

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.showing import note
from fernamt.cli.work import run, settings
from fernamt.node.process import AsteriskNode
from fernamt.node.settings import NodeSettings
from fernamt.parts import node_settings

Name = Annotated[str | None, typer.Argument(metavar="[SWITCH]", help="Name of the switch, where there is more than one.")]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(run_node)


def run_node(switch: Name = None) -> None:
    """Configure and run a switch's Asterisk in the foreground: an installed one, else one unpacked into the state folder.

    It is a process apart from `fernamt serve`, so that calls outlive a restart of the service. Runs until stopped.
    """
    chosen = settings()
    if switch is None and len(chosen.switch) == 1:
        switch = next(iter(chosen.switch))
    if switch not in chosen.switch:
        raise CliError("which switch?", way_out=f"name one of {', '.join(chosen.switch)}", code=Exit.USAGE)
    run(_stand(node_settings(chosen, switch)))


async def _stand(node: NodeSettings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsteriskNode.running(node, progress=note):
        note(f"the switch {node.name} is up; SIP at {node.bind_address}:{node.sip_port}")
        await stopping.wait()

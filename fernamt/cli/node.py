"""`fernamt node`."""

import asyncio
import signal
from typing import Annotated

import typer

from fernamt.cli.exits import CliError
from fernamt.cli.showing import note
from fernamt.cli.work import one_switch, run, settings
from fernamt.node.process import AsteriskNode
from fernamt.node.settings import NodeSettings, bracketed
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
    name = one_switch(chosen, switch)
    if not chosen.switch[name].is_started_here:
        way_out = f"set switch.{name}.is_started_here = true, or start it where it is"
        raise CliError(f"{name} is not started here", way_out=way_out)
    run(_stand(node_settings(chosen, name)))


async def _stand(node: NodeSettings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsteriskNode.running(node, progress=note) as asterisk:
        note(f"the switch {node.name} is up; SIP at {bracketed(node.bind_address)}:{node.sip_port}")
        works = [asyncio.create_task(asterisk.wait()), asyncio.create_task(stopping.wait())]
        await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        for work in works:
            work.cancel()
        if not stopping.is_set():
            raise CliError(f"{node.name} ended by itself", way_out=f"it said:\n{asterisk.last_words()}")

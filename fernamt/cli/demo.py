"""`fernamt demo`."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from fernamt.cli.demo_showing import Teller, announce
from fernamt.cli.exits import CliError
from fernamt.cli.work import settings
from fernamt.demo.floor import Wanted, play
from fernamt.demo.premises import Outside, checked
from fernamt.node.debian import MIRROR_VARIABLE
from fernamt.node.packages import ASTERISK_VARIABLE

STATE = Path(".state") / "demo"
_SECTION_PREFIX = "FERNAMT_"
_KEPT = frozenset({MIRROR_VARIABLE, ASTERISK_VARIABLE})

Me = Annotated[str | None, typer.Option("--me", metavar="AGENT", help="Leave this agent to you, such as anna.")]
Listen = Annotated[
    str | None,
    typer.Option("--listen", metavar="ADDRESS", help="Let other devices in at this address, by TLS and SRTP."),
]
External = Annotated[
    str | None,
    typer.Option("--external-media-address", metavar="ADDRESS", help="Our address as devices behind the router see it."),
]
Certificate = Annotated[Path | None, typer.Option("--certificate", help="PEM chain for --listen; else the demo signs its own.")]
PrivateKey = Annotated[Path | None, typer.Option("--private-key", help="PEM key of the certificate.")]
Rate = Annotated[
    float | None, typer.Option("--rate", min=0.1, max=600, help="Callers a minute.", show_default="demo.calls_per_minute")
]
NoCallers = Annotated[bool, typer.Option("--no-callers", help="Nobody calls but you.")]
State = Annotated[Path, typer.Option("--state", help="Folder of the demo's database, logs and keys; kept between starts.")]
Programs = Annotated[
    Path | None,
    typer.Option("--programs", help="Folder of unpacked programs.", show_default="beside the state folder"),
]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(run_demo)


def run_demo(
    me: Me = None,
    listen: Listen = None,
    external_media_address: External = None,
    certificate: Certificate = None,
    private_key: PrivateKey = None,
    rate: Rate = None,
    no_callers: NoCallers = False,
    state: State = STATE,
    programs: Programs = None,
) -> None:
    """Run a working floor until Ctrl-C: Asterisk, the service, six agents on real SIP phones, and callers.

    Everything is this machine's own and its alone, unless --listen names an address. Nothing is left running afterwards.
    """
    chosen = settings()
    _forget_own_environment()
    outside = None
    if listen is not None:
        outside = checked(
            Outside(
                address=listen,
                external_media_address=external_media_address,
                certificate=certificate,
                private_key=private_key,
            )
        )
    elif external_media_address or certificate or private_key:
        raise CliError("nothing is listened on for other devices", way_out="name the address with --listen ADDRESS")
    wanted = Wanted(
        chosen=chosen,
        directory=state.absolute(),
        programs=(programs or state.parent).absolute(),
        outside=outside,
        me=me,
        calls_per_minute=0.0 if no_callers else rate or chosen.demo.calls_per_minute,
    )
    state.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_until_stopped(wanted))


def _forget_own_environment() -> None:
    """The demo has settings, secrets and a database of its own: nothing of a real installation may leak into it."""
    for name in list(os.environ):
        if name.startswith(_SECTION_PREFIX) and name not in _KEPT:
            del os.environ[name]


async def _until_stopped(wanted: Wanted) -> None:
    """Ctrl-C, SIGTERM and a closed terminal end it politely; a second signal at once."""
    tell = Teller()
    playing = asyncio.create_task(play(wanted, tell=tell, announce=announce))
    is_stopping = False

    def stop() -> None:
        nonlocal is_stopping
        if is_stopping:
            # Whatever still runs is killed by the kernel with this process.
            os._exit(1)
        is_stopping = True
        playing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await playing
    except asyncio.CancelledError:
        if not is_stopping:
            raise
        tell("everything that was started has ended")
    except BaseExceptionGroup as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of all those that ended the floor."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error

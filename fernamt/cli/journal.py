"""`fernamt journal`."""

import asyncio
import json
from typing import Annotated

import msgspec
import typer

from fernamt.cli.options import Json
from fernamt.cli.showing import local_time
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from telephony.events import Envelope

Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the latest events.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what becomes durable, until Ctrl-C.")]
Call = Annotated[str | None, typer.Option("--call", help="Only of this call.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Only of this agent.")]
LOOK_EVERY_S = 0.5


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.callback()(_group)
    app.command("tail")(tail)


def _group() -> None:
    """The append-only list of what happened."""


def tail(lines: Lines = 20, is_following: Follow = False, call: Call = None, agent: Agent = None, as_json: Json = False) -> None:
    """Show the latest events, one a line; with --json one object a line."""
    run(_tail(lines, is_following, call, agent, as_json))


async def _tail(lines: int, is_following: bool, call: str | None, agent: str | None, as_json: bool) -> None:
    async with opened(settings()) as database:
        journal = database.journal
        seen = max(await journal.last_seq() - lines, 0)
        while True:
            async for envelope in journal.read_since(seen):
                seen = envelope.seq
                if (call is None or envelope.call_id == call) and (agent is None or envelope.agent_id == agent):
                    print(as_line(envelope, as_json=as_json), flush=True)
            if not is_following:
                return
            await asyncio.sleep(LOOK_EVERY_S)


def as_line(envelope: Envelope, *, as_json: bool) -> str:
    """The envelope on one line."""
    if as_json:
        return msgspec.json.encode(envelope).decode()
    event = msgspec.to_builtins(envelope.event)
    kind = event.pop("kind")
    known = {"call_id": envelope.call_id, "agent_id": envelope.agent_id}
    facts = " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in event.items()
        if value is not None and known.get(name) != value
    )
    belongs = " ".join(f"{name.removesuffix('_id')}={value}" for name, value in known.items() if value is not None)
    return f"{envelope.seq:>8} {local_time(envelope.occurred_at)} {kind:24} {belongs} {facts}".rstrip()

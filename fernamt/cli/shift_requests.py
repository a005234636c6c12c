"""`fernamt shifts`: swaps between agents, and excuses that a person decides on."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.shift_work import Agent, Reason, Shift, agent_named, shift_work
from fernamt.cli.showing import note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from routing.shifts.book import ShiftBook
from routing.shifts.slots import ExcuseReason
from routing.shifts.wall_clock import local_of
from store.shifts import ShiftStore
from telephony.identifiers import AgentId

COLUMNS = ("what", "id", "shift_id", "from", "to", "agent", "to_agent", "why")

ToAgent = Annotated[str | None, typer.Option("--to", metavar="AGENT_ID", help="Whom it is offered to; without it, all who may.")]
Swap = Annotated[str, typer.Argument(metavar="SWAP_ID", help="As `fernamt shifts requests` shows it.")]
Excuse = Annotated[str, typer.Argument(metavar="EXCUSE_ID", help="As `fernamt shifts requests` shows it.")]
Why = Annotated[ExcuseReason, typer.Option("--why", help="What kind of excuse it is.")]
Words = Annotated[str, typer.Option("--note", help="For who decides, and gone once that is done.")]
Granted = Annotated[bool | None, typer.Option("--grant/--refuse", help="Whether the agent is excused.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("requests")(requests)
    app.command("offer")(offer)
    app.command("take")(take)
    app.command("withdraw")(withdraw)
    app.command("excuse")(excuse)
    app.command("decide")(decide)


def requests(as_json: Json = False) -> None:
    """List the swaps that are offered and the excuses that wait for a person."""
    show_rows(COLUMNS, run(_open()), is_json=as_json)


def offer(shift: Shift, agent: Agent, to: ToAgent = None) -> None:
    """Offer an agent's booked shift to another, or to anybody who may work it; until somebody takes it, it binds."""

    async def deed(store: ShiftStore, directory: Any, doing: Any) -> Any:
        to_agent = None if to is None else agent_named(directory, to).agent_id
        return await store.offer(shift, agent_named(directory, agent).agent_id, to_agent, doing)

    run(shift_work(deed))
    note(f"{shift} of {agent} is offered" + ("" if to is None else f" to {to}"))


def take(swap: Swap, agent: Agent) -> None:
    """Bind an agent in the place of who offered; who offered is told."""
    run(shift_work(lambda store, directory, doing: store.take(swap, agent_named(directory, agent), doing)))
    note(f"{agent} has taken {swap}")


def withdraw(swap: Swap) -> None:
    """Take an offer back; the booking binds as before."""
    run(shift_work(lambda store, _, doing: store.withdraw(swap, doing)))
    note(f"{swap} is offered no more")


def excuse(shift: Shift, agent: Agent, why: Why, words: Words = "") -> None:
    """Ask for an agent to be excused from a shift; a person decides."""
    run(
        shift_work(
            lambda store, directory, doing: store.ask_excuse(
                shift, AgentId(agent_named(directory, agent).agent_id), why, words, doing
            )
        )
    )
    note(f"the excuse of {agent} from {shift} waits for a person")


def decide(excuse: Excuse, reason: Reason, is_granted: Granted = None) -> None:
    """Decide on an excuse: granted, the booking counts for nothing and its place is free. The agent is told."""
    if is_granted is None:
        raise CliError("the decision was not said", way_out="give --grant or --refuse", code=Exit.USAGE)
    granted = is_granted
    run(shift_work(lambda store, _, doing: store.decide(excuse, doing, is_granted=granted, reason=reason)))
    note(f"{excuse} is {'granted' if granted else 'refused'}")


async def _open() -> list[dict[str, Any]]:
    chosen = settings()
    zone = ZoneInfo(chosen.service.time_zone)
    async with opened(chosen) as database:
        book = await ShiftStore(database.engine).open_requests()
    swaps = [
        _row(book, zone, each.booking_id, what="swap", id=each.swap_id, agent=each.from_agent, to_agent=each.to_agent, why=None)
        for each in book.swaps.values()
    ]
    excuses = [
        _row(
            book,
            zone,
            each.booking_id,
            what="excuse",
            id=each.excuse_id,
            agent=each.agent_id,
            to_agent=None,
            why=each.reason.value,
        )
        for each in book.excuses.values()
    ]
    return sorted([*swaps, *excuses], key=lambda row: (row["from"], row["id"]))


def _row(book: ShiftBook, zone: ZoneInfo, booking_id: str, **more: Any) -> dict[str, Any]:
    slot = book.slots[book.bookings[booking_id].slot_id]
    begin, end = (local_of(at, zone).isoformat(timespec="minutes") for at in (slot.from_at, slot.to_at))
    return {"shift_id": slot.slot_id, "from": begin, "to": end, **more}

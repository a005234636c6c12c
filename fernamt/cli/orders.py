"""`fernamt orders`: orders taken on calls, and what the office does with them."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.period import moment
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.moment import now
from routing.aftercall.orders import Deed, Done, Order, OrderId, OrderRefusal, OrderState
from store.orders import OrderStore, Whose
from telephony.identifiers import Instant, ProjectId

COLUMNS = ("order_id", "project_id", "state", "form_rule", "agent_id", "booked_at", "effective_at", "ended_at")
_DAYS = 31

Number = Annotated[str, typer.Argument(metavar="ORDER_ID")]
Begin = Annotated[str | None, typer.Option("--from", help="First moment; 31 days ago where nothing is said.")]
End = Annotated[str | None, typer.Option("--to", help="The moment after the last; now where nothing is said.")]
Project = Annotated[str | None, typer.Option("--project", help="Only of this project.")]
State = Annotated[OrderState | None, typer.Option("--state", help="Only those that stand so.")]
Why = Annotated[str, typer.Option("--reason", help="Needed to cancel.")]
At = Annotated[str | None, typer.Option("--at", help="When it happened; now where nothing is said.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("show")(tell)
    app.command("step")(go_on)


def show(begin: Begin = None, end: End = None, project: Project = None, state: State = None, as_json: Json = False) -> None:
    """List orders by when they were booked, the newest first. Those of people who were erased are among them."""
    to_at = now() if end is None else moment("--to", end)
    from_at = Instant(to_at - _DAYS * 86_400_000_000) if begin is None else moment("--from", begin)
    whose = Whose(project_id=None if project is None else ProjectId(project), state=state, with_restricted=True)
    show_rows(COLUMNS, run(_rows(whose, from_at, to_at)), is_json=as_json)


def tell(number: Number) -> None:
    """Show an order with all that was done with it; what was ordered stays sealed."""
    show_json(run(_story(number)))


def go_on(
    number: Number,
    deed: Annotated[Deed, typer.Argument(help="send_text, approve, confirm, deliver, withdraw or cancel.")],
    *,
    reason: Why = "",
    at: At = None,
) -> None:
    """Say what happened to an order."""
    if deed is Deed.EXPIRE:
        raise CliError("an order expires by itself", way_out="say what somebody did with it", code=Exit.USAGE)
    happened_at = now() if at is None else moment("--at", at)
    if happened_at > now():
        raise CliError("that has not happened yet", way_out="give a moment that is past", code=Exit.USAGE)
    after = run(_step(number, Done(deed=deed, at=happened_at, reason=reason)))
    if after is None:
        raise not_found("order", number, list_with="fernamt orders list")
    if isinstance(after, OrderRefusal):
        way_out = f"`fernamt orders show {number}` tells how it stands"
        raise CliError(f"that is not possible: {after.value.replace('_', ' ')}", way_out=way_out)
    note(f"the order {number} is {after.state.value}")


async def _rows(whose: Whose, from_at: Instant, to_at: Instant) -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        found = await OrderStore(database.engine, Places(chosen).party_keys()).orders(whose, from_at, to_at)
    return [_told(each) for each in found]


async def _story(number: str) -> dict[str, Any]:
    chosen = settings()
    async with opened(chosen) as database:
        orders = OrderStore(database.engine, Places(chosen).party_keys())
        found = await orders.get(OrderId(number))
        if found is None:
            raise not_found("order", number, list_with="fernamt orders list")
        steps = await orders.steps(OrderId(number))
    told = [
        {"deed": each.deed, "state": each.state.value, "at": local_time(each.at), "by": each.user_id, "reason": each.reason}
        for each in steps
    ]
    return {**_told(found[0]), "is_restricted": found[1], "steps": told}


async def _step(number: str, done: Done) -> Order | OrderRefusal | None:
    chosen = settings()
    async with opened(chosen) as database:
        orders = OrderStore(database.engine, Places(chosen).party_keys())
        return await orders.step(OrderId(number), done, by=replace(command_line(), reason=""))


def _told(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "project_id": order.project_id,
        "state": order.state.value,
        "form_rule": order.terms.form_rule.value,
        "agent_id": order.agent_id,
        "booked_at": local_time(order.booked_at),
        "effective_at": "" if order.effective_at is None else local_time(order.effective_at),
        "ended_at": "" if order.ended_at is None else local_time(order.ended_at),
    }

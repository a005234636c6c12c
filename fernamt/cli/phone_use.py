"""`fernamt phone-use`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from routing.outbound.phone_use import UseRules, remarked
from store.phone_use import PhoneUseStore
from telephony.identifiers import AgentId, Instant

Agents = Annotated[list[str] | None, typer.Option("--agent", help="Only this agent; may be given more than once.")]
COLUMNS = (
    *("agent_id", "calls", "by_hand", "from_lists", "answered", "in_vain", "short", "repeated_numbers", "most_tries"),
    *("countries", "cost_micros", "remarks"),
)


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=True)(show)


def show(from_: From, to: To, agent: Agents = None, as_json: Json = False) -> None:
    """How agents used their softphones: calls outside, in vain, short, to repeated numbers, and what to ask about.

    A remark is a question to a person, never a finding. Agents see their own figures and these rules by the API.
    """
    from_at, to_at = moment("--from", from_), moment("--to", to)
    if to_at <= from_at:
        raise CliError(f"--to {to} is not after --from {from_}", way_out="give the later moment as --to", code=Exit.USAGE)
    rules = UseRules()
    rows = run(_rows(from_at, to_at, rules, None if agent is None else [AgentId(each) for each in agent]))
    show_rows(COLUMNS, rows if as_json else [{**row, "remarks": " ".join(row["remarks"])} for row in rows], is_json=as_json)
    note(
        f"short: {rules.short_ms // 1_000} s at the most; repeated: {rules.repeated_from} tries or more; remarks on shares from "
        f"{rules.least_calls} calls on: {rules.vain_percent} % in vain, {rules.short_percent} % short"
    )


async def _rows(from_at: Instant, to_at: Instant, rules: UseRules, agents: list[AgentId] | None) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        found = await PhoneUseStore(database.engine).of_agents(from_at, to_at, rules, agents)
    return [asdict(remarked(use, rules)) for use in found]

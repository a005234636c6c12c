"""`fernamt simulate`."""

from typing import Annotated

import typer

from fernamt.cli.exits import Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import note, show_rows
from fernamt.simulation.run import FAULTS, Plan, Report, simulate

Seed = Annotated[int, typer.Option(help="The same seed plays the same day, to the last microsecond.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many days, of this seed and those after it.")]
Hours = Annotated[float, typer.Option(min=0.01, max=10_000, help="How long callers come.")]
Agents = Annotated[int, typer.Option(min=1, max=10_000, help="Agents on duty.")]
Rate = Annotated[float, typer.Option(min=0.1, help="Callers an hour.")]
Faults = Annotated[str, typer.Option(help=f"What goes wrong: all, none, or some of {', '.join(FAULTS)}, parted by commas.")]

COLUMNS = ("seed", "calls", "answered", "events", "talk_hours", "wall_s", "call_hours_a_minute", "violation")


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(play)


def play(
    seed: Seed = 1,
    seeds: Seeds = 1,
    hours: Hours = 1.0,
    agents: Agents = 20,
    rate: Rate = 300.0,
    faults: Faults = "all",
    as_json: Json = False,
) -> None:
    """Play days of the whole site in seconds, break what can break, and check what must never happen.

    Exit code 1 names the seed and step of a violation; the same command plays it again.
    """
    chosen = _faults(faults)
    reports = []
    for number in range(seed, seed + seeds):
        report = simulate(Plan(seed=number, hours=hours, agents=agents, per_hour=rate, faults=chosen))
        reports.append(report)
        if report.violation is not None:
            note(f"seed {number}, step {report.at_step}: {report.violation}")
    show_rows(COLUMNS, [_figures(report) for report in reports], is_json=as_json)
    if any(report.violation is not None for report in reports):
        raise typer.Exit(Exit.FAILED)


def _faults(text: str) -> frozenset[str]:
    if text in ("all", "none"):
        return frozenset(FAULTS) if text == "all" else frozenset()
    chosen = frozenset(part.strip() for part in text.split(","))
    unknown = sorted(chosen - frozenset(FAULTS))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: expected all, none, or some of {', '.join(FAULTS)}")
    return chosen


def _figures(report: Report) -> dict[str, object]:
    return {
        "seed": report.plan.seed,
        "calls": report.calls,
        "answered": report.answered,
        "events": report.events,
        "steps": report.steps,
        "talk_hours": round(report.talk_hours, 3),
        "wall_s": round(report.wall_s, 3),
        "call_hours_a_minute": round(report.call_hours_a_minute),
        "violation": report.violation,
        "at_step": report.at_step,
    }

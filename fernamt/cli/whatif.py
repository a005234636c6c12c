"""`fernamt whatif`: journaled callers, once more, under another centre."""

import os
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import typer

from fernamt import parts
from fernamt.centre.applying import apply
from fernamt.centre.read import read_centre
from fernamt.centre.records import centre_of
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json, Language, Spoken
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from fernamt.whatif.journaled import observe
from fernamt.whatif.picture import picture
from fernamt.whatif.proposal import differences, proposed
from fernamt.whatif.replays import NICE, Question, played
from fernamt.worker import PAGE_ROWS
from routing.directory import Directory
from routing.whatif.figures import DEFAULT_THRESHOLD_MS, Estimate, Row, Tally, compare, deviations
from routing.whatif.observe import Observer
from routing.whatif.roster import without_hours
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from telephony.identifiers import SECOND, AgentId, Instant

New = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="CENTRE.toml", help="What would be different, as for `fernamt apply`; without it nothing is."
    ),
]
Threshold = Annotated[float, typer.Option("--threshold", min=0, help="Answered in time means within so many seconds.")]
Replays = Annotated[int, typer.Option("--replays", min=1, max=1_000, help="How often each side is played.")]
Seed = Annotated[int, typer.Option(help="The same seed plays the same replays.")]
Like = Annotated[
    list[str] | None, typer.Option("--as", metavar="NEW=OLD", help="A new agent who works, and is, like an old one. Repeatable.")
]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE.svg", help="Draws the comparison.")]

PATIENCE = "Kaplan-Meier by project in steps of a second, answered callers censored, exponential beyond what was seen"
LABELS = {
    "asa_s": "average speed of answer, s",
    "service_level_pct": "answered in time, %",
    "abandonment_pct": "gave up, %",
    "elsewhere_pct": "sent elsewhere, %",
    "callbacks_pct": "agreed to be called back, %",
    "reached_pct": "reached of those, %",
    "occupancy_pct": "occupancy, %",
    **{f"share_{n}_pct": f"calls to level {n}, %" for n in (1, 2, 3)},
    **{f"share_per_hour_{n}_pct": f"calls an hour on duty, level {n}, %" for n in (1, 2, 3)},
}
COLUMNS = ("figure", "journaled", "now", "new", "change", "is_clear")


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=True)(whatif)


def whatif(
    from_: From,
    to: To,
    config: New = None,
    threshold: Threshold = DEFAULT_THRESHOLD_MS / 1_000,
    replays: Replays = 10,
    seed: Seed = 1,
    works_like: Like = None,
    file: Picture = None,
    language: Language = Spoken.EN,
    as_json: Json = False,
) -> None:
    """Play journaled callers once more under a changed centre, and compare it with the centre of now.

    Callers come when they came and give up by the patience of those who did; agents work the hours they worked; talk, wrap-up and
    ringing are drawn from what the same agents had in the same projects. Both sides have the same luck, so `change` is paired; it
    is clear where its 95 % interval leaves zero out. `now` beside `journaled` tells how true the replay is.
    """
    from_at, to_at = moment("--from", from_), moment("--to", to)
    if to_at <= from_at:
        raise CliError(f"--to {to} is not after --from {from_}", way_out="give the later moment as --to", code=Exit.USAGE)
    os.nice(NICE)
    threshold_ms = round(threshold * 1_000)
    observer, now, new = run(_read(from_at, to_at, config, threshold_ms))
    question = Question(
        demand=observer.demand,
        now=now,
        new=new,
        rules=parts.agent_rules(settings()),
        threshold_ms=threshold_ms,
        works_like=_likes(works_like or [], new, observer),
    )
    if not len(question.demand):
        raise CliError(
            "nobody called in that time", way_out="`fernamt journal tail` shows what is journaled", code=Exit.NOT_FOUND
        )
    pairs = list(played(question, range(seed, seed + replays)))
    of_now, of_new = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    _show(_answer(question, observer.tally, of_now, of_new), as_json=as_json)
    if file is not None:
        file.write_text(picture(observer.tally, of_now, of_new, language=language.value), encoding="utf-8")
        note(f"{file}: the comparison as a picture")


async def _read(
    from_at: Instant, to_at: Instant, config: Path | None, threshold_ms: int
) -> tuple[Observer, Directory, Directory]:
    async with opened(settings()) as database:
        now = await database.directory.load()
        new = now
        if config is not None:
            described = read_centre(config)
            await apply(database.directory, described, is_dry_run=True)  # tells every fault of the file at its line
            new = proposed(now, centre_of(described.entries))
        journal = JournalReader(database.engine, JournalCodec(), page_rows=PAGE_ROWS)
        rules = parts.agent_rules(settings())
        return await observe(journal, now, rules, from_at=from_at, to_at=to_at, threshold_ms=threshold_ms), now, new


def _likes(given: list[str], new: Directory, observer: Observer) -> dict[AgentId, AgentId]:
    likes: dict[AgentId, AgentId] = {}
    for pair in given:
        name, sign, old = pair.partition("=")
        if not sign:
            raise CliError(f"--as {pair!r} names no pair", way_out="write --as dora=anna", code=Exit.USAGE)
        if AgentId(name) not in new.agents:
            raise not_found("agent", name, list_with="fernamt agents list")
        if AgentId(old) not in observer.demand.duty:
            raise CliError(f"{old} was not on duty in that time", way_out="name an agent who was", code=Exit.NOT_FOUND)
        likes[AgentId(name)] = AgentId(old)
    return likes


def _answer(question: Question, journaled: Tally, now: list[Tally], new: list[Tally]) -> dict[str, Any]:
    rows = compare(journaled, now, new)
    off = deviations(rows, len(question.demand))
    demand = question.demand
    idle = [agent for agent in without_hours(question.new, demand) if agent not in question.works_like]
    return {
        "callers": len(demand),
        "replays": len(now),
        "threshold_s": question.threshold_ms / 1_000,
        "patience": PATIENCE,
        "differences": differences(question.now, question.new),
        "reproduces_the_journal": not off,
        "deviations": [row.name for row in off],
        "agents_without_hours": idle,
        "figures": [_figure(row) for row in rows],
        "projects": [
            {
                "project_id": project_id,
                "journaled": _project(project_id, [journaled]),
                "now": _project(project_id, now),
                "new": _project(project_id, new),
            }
            for project_id in sorted(journaled.projects)
        ],
        "hours_on_duty": sum(journaled.staffed_us) / SECOND / 3_600,
    }


def _figure(row: Row) -> dict[str, Any]:
    def told(estimate: Estimate) -> dict[str, float]:
        return {"mean": round(estimate.mean, 4), "to_side_95": round(estimate.to_side, 4)}

    return {
        "name": row.name,
        "journaled": round(row.journaled, 4),
        "now": told(row.now),
        "new": told(row.new),
        "change": told(row.change),
        "is_clear": row.change.is_clear,
    }


def _project(project_id: Any, days: list[Tally]) -> dict[str, float]:
    counts = [day.projects[project_id] for day in days if project_id in day.projects]
    if not counts:
        return {}
    return {
        "offered": fmean(c.offered for c in counts),
        "asa_s": round(fmean(c.asa_s for c in counts), 3),
        "service_level_pct": round(100 * fmean(c.service_level for c in counts), 3),
        "abandonment_pct": round(100 * fmean(c.abandonment for c in counts), 3),
    }


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    rows = [
        {
            "figure": LABELS[figure["name"]],
            "journaled": f"{figure['journaled']:.2f}",
            **{key: f"{figure[key]['mean']:.2f} ± {figure[key]['to_side_95']:.2f}" for key in ("now", "new")},
            "change": f"{figure['change']['mean']:+.2f} ± {figure['change']['to_side_95']:.2f}",
            "is_clear": figure["is_clear"],
        }
        for figure in answer["figures"]
    ]
    show_rows(COLUMNS, rows, is_json=False)
    for line in answer["differences"] or ["nothing is different"]:
        note(line)
    note(f"{answer['callers']} callers, {answer['replays']} replays; ± is the 95 % interval; patience: {answer['patience']}")
    idle = ", ".join(answer["agents_without_hours"])
    if idle:
        note(f"without journaled hours, so never on duty: {idle} (--as NEW=OLD gives them some)")
    if answer["reproduces_the_journal"]:
        note("the replay under the centre of now reproduces the journaled day")
    else:
        names = ", ".join(LABELS[name] for name in answer["deviations"])
        note(f"careful: the replay under the centre of now differs from the journaled day in {names}")

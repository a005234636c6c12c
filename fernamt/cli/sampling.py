"""`fernamt sampling`."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from recording.sampling import DrawnAgain, Verdict, drawn_again, span_of
from recording.sampling_report import SamplingReport
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.sampling import PublishedDay, SamplingDays
from store.sampling_reading import draws_of, read_report
from telephony.identifiers import Instant

Day = Annotated[str, typer.Argument(metavar="DAY", help="A day that is over: 2026-11-01.")]
_AFTER = "the hash was published after this draw"


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("report")(report)
    app.command("verify")(verify)


def report(since: From, to: To, as_json: Json = False) -> None:
    """Tell how many calls were drawn, asked, agreed and recorded, with the achieved rate and its interval (95 %)."""
    found = run(_report(moment("--from", since), moment("--to", to)))
    show_rows(_COLUMNS, [_row(each) for each in found], is_json=as_json)


def verify(day: Day, as_json: Json = False) -> None:
    """Draw every call of a day again, by the day's seed, and tell whether each came out as it was noted then."""
    published, rows = run(_verified(day))
    if not as_json:
        at = local_time(published.published_at)
        note(f"{day}: hash {published.seed_sha256} in link {published.link_number} of the chain, published {at}")
        note(f"seed {published.seed.hex() if published.seed is not None else '-'}")
    show_rows(("call_id", "rate_permille", "is_drawn", "verdict"), rows, is_json=as_json)
    if not published.is_in_chain or any(row["verdict"] != Verdict.AS_DRAWN.value for row in rows):
        raise CliError(f"the draw of {day} is not what was published", way_out="the lines above name the calls", code=Exit.FAILED)


_COLUMNS = (
    *("project_id", "rates_permille", "calls", "drawn", "rate", "rate_low", "rate_high"),
    *("asked", "agreed", "recorded", "recorded_rate", "recorded_low", "recorded_high", "withdrawn", "without_text", "over_cap"),
)


def _row(found: SamplingReport) -> dict[str, Any]:
    rate, recorded = found.rate, found.recorded_rate
    told = {name: getattr(found, name) for name in _COLUMNS if name in SamplingReport.__dataclass_fields__}
    return {
        **told,
        "rates_permille": ", ".join(map(str, found.rates_permille)),
        **{"rate": round(rate.share, 4), "rate_low": round(rate.low, 4), "rate_high": round(rate.high, 4)},
        **{"recorded_rate": round(recorded.share, 4), "recorded_low": round(recorded.low, 4)},
        "recorded_high": round(recorded.high, 4),
    }


async def _report(since: Instant, to: Instant) -> Sequence[SamplingReport]:
    async with opened(settings()) as database:
        return await read_report(JournalReader(database.engine, JournalCodec()), since, to)


async def _verified(day: str) -> tuple[PublishedDay, list[dict[str, Any]]]:
    chosen = settings()
    try:
        meant = date.fromisoformat(day)
    except ValueError as error:
        raise CliError(f"{day!r} is no day", way_out="write 2026-11-01", code=Exit.USAGE) from error
    async with opened(chosen) as database:
        published = await SamplingDays(database.engine).get(day)
        if published is None:
            raise CliError(f"nothing was published for {day}", way_out="days are published while a worker runs")
        if published.seed is None:
            raise CliError(f"the seed of {day} is not revealed yet", way_out="it is when the day is over and a worker has run")
        journal = JournalReader(database.engine, JournalCodec())
        draws = [each async for each in draws_of(journal, day, *span_of(meant, ZoneInfo(chosen.service.time_zone)))]
    again = drawn_again(published.seed, [draw for _, draw in draws])
    return published, [_told(each, at, published) for each, (at, _) in zip(again, draws, strict=True)]


def _told(again: DrawnAgain, at: Instant, published: PublishedDay) -> dict[str, Any]:
    verdict = _AFTER if at < published.published_at else again.verdict.value
    return {"call_id": again.call_id, "rate_permille": again.rate_permille, "is_drawn": again.is_drawn, "verdict": verdict}

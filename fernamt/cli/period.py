"""A stretch of time on the command line: `--from` and `--to`."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from fernamt.cli.exits import CliError, Exit
from metering.export import DEFAULT_ZONE
from telephony.identifiers import Instant

From = Annotated[str, typer.Option("--from", help="First moment: 2026-11-01, or with time and offset 2026-11-01T08:00+01:00.")]
To = Annotated[str, typer.Option("--to", help="The moment after the last: 2026-12-01 ends with November.")]
ZONE = DEFAULT_ZONE


def moment(option: str, text: str) -> Instant:
    """The moment meant; a date alone is its midnight in `ZONE`. Raises `CliError` naming the option."""
    try:
        if len(text) == len("2026-11-01"):
            moment = datetime.combine(date.fromisoformat(text), time(), tzinfo=ZoneInfo(str(ZONE)))
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo(str(ZONE)))
    except ValueError as error:
        way_out = "write 2026-11-01, or 2026-11-01T08:00+01:00"
        raise CliError(f"{option} {text!r} is no date or moment", way_out=way_out, code=Exit.USAGE) from error
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return Instant(since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds)

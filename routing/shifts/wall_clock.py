"""Moments as people write them: by the centre's wall clock, or with an offset. The two nights of the year are not guessed at."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.shifts.told import Told
from telephony.identifiers import Instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M")


class NoSuchMoment(ValueError):
    """What was written names no moment, or two; the message says which and the way out."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.en)
        self.told = told


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware moment."""
    return Instant((moment - EPOCH) // timedelta(microseconds=1))


def local_of(at: Instant | int, zone: ZoneInfo) -> datetime:
    """The wall clock at that instant, with its offset."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone)


def moment_of(text: str, zone: ZoneInfo) -> Instant:
    """The instant written as "2026-11-02 08:00" (also 02.11.2026 08:00), or with its offset: 2026-10-25T02:30+02:00.

    Raises `NoSuchMoment`: in spring an hour does not exist, in autumn one comes twice and needs its offset.
    """
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _by_form(text)
    if moment.tzinfo is not None:
        return instant_of(moment)
    return instant_of(on_the_clock(moment, zone))


def on_the_clock(local: datetime, zone: ZoneInfo) -> datetime:
    """The one moment at which the zone's clocks show that. Raises `NoSuchMoment`."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    shown = local.replace(tzinfo=None, fold=0)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != shown:
        at = f"{shown:%Y-%m-%d %H:%M}"
        raise NoSuchMoment(
            Told(
                f"{at} gibt es in {zone.key} nicht: die Uhren werden darüber vorgestellt",
                f"{at} does not exist in {zone.key}: the clocks are put forward over it",
            )
        )
    if first.utcoffset() != second.utcoffset():
        at, ways = f"{shown:%Y-%m-%d %H:%M}", [each.isoformat(timespec="minutes") for each in (first, second)]
        raise NoSuchMoment(
            Told(
                f"{at} gibt es in {zone.key} zweimal: bitte {' oder '.join(ways)} schreiben",
                f"{at} comes twice in {zone.key}: write {' or '.join(ways)}",
            )
        )
    return first


def midnight_of(day: date, zone: ZoneInfo) -> Instant:
    """The beginning of that day by the wall clock."""
    return instant_of(datetime.combine(day, time(), zone))


def quarters_of(from_at: Instant, to_at: Instant, quarter_us: int = 900 * 1_000_000) -> list[Instant]:
    """The beginnings of the quarter hours in [from, to). Offsets are whole quarters, so they are the wall clock's as well."""
    first = -(-from_at // quarter_us) * quarter_us
    return [Instant(at) for at in range(first, to_at, quarter_us)]


def _by_form(text: str) -> datetime:
    for form in FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - by the wall clock: the zone is put to it
        except ValueError:
            continue
    forms = ("2026-11-02 08:00", "2026-11-02T08:00+01:00")
    raise NoSuchMoment(
        Told(
            f"{text!r} ist kein Zeitpunkt: bitte {forms[0]} schreiben, oder mit Abstand zu UTC {forms[1]}",
            f"{text!r} is no moment: write {forms[0]}, or with its offset {forms[1]}",
        )
    )

"""Service level, speed of answer and shares of now and new, beside the journaled day, as one SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

from fernamt.pictures import HEIGHT, KEY_WIDTH, WIDTH, Axis, Chart
from routing.whatif.figures import HALF_HOUR, LEVELS, Counts, Tally

HALF_HOURS_AN_HOUR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the picture says in one language."""

    level_title: str = "Service level by half hour"
    level: str = "answered in time, % of callers"
    asa_title: str = "Speed of answer by half hour"
    asa: str = "average speed of answer, s"
    share_title: str = "Share of the calls by level, of an hour on duty"
    share: str = "share, %"
    agents_level: str = "level"
    hours: str = "hours since the beginning"
    journaled: str = "journaled"
    now: str = "now, replayed"
    new: str = "new, replayed"


WORDS = {
    "en": Words(),
    "de": Words(
        level_title="Servicelevel nach halben Stunden",
        level="in der Frist angenommen, % der Anrufer",
        asa_title="Wartezeit nach halben Stunden",
        asa="mittlere Wartezeit der angenommenen, s",
        share_title="Anteil an den Anrufen nach Stufe, je Dienststunde",
        share="Anteil, %",
        agents_level="Stufe",
        hours="Stunden seit Beginn",
        journaled="geschehen",
        now="heute, durchgespielt",
        new="neu, durchgespielt",
    ),
}


def picture(journaled: Tally, now: Sequence[Tally], new: Sequence[Tally], *, language: str = "en") -> str:
    """The whole picture: three charts under each other."""
    words = WORDS[language]
    charts = [
        _by_hour(words, words.level_title, words.level, (journaled, now, new), _level, most=100),
        _by_hour(words, words.asa_title, words.asa, (journaled, now, new), _asa, most=None),
        _shares(words, journaled, now, new),
    ]
    inner = "".join(
        f'<svg y="{n * HEIGHT}" width="{WIDTH + KEY_WIDTH}" height="{HEIGHT}">{c.svg()}</svg>' for n, c in enumerate(charts)
    )
    size = f'viewBox="0 0 {WIDTH + KEY_WIDTH} {HEIGHT * len(charts)}" width="{WIDTH + KEY_WIDTH}" height="{HEIGHT * len(charts)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inner}</svg>\n'


def _by_hour(
    words: Words,
    title: str,
    label: str,
    days: tuple[Tally, Sequence[Tally], Sequence[Tally]],
    figure: Callable[[Counts], float],
    *,
    most: float | None,
) -> Chart:
    journaled, now, new = days
    span = max(-(-(journaled.to_at - journaled.from_at) // HALF_HOUR), 1)
    lines = {
        words.journaled: [
            (place / HALF_HOURS_AN_HOUR, figure(c)) for place, c in sorted(journaled.half_hours.items()) if c.offered
        ],
        words.now: _means(now, span, figure),
        words.new: _means(new, span, figure),
    }
    top = most if most is not None else max((y for line in lines.values() for _, y in line), default=1.0) or 1.0
    hours = span / HALF_HOURS_AN_HOUR
    step = max(1, ceil(hours / 12))
    x = Axis(words.hours, 0, hours, tuple(float(n) for n in range(0, int(hours) + 1, step)))
    chart = Chart(title, x, Axis(label, 0, top, tuple(round(top * n / 5, 1) for n in range(6))))
    for name, line in lines.items():
        if line:
            chart.line(name, line, is_dashed=name == words.journaled, ink="#7f7f7f" if name == words.journaled else None)
    return chart


def _means(days: Sequence[Tally], span: int, figure: Callable[[Counts], float]) -> list[tuple[float, float]]:
    found = []
    for place in range(span):
        values = [figure(day.half_hours[place]) for day in days if place in day.half_hours]
        if values:
            found.append((place / HALF_HOURS_AN_HOUR, fmean(values)))
    return found


def _shares(words: Words, journaled: Tally, now: Sequence[Tally], new: Sequence[Tally]) -> Chart:
    levels = range(1, LEVELS + 1)
    chart = Chart(
        words.share_title,
        Axis(words.agents_level, 0.5, LEVELS + 0.5, tuple(float(level) for level in levels)),
        Axis(words.share, 0, 100, (0, 20, 40, 60, 80, 100)),
    )
    for name, days, mark in (
        (words.journaled, [journaled], "square"),
        (words.now, now, "circle"),
        (words.new, new, "diamond"),
    ):
        points = [(float(n), fmean(day.figures()[f"share_per_hour_{n}_pct"] for day in days)) for n in levels]
        chart.line(name, points, mark=mark, is_dashed=name == words.journaled, ink="#7f7f7f" if name == words.journaled else None)
    return chart


def _level(counts: Counts) -> float:
    return 100 * counts.service_level


def _asa(counts: Counts) -> float:
    return counts.asa_s

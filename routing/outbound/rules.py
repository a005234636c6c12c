"""What the centre, a client and a project say about calls outside: hours, attempts, prices and the brakes against abuse.

Money is in millionths of the centre's currency (micros): 20_000 a minute is two cents. Durations are in milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from routing.hours import OpeningHours, Window
from routing.outbound.asking import WorkKind
from routing.outbound.verdicts import CodeRule, Targets
from routing.outbound.zones import NumberClass
from telephony.terms import MachineRule

RULES_VERSION = "2026-11"
"""Grows with every change of what the rules mean; a permit names it."""

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS

PRICES: Mapping[str, int] = {
    NumberClass.EMERGENCY: 0,
    NumberClass.FREEPHONE: 0,
    NumberClass.LANDLINE: 20_000,
    NumberClass.MOBILE: 80_000,
    NumberClass.INTERNATIONAL_EU: 100_000,
    NumberClass.INTERNATIONAL_OTHER: 2_000_000,
}
"""A minute's price by class of number: rather too high than too low, caps are kept by it. What has no price is not called."""


def _daytime(opens: int, closes: int, days: range) -> OpeningHours:
    return OpeningHours(week=dict.fromkeys(days, (Window(opens=time(opens), closes=time(closes)),)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What may be spent and called in one day of the centre's zone."""

    cost_micros: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """How often one number may be tried, across projects, and how long it is left in peace by how the last try ended."""

    per_day: int = 3
    in_total: int = 12
    """Within the time that attempts are kept."""
    interval_ms: int = 2 * _HOUR_MS
    after_busy_ms: int = 15 * _MINUTE_MS
    after_answer_ms: int = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Brakes:
    """Against a stolen account: they hold whoever asks, and for every purpose."""

    burst_calls: int = 6
    burst_ms: int = _MINUTE_MS
    new_countries_per_day: int = 2
    night: Window = Window(opens=time(22), closes=time(6))
    calls_at_night: int = 5
    """Per agent, in one night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRules:
    """What holds for the whole centre."""

    zone: str = "Europe/Berlin"
    """Where its days and nights are counted."""
    prices: Mapping[str, int] = field(default_factory=lambda: dict(PRICES))
    per_agent: Caps = Caps(cost_micros=50_000_000, calls=300)
    per_client: Caps = Caps(cost_micros=1_000_000_000, calls=20_000)
    """A client may have caps of its own."""
    in_all: Caps = Caps(cost_micros=2_000_000_000, calls=50_000)
    attempts: Attempts = Attempts()
    brakes: Brakes = Brakes()
    max_duration_ms: int = 2 * _HOUR_MS
    ring_limit_ms: int = 45_000
    service_hours: OpeningHours = field(default_factory=lambda: _daytime(8, 21, range(7)))
    """When people may be called at all who did not ask for it, by their own clocks."""
    advertising_hours: OpeningHours = field(default_factory=lambda: _daytime(9, 20, range(6)))
    """The same for advertising, which is never on Sundays and public holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOutbound:
    """What a project says that calls people."""

    kind: WorkKind = WorkKind.SERVICE
    has_offer: bool = False
    """Its script has a step that offers something: all its calls count as advertising."""
    hours: OpeningHours | None = None
    """None: the project's own."""
    attempts: Attempts | None = None
    """None: the centre's. What is laxer than the centre's does not hold."""
    countries: tuple[str, ...] = ()
    """Outside the EU, those with an individual offer, by their codes (ISO 3166-1)."""
    max_duration_ms: int | None = None
    dials_in_pause: bool = False
    """Whether agents may call somebody by hand while they are paused; they are paused again afterwards."""
    dials_in_wrap_up: bool = True
    """The same before they have chosen the code of the call before."""
    dial_task: str = ""
    """The task that calls dialled on agents' phones are booked on; empty: phones call nobody for it."""
    dial_code: str = ""
    """What phones dial before the number to mean this project: `*81*`, then the number. Not needed by who has only one."""
    preview_limit_ms: int = 2 * _MINUTE_MS
    """So long an agent looks at a lead before it is somebody else's."""
    is_progressive: bool = False
    """Whether its free agents are given leads and rung for them by themselves, one lead an agent."""
    keeps_free: int = 0
    """So many agents of each project whose callers they could have stay free for those while it does."""
    machines: MachineRule = MachineRule.IGNORE
    """What becomes of a call that an answering machine takes."""
    machine_after_ms: int = 4_000
    """Who speaks for so long without a pause when answering is a machine: longer than a company says its name."""
    codes: tuple[CodeRule, ...] = ()
    """What the project's wrap-up codes make of a lead. One without a rule ends the lead: nobody is called twice by mistake."""
    targets: Targets = Targets()

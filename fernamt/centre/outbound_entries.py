"""What a centre file may say about calls outside. Money is in millionths of the centre's currency: 20_000 is two cents."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, Field, StringConstraints

from config.section import Section, expected
from fernamt.centre.aftercall_entries import CodeEntry, TargetsEntry
from fernamt.centre.hours_entries import Hours, HoursEntry, Zone, hours_of, values_of_hours
from routing.outbound.asking import WorkKind
from routing.outbound.rules import PRICES, Attempts, Brakes, OutboundRules, ProjectOutbound
from routing.outbound.zones import NumberClass
from telephony.terms import MachineRule

_BASE = OutboundRules()
_ATTEMPTS, _BRAKES = Attempts(), Brakes()
Micros = Annotated[int, Field(ge=0, le=10**15)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Times = Annotated[int, Field(ge=0, le=1_000)]
Wait = Annotated[int, Field(ge=0, le=90 * 86_400_000)]
Duration = Annotated[int, Field(ge=60_000, le=86_400_000)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
CALLED_CLASSES = tuple(sorted(each for each in PRICES if each != NumberClass.EMERGENCY))


def _prices(prices: dict[str, int]) -> dict[str, int]:
    unknown = sorted(set(prices) - set(CALLED_CLASSES))
    if unknown:
        raise expected("prices", f"prices of {', '.join(CALLED_CLASSES)}: {', '.join(unknown)} is never called")
    return prices


class CapsEntry(Section):
    """What may be spent and called in one day."""

    cost_micros: Micros
    calls: Count


class AttemptsEntry(Section):
    """How often one number may be tried, across projects, and how long it is left in peace after a try."""

    per_day: Times = _ATTEMPTS.per_day
    in_total: Times = _ATTEMPTS.in_total
    interval_ms: Wait = _ATTEMPTS.interval_ms
    after_busy_ms: Wait = _ATTEMPTS.after_busy_ms
    after_answer_ms: Wait = _ATTEMPTS.after_answer_ms


class BrakesEntry(Section):
    """What holds back a stolen account, for every purpose."""

    burst_calls: Annotated[int, Field(ge=1, le=1_000)] = _BRAKES.burst_calls
    """Calls of one agent within `burst_ms`."""
    burst_ms: Annotated[int, Field(ge=1_000, le=3_600_000)] = _BRAKES.burst_ms
    new_countries_per_day: Times = _BRAKES.new_countries_per_day
    """Countries a client has never called before."""
    night: Hours = _BRAKES.night
    calls_at_night: Count = _BRAKES.calls_at_night
    """Per agent, in one night."""


class OutboundEntry(Section):
    """What holds for all calls outside."""

    zone: Zone = _BASE.zone
    """Where days and nights are counted."""
    prices: Annotated[dict[str, Micros], AfterValidator(_prices)] = Field(default_factory=dict)
    """A minute's price by class of number, where it is not the default."""
    per_agent: CapsEntry = CapsEntry(cost_micros=_BASE.per_agent.cost_micros, calls=_BASE.per_agent.calls)
    per_client: CapsEntry = CapsEntry(cost_micros=_BASE.per_client.cost_micros, calls=_BASE.per_client.calls)
    in_all: CapsEntry = CapsEntry(cost_micros=_BASE.in_all.cost_micros, calls=_BASE.in_all.calls)
    attempts: AttemptsEntry = AttemptsEntry()
    brakes: BrakesEntry = BrakesEntry()
    max_duration_ms: Duration = _BASE.max_duration_ms
    ring_limit_ms: Annotated[int, Field(ge=5_000, le=180_000)] = _BASE.ring_limit_ms
    service_hours: HoursEntry | None = None
    """When people may be called who did not ask for it, by their own clocks; without it from 8 to 21."""
    advertising_hours: HoursEntry | None = None
    """The same for advertising, which is never on Sundays and public holidays; without it from 9 to 20."""


class ProjectOutboundEntry(Section):
    """How a project calls people."""

    kind: WorkKind = WorkKind.SERVICE
    has_offer: bool = False
    """Its script offers something on the way: all its calls count as advertising."""
    hours: HoursEntry | None = None
    """Without them the project's own hold."""
    attempts: AttemptsEntry | None = None
    """Stricter than the centre's; what is laxer does not hold."""
    countries: Annotated[tuple[Country, ...], Field(max_length=200)] = ()
    """Outside the EU, those with an individual offer."""
    max_duration_ms: Duration | None = None
    dials_in_pause: bool = False
    """Whether agents may call somebody by hand while they are paused."""
    dials_in_wrap_up: bool = True
    dial_task: Annotated[str, StringConstraints(max_length=200)] = ""
    """The task that calls dialled on agents' phones are booked on; without it phones call nobody for this project."""
    dial_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,4}$")] = ""
    """Dialled before the number, between stars, to mean this project."""
    preview_limit_ms: Annotated[int, Field(ge=10_000, le=3_600_000)] = 120_000
    """So long an agent looks at a lead before it is somebody else's."""
    is_progressive: bool = False
    """Its free agents are given leads and rung for them by themselves."""
    keeps_free: Annotated[int, Field(ge=0, le=10_000)] = 0
    """So many agents of each project whose callers they could have stay free for those."""
    machines: MachineRule = MachineRule.IGNORE
    """What becomes of a call that an answering machine takes: `ignore` (nobody listens), `tell` the agent, or `end` the call."""
    machine_after_ms: Annotated[int, Field(ge=1_500, le=15_000)] = 4_000
    """Who speaks for so long without a pause when answering is a machine."""
    codes: Annotated[tuple[CodeEntry, ...], Field(max_length=200)] = ()
    """What its wrap-up codes make of a lead; one without a rule ends it."""
    targets: TargetsEntry = TargetsEntry()


def rules_of(entry: OutboundEntry) -> OutboundRules:
    """The centre's rules the entry describes."""
    plain = entry.model_dump(exclude={"service_hours", "advertising_hours", "prices"})
    rules = replace(msgspec.convert(plain, OutboundRules), prices={**PRICES, **entry.prices})
    if entry.service_hours is not None:
        rules = replace(rules, service_hours=hours_of(entry.service_hours))
    if entry.advertising_hours is not None:
        rules = replace(rules, advertising_hours=hours_of(entry.advertising_hours))
    return rules


def outbound_of(entry: ProjectOutboundEntry) -> ProjectOutbound:
    """What the entry says of a project's calls."""
    plain = msgspec.convert(entry.model_dump(exclude={"hours"}), ProjectOutbound)
    return replace(plain, hours=None if entry.hours is None else hours_of(entry.hours))


def values_of_outbound(outbound: ProjectOutbound) -> dict[str, Any]:
    """A project's calls as an entry would say it."""
    plain = msgspec.to_builtins(replace(outbound, hours=None))
    values = {key: value for key, value in plain.items() if value is not None}
    if outbound.hours is not None:
        values["hours"] = values_of_hours(outbound.hours)
    return values

"""What holds for all calls outside: prices, caps, attempts, brakes and hours."""

from typing import Annotated

from pydantic import AfterValidator, Field

from routing.outbound.rules import PRICES, Brakes, OutboundRules
from routing.outbound.zones import NumberClass
from web.schemas.hours import HoursFacts, WindowFacts, Zone
from web.schemas.outbound import AttemptsFacts, CapsFacts, Count, Micros, Times
from web.schemas.types import Shape, Shown

_BASE, _BRAKES = OutboundRules(), Brakes()
CALLED = tuple(sorted(each.value for each in map(NumberClass, PRICES) if each is not NumberClass.EMERGENCY))


def _are_called(prices: dict[str, int]) -> dict[str, int]:
    unknown = sorted(set(prices) - set(CALLED))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: never called; there are prices of {', '.join(CALLED)}")
    return prices


class BrakesFacts(Shape):
    """What holds back a stolen account, for every purpose."""

    burst_calls: Annotated[int, Field(ge=1, le=1_000)] = _BRAKES.burst_calls
    burst_ms: Annotated[int, Field(ge=1_000, le=3_600_000)] = _BRAKES.burst_ms
    new_countries_per_day: Times = _BRAKES.new_countries_per_day
    night: WindowFacts = WindowFacts(opens=_BRAKES.night.opens, closes=_BRAKES.night.closes)
    calls_at_night: Count = Field(default=_BRAKES.calls_at_night, description="Per agent, in one night.")


class OutboundRulesFacts(Shape):
    """What holds for all calls outside, whole: what is not given has its default. Money is in millionths of the currency."""

    zone: Zone = _BASE.zone
    prices: Annotated[dict[str, Micros], AfterValidator(_are_called)] = Field(
        default_factory=dict, description="Of a minute, by class of number, where it is not the default."
    )
    per_agent: CapsFacts = CapsFacts(cost_micros=_BASE.per_agent.cost_micros, calls=_BASE.per_agent.calls)
    per_client: CapsFacts = CapsFacts(cost_micros=_BASE.per_client.cost_micros, calls=_BASE.per_client.calls)
    in_all: CapsFacts = CapsFacts(cost_micros=_BASE.in_all.cost_micros, calls=_BASE.in_all.calls)
    attempts: AttemptsFacts = AttemptsFacts()
    brakes: BrakesFacts = BrakesFacts()
    max_duration_ms: Annotated[int, Field(ge=60_000, le=86_400_000)] = _BASE.max_duration_ms
    ring_limit_ms: Annotated[int, Field(ge=5_000, le=180_000)] = _BASE.ring_limit_ms
    service_hours: HoursFacts | None = Field(
        default=None, description="When people may be called who did not ask for it, by their clocks; none: 8 to 21."
    )
    advertising_hours: HoursFacts | None = Field(
        default=None, description="The same for advertising, never on Sundays and public holidays; none: 9 to 20."
    )


class OutboundRulesShown(Shown):
    """The rules in force, and the versions they rest on."""

    facts: OutboundRulesFacts
    rules_version: str
    numbers_version: str

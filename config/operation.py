"""Settings of the floor: how calls are shared out, how agents rest, what the demo plays."""

from typing import Annotated

from pydantic import Field

from config.section import Milliseconds, Seconds, Section


class RoutingSettings(Section):
    """What a missed offer costs; shares of calls by level belong to the centre."""

    rest_no_answer_ms: Milliseconds = 10_000
    """Milliseconds without an offer after the phone rang and nobody answered."""
    rest_busy_ms: Milliseconds = 15_000
    """Milliseconds without an offer after the phone was busy."""
    rest_rejected_ms: Milliseconds = 5_000
    """Milliseconds without an offer after the agent rejected one."""
    rest_unreachable_ms: Milliseconds = 15_000
    """Milliseconds without an offer after the phone could not be reached."""
    rest_lost_ms: Milliseconds = 15_000
    """Milliseconds without an offer after the line died in mid-call and did not come back in time."""
    misses_until_pause: Annotated[int, Field(ge=0, le=100)] = 3
    """Offers missed one after the other, of whatever kind, that put the agent on pause; 0: none do."""
    extensions_per_wrap_up: Annotated[int, Field(ge=0, le=100)] = 1
    """How often an agent may ask for more time after one call."""


class AgentSettings(Section):
    """Agents' phones: when they count as present, when as dead."""

    qualify_every_s: Annotated[int, Field(ge=1, le=300)] = 10
    """Seconds between two questions to an agent's phone whether it is there."""
    qualify_timeout_s: Annotated[float, Field(gt=0, le=30)] = 3.0
    """Seconds to wait for the answer; the phone is unreachable then."""
    registration_s: Annotated[int, Field(ge=60, le=7_200)] = 300
    """Longest time a registration holds, in seconds."""
    rtp_timeout_s: Annotated[int, Field(ge=2, le=600)] = 10
    """Seconds without sound from an agent's phone after which its leg is taken for dead and the agent rung again.
    More than `qualify_every_s + qualify_timeout_s`: lost phones are found by their missing answers, and their ends only roughly."""
    rtp_hold_timeout_s: Annotated[int, Field(ge=2, le=7_200)] = 300
    """The same while the phone holds the call."""


class DemoSettings(Section):
    """What `fernamt demo` plays."""

    calls_per_minute: Annotated[float, Field(gt=0, le=600)] = 6.0
    """Callers a minute, at random intervals."""
    talk_s: Seconds = 40
    """Mean seconds a demo caller talks."""
    patience_s: Seconds = 60
    """Mean seconds a demo caller waits before hanging up."""
    seed: int = 1
    """Seed of the demo's randomness."""

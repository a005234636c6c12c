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
    forced_pause_s: Annotated[int, Field(ge=60, le=86_400)] = 28_800
    """Seconds until such a pause ends by itself where no shift is planned (else it ends with the shift), unless a person
    confirms it."""
    extensions_per_wrap_up: Annotated[int, Field(ge=0, le=100)] = 1
    """How often an agent may ask for more time after one call."""
    line_idle_s: Annotated[int, Field(ge=30, le=28_800)] = 900
    """Seconds an agent's open line stays up while no call has it; a forgotten one would keep calls that come in away."""


class ShiftSettings(Section):
    """The plan of shifts."""

    book_ahead_days: Annotated[int, Field(ge=1, le=366)] = 28
    """Days ahead agents may book a shift themselves; whoever plans may book beyond."""


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
    Beyond `qualify_every_s + qualify_timeout_s` lost phones are found by missing answers, and their ends known roughly only."""
    rtp_hold_timeout_s: Annotated[int, Field(ge=2, le=7_200)] = 300
    """The same while the phone holds the call."""


class PresenceSettings(Section):
    """When an agent whose phone answers is offered nothing all the same. The defaults suit lines from home."""

    downs_until_unsteady: Annotated[int, Field(ge=0, le=10)] = 3
    """Times a phone may go away within three minutes until it counts as unsteady; 0: as often as it likes."""
    steady_for_s: Annotated[int, Field(ge=1, le=3_600)] = 45
    """Seconds an unsteady phone has to stand since it last went away."""
    silent_for_s: Annotated[int, Field(ge=0, le=600)] = 15
    """Seconds without an offer after the voice stopped in mid-call: as long as probes take to notice a lost phone."""
    desktop_lease_s: Annotated[int, Field(ge=10, le=3_600)] = 45
    """Seconds that one sign of an agent's desktop is good for. An agent without a desktop needs none."""
    line_gate: bool = True
    """Whether a bad line is offered nothing. The limits: `worst_…` closes the gate, `good_…` opens it."""
    measure_every_s: Annotated[float, Field(ge=1, le=600)] = 20.0
    """Seconds between two measurements of the voice of one talk."""
    worst_round_trip_ms: Annotated[float, Field(gt=0, le=10_000)] = 500.0
    """Milliseconds to the phone and back."""
    worst_loss_percent: Annotated[float, Field(gt=0, le=100)] = 5.0
    """Packets lost, in the worse direction."""
    worst_jitter_ms: Annotated[float, Field(gt=0, le=10_000)] = 80.0
    """Milliseconds by which packets come unevenly (RFC 3550), in the worse direction."""
    worst_mos: Annotated[float, Field(ge=1, le=4.5)] = 3.1
    """Score of the line by the E-model (ITU-T G.107), 1 to 4.5; "nearly all users dissatisfied" begins at 3.1."""
    good_round_trip_ms: Annotated[float, Field(gt=0, le=10_000)] = 350.0
    """The same limits for a line to be good again."""
    good_loss_percent: Annotated[float, Field(gt=0, le=100)] = 2.0
    """Packets lost, of a line that is good again."""
    good_jitter_ms: Annotated[float, Field(gt=0, le=10_000)] = 50.0
    """Milliseconds of unevenness, of a line that is good again."""
    good_mos: Annotated[float, Field(ge=1, le=4.5)] = 3.6
    """Score of a line that is good again."""
    good_for_s: Annotated[int, Field(ge=1, le=3_600)] = 60
    """Seconds a bad line has to be good; twice as long each time it fails again within a quarter of an hour."""


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

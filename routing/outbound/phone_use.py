"""How agents use their softphones: what is looked at for private use, and by which rules, which agents can read.

A remark is a question to a person, never a finding: whoever sells on the phone calls many in vain.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

from telephony.identifiers import AgentId, CallId, Instant, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRules:
    """From when on there is a remark."""

    short_ms: int = 10_000
    """An answered call that lasted no longer is a short one."""
    repeated_from: int = 4
    """A number tried so often, or more, in the period is a repeated one."""
    least_calls: int = 10
    """With fewer calls there is no remark on shares."""
    vain_percent: int = 70
    short_percent: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneUse:
    """One agent's calls outside in a period; emergency calls are none."""

    agent_id: AgentId
    calls: int
    by_hand: int
    """Dialled by the agent; the others were asked for by callers, or made for their sake."""
    from_lists: int
    """To people their lists gave them."""
    answered: int
    in_vain: int
    short: int
    repeated_numbers: int
    most_tries: int
    """Of one number."""
    countries: int
    cost_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkedUse(PhoneUse):
    """One agent's calls outside in a period, and what a person may ask about."""

    remarks: tuple[str, ...]


def remarked(use: PhoneUse, rules: UseRules) -> RemarkedUse:
    """The use with what `remarks_on` finds in it."""
    return RemarkedUse(**asdict(use), remarks=remarks_on(use, rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearCall:
    """A call by hand whose end nobody saw: whether somebody was rung, a person finds out. Nobody is called again by itself."""

    call_id: CallId
    agent_id: AgentId
    project_id: ProjectId | None
    at: Instant
    """When it was permitted."""
    number_class: str
    country: str | None
    reference_kind: str | None
    reference_id: str | None


class Known(StrEnum):
    """What a person found out about such a call."""

    NOBODY_RUNG = "nobody_rung"
    RUNG_IN_VAIN = "rung_in_vain"
    TALKED = "talked"
    NOTHING = "nothing"
    """Nobody knows any more."""


def remarks_on(use: PhoneUse, rules: UseRules) -> tuple[str, ...]:
    """What a person may ask about: many_in_vain, many_short, repeated_numbers."""
    found = []
    if use.calls >= rules.least_calls and 100 * use.in_vain >= rules.vain_percent * use.calls:
        found.append("many_in_vain")
    if use.answered >= rules.least_calls and 100 * use.short >= rules.short_percent * use.answered:
        found.append("many_short")
    if use.repeated_numbers:
        found.append("repeated_numbers")
    return tuple(found)

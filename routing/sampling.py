"""How a project has samples of its inbound calls recorded, to judge how they were answered. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from telephony.faults import FaultCode, Wrong

LONGEST_MS = 900_000
SHORTEST_MS = 10_000
SHORTEST_QUESTION_MS = 5_000
LONGEST_QUESTION_MS = 60_000
LONGEST_CAP_DAYS = 366
MOST_OF_AN_AGENT = 100_000
YES_KEY = "1"
WITHDRAWAL_KEY = "9"
"""By which a caller who agreed takes the yes back, at any time of the call."""


class AskedBy(StrEnum):
    """Who asks the callers that were drawn."""

    KEY = "key"
    """The text's sound, before anybody is offered the caller: 1 is a yes, all else is a no."""
    AGENT = "agent"
    """The agent reads the text out, and marks a clear yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRules:
    """Durations in milliseconds."""

    rate_permille: int
    """So many of a thousand inbound calls are drawn."""
    asked_by: AskedBy = AskedBy.KEY
    answer_within_ms: int = 20_000
    """How long a key is waited for, the question itself included."""
    agent_cap: int | None = None
    """So many of an agent's calls are recorded in `cap_days` at most; None: as many as are drawn."""
    cap_days: int = 30
    longest_ms: int = LONGEST_MS
    """So much of a call is recorded at most."""


def faults_of(rules: SamplingRules, *, answers_early: bool) -> Iterator[Wrong]:
    """Everything that cannot be meant, with the way out."""
    if rules.asked_by is AskedBy.KEY and not answers_early:
        yield Wrong(FaultCode.NOT_ANSWERED_EARLY)
    bounds = (
        ("rate_permille", rules.rate_permille, 1, 1_000),
        ("answer_within_ms", rules.answer_within_ms, SHORTEST_QUESTION_MS, LONGEST_QUESTION_MS),
        ("cap_days", rules.cap_days, 1, LONGEST_CAP_DAYS),
        ("longest_ms", rules.longest_ms, SHORTEST_MS, LONGEST_MS),
        ("agent_cap", rules.agent_cap, 1, MOST_OF_AN_AGENT),
    )
    for key, value, lowest, highest in bounds:
        if value is not None and not lowest <= value <= highest:
            yield Wrong(FaultCode.OUT_OF_RANGE, key=key, value=value, lowest=lowest, highest=highest)

"""Shapes of sampled calls: a project's rules, the sign that is heard while it records, and the report."""

from typing import Annotated

from pydantic import Field

from routing.sampling import (
    LONGEST_CAP_DAYS,
    LONGEST_MS,
    LONGEST_QUESTION_MS,
    MOST_OF_AN_AGENT,
    SHORTEST_MS,
    SHORTEST_QUESTION_MS,
    AskedBy,
)
from telephony.recording_signs import LONGEST_GAP_MS, NO_SIGN, SHORTEST_GAP_MS, SignKind
from web.schemas.types import Asked, Shape, Shown, When


class SamplingFacts(Shape):
    """How a project's inbound calls are sampled. It needs a published consent text of the purpose quality_sample."""

    rate_permille: Annotated[int, Field(ge=1, le=1_000)] = Field(description="So many of a thousand calls are drawn.")
    asked_by: AskedBy = Field(
        default=AskedBy.KEY,
        description="key: the text's sound asks before anybody is offered the caller; 1 is a yes. agent: the agent asks.",
    )
    answer_within_ms: Annotated[int, Field(ge=SHORTEST_QUESTION_MS, le=LONGEST_QUESTION_MS)] = 20_000
    agent_cap: Annotated[int, Field(ge=1, le=MOST_OF_AN_AGENT)] | None = Field(
        default=None, description="So many of an agent's calls in cap_days at most; None: as many as are drawn."
    )
    cap_days: Annotated[int, Field(ge=1, le=LONGEST_CAP_DAYS)] = 30
    longest_ms: Annotated[int, Field(ge=SHORTEST_MS, le=LONGEST_MS)] = Field(
        default=LONGEST_MS, description="So much of a call is recorded at most."
    )


class RecordingSignFacts(Shape):
    """What those who talk hear while a segment of theirs is recorded."""

    kind: SignKind = Field(
        default=SignKind.NONE,
        description="beep: when it begins, and again and again; announcement: when it begins. Never while it is masked.",
    )
    every_ms: Annotated[int, Field(ge=SHORTEST_GAP_MS, le=LONGEST_GAP_MS)] = Field(
        default=NO_SIGN.every_ms, description="From one beep to the next."
    )
    sound: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        default=NO_SIGN.sound, description="What is announced; one of the centre's own is own/NAME."
    )


class ReportQuery(Asked):
    """Which calls are counted: those drawn in [from, to)."""

    from_: When = Field(alias="from")
    to: When


class AchievedShown(Shown):
    """A share of the calls, and the interval that holds the true one with 95 % (Wilson)."""

    share: float
    low: float
    high: float


class SamplingReportShown(Shown):
    """One project's draws. Each figure counts calls."""

    project_id: str
    rates_permille: list[int] = Field(description="The rates that were in force, the lowest first.")
    calls: int = Field(description="Inbound calls for which there was a draw.")
    drawn: int
    asked: int
    agreed: int
    recorded: int
    withdrawn: int
    without_text: int = Field(description="Drawn, and not asked: no text was published for it.")
    over_cap: int = Field(description="Agreed, and not recorded: enough calls of the agent were.")
    rate: AchievedShown = Field(description="drawn of calls: what the draw has to achieve.")
    recorded_rate: AchievedShown = Field(description="recorded of calls.")


class SamplingReportList(Shown):
    """By project."""

    items: list[SamplingReportShown]

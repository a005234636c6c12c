"""What a centre file may say about recording: samples of a project's inbound calls, and the sign that is heard."""

from typing import Annotated

from pydantic import Field

from config.section import Section
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


class SamplingEntry(Section):
    """Which calls are drawn, who asks the callers, and how much is recorded. It needs a published consent text."""

    rate_permille: Annotated[int, Field(ge=1, le=1_000)]
    """So many of a thousand calls are drawn."""
    asked_by: AskedBy = AskedBy.KEY
    """key: the text's sound asks before anybody is offered the caller, who says yes by 1; agent: the agent asks."""
    answer_within_ms: Annotated[int, Field(ge=SHORTEST_QUESTION_MS, le=LONGEST_QUESTION_MS)] = 20_000
    agent_cap: Annotated[int, Field(ge=1, le=MOST_OF_AN_AGENT)] | None = None
    """So many of an agent's calls in `cap_days` at most."""
    cap_days: Annotated[int, Field(ge=1, le=LONGEST_CAP_DAYS)] = 30
    longest_ms: Annotated[int, Field(ge=SHORTEST_MS, le=LONGEST_MS)] = LONGEST_MS
    """So much of a call is recorded at most."""


class RecordingSignEntry(Section):
    """What those who talk hear while a segment of theirs is recorded."""

    kind: SignKind = SignKind.NONE
    """none, beep (when it begins, and again and again), announcement (when it begins)."""
    every_ms: Annotated[int, Field(ge=SHORTEST_GAP_MS, le=LONGEST_GAP_MS)] = NO_SIGN.every_ms
    """From one beep to the next."""
    sound: Annotated[str, Field(min_length=1, max_length=100)] = NO_SIGN.sound
    """What is announced; one of the centre's own is own/NAME."""

"""A reviewer's judgement of one call: a score by a form of a certain version."""

from dataclasses import dataclass
from typing import Final

from telephony.identifiers import AgentId, CallId, Instant, ProjectId

ENTERED: Final = "entered"
QUALITY_REVIEW: Final = "quality_review"
"""Where a review comes from: somebody, or a program, entered its score; or it was handed in here, mark by mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review, with a score from 0 to 100. The call, project and recording are named where they are known."""

    review_id: str
    agent_id: AgentId
    reviewer: str
    score: int
    form_version: str
    reviewed_at: Instant
    call_id: CallId | None = None
    project_id: ProjectId | None = None
    recording_id: str | None = None
    origin: str = ENTERED

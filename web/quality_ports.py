"""What the web edge needs of quality reviews."""

from collections.abc import Collection, Sequence
from typing import Protocol

from recording.quality.acts import NotTheirs, Wish
from recording.quality.form import Fault, Form, FormDraft
from recording.quality.report import Rated
from recording.quality.review import Faults, Obstacle, QualityReview, RatedCall, ReviewState
from recording.quality.rules import Bar, RatingRules, RuleFault
from store.audit import Author
from telephony.identifiers import AgentId, Instant, ProjectId, UserId


class Forms(Protocol):
    """Forms and rules, by project and version."""

    async def publish(self, draft: FormDraft, *, by: Author) -> Form | tuple[Fault, ...]: ...
    async def forms(self, project_id: ProjectId) -> Sequence[Form]: ...
    async def form(self, project_id: ProjectId, version: int | None = None) -> Form | None: ...
    async def set_rules(self, project_id: ProjectId, rules: RatingRules, *, by: Author) -> tuple[RuleFault, ...]: ...
    async def rules(self, project_id: ProjectId) -> tuple[int, RatingRules]: ...


class Reviews(Protocol):
    """Reviews: every act is judged where it is written."""

    async def act(self, review_id: str, wish: Wish, *, by: Author) -> QualityReview | Obstacle | Faults | NotTheirs | None: ...
    async def review(self, review_id: str) -> QualityReview | None: ...
    async def calibration(self, calibration_id: str) -> tuple[QualityReview, ...]: ...

    async def reviews(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        agent_ids: Collection[AgentId] | None = None,
        reviewer: UserId | None = None,
        is_calibration: bool | None = None,
        states: Collection[ReviewState] | None = None,
        limit: int = ...,
    ) -> Sequence[QualityReview]: ...

    async def rated(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        agent_ids: Collection[AgentId] | None = None,
        project_id: ProjectId | None = None,
    ) -> Sequence[tuple[Instant, Rated]]: ...


class Assigning(Protocol):
    """Gives recordings to reviewers by hand."""

    async def rateable(self, project_id: ProjectId, now: Instant) -> Sequence[tuple[RatedCall, Instant]]:
        """Recordings of the project that may be rated and nobody rates, and until when each is kept."""
        ...

    async def assign(
        self, segment_id: str, reviewers: Sequence[UserId], *, calibration_id: str | None = None, by: Author
    ) -> Sequence[QualityReview] | Bar | None:
        """They are to rate the recording; None: there is none that may be rated, or somebody rates it."""
        ...

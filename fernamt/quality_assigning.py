"""Recordings given to reviewers by hand, by the same rules as the worker's."""

from collections.abc import Sequence

from fernamt.quality_jobs import QualitySources, a_draft, rated_call
from recording.quality.review import QualityReview, RatedCall
from recording.quality.rules import Bar, bar_to
from recording.retention import DAY, LONGEST_SAMPLE_DAYS
from store.audit import Author
from telephony.identifiers import Instant, ProjectId, UserId


class AssignByHand:
    """Finds what may be rated, and gives it out."""

    def __init__(self, sources: QualitySources) -> None:
        self._sources = sources

    async def rateable(self, project_id: ProjectId, now: Instant) -> Sequence[tuple[RatedCall, Instant]]:
        """Recordings of the project that may be rated and nobody rates, and until when each is kept."""
        sources = self._sources
        _, rules = await sources.forms.rules(project_id)
        oldest = Instant(now - LONGEST_SAMPLE_DAYS * DAY)
        found = await sources.calls.unrated(project_id, oldest, now, kept_past=now, limit=200)
        calls = [(await rated_call(each, rules, sources.texts, sources.journal), each.kept_until) for each in found]
        return [(call, kept_until) for call, kept_until in calls if call is not None]

    async def assign(
        self, segment_id: str, reviewers: Sequence[UserId], *, calibration_id: str | None = None, by: Author
    ) -> Sequence[QualityReview] | Bar | None:
        """They are to rate the recording; None: there is none that may be rated, or somebody rates it."""
        sources = self._sources
        found = await sources.calls.recording(segment_id)
        if found is None:
            return None
        _, rules = await sources.forms.rules(found.segment.project_id)
        form = await sources.forms.form(found.segment.project_id)
        call = await rated_call(found, rules, sources.texts, sources.journal)
        if form is None or call is None:
            return None
        people = {each.user_id: each for each in await sources.calls.raters(reviewers)}
        for each in reviewers:
            if each == by.user_id:
                return Bar.SELF_GIVEN
            bar = bar_to(people[each], rules, call.call_agents) if each in people else Bar.NOT_A_RATER
            if bar is not None:
                return bar
        drafts = [a_draft(call, each, form, by.at, by=by.user_id, calibration_id=calibration_id) for each in reviewers]
        return await sources.reviews.give_out(drafts, by=by)

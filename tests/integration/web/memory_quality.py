"""Quality reviews of the web edge's surroundings, in memory: judged by the same pure rules as in the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from recording.quality.acts import NotTheirs, Wish, done
from recording.quality.form import Fault, Form, FormDraft, faults_of
from recording.quality.report import Rated
from recording.quality.review import Act, Faults, Obstacle, QualityReview, RatedCall, ReviewState
from recording.quality.rules import Bar, Rater, RatingRules, RuleFault, faults_of_rules
from store.audit import Author
from telephony.identifiers import AgentId, Instant, ProjectId, UserId
from tests.quality_words import FORM, GOOD, NOW, a_call, a_review


@dataclass
class MemoryQualityForms:
    """Forms and rules by project."""

    published: list[Form] = field(default_factory=list)
    rules_of: dict[ProjectId, list[RatingRules]] = field(default_factory=dict)

    async def publish(self, draft: FormDraft, *, by: Author) -> Form | tuple[Fault, ...]:
        if faults := faults_of(draft):
            return faults
        form = Form(
            project_id=draft.project_id,
            version=len(await self.forms(draft.project_id)) + 1,
            scale=draft.scale,
            criteria=draft.criteria,
            published_at=by.at,
            published_by=by.user_id,
        )
        self.published.insert(0, form)
        return form

    async def forms(self, project_id: ProjectId) -> Sequence[Form]:
        return [each for each in self.published if each.project_id == project_id]

    async def form(self, project_id: ProjectId, version: int | None = None) -> Form | None:
        return next((each for each in await self.forms(project_id) if version in (None, each.version)), None)

    async def set_rules(self, project_id: ProjectId, rules: RatingRules, *, by: Author) -> tuple[RuleFault, ...]:
        if faults := tuple(faults_of_rules(rules)):
            return faults
        self.rules_of.setdefault(project_id, []).append(rules)
        return ()

    async def rules(self, project_id: ProjectId) -> tuple[int, RatingRules]:
        found = self.rules_of.get(project_id, [])
        return (len(found), found[-1]) if found else (0, RatingRules())


@dataclass
class MemoryQualityReviews:
    """Reviews by id; `people` as the centre knows them."""

    forms: MemoryQualityForms
    people: Mapping[UserId, Any] = field(default_factory=dict)
    rows: dict[str, QualityReview] = field(default_factory=dict)

    async def act(self, review_id: str, wish: Wish, *, by: Author) -> QualityReview | Obstacle | Faults | NotTheirs | None:
        review, user = self.rows.get(review_id), self.people.get(by.user_id)
        if review is None or user is None:
            return None if review is None else NotTheirs.NOT_THEIRS
        form = await self.forms.form(review.call.project_id, review.form_version)
        assert form is not None
        _, rules = await self.forms.rules(review.call.project_id)
        who = Rater(user_id=user.user_id, role=user.role.value, is_active=user.is_active, agent_id=user.agent_id)
        result = done(review, wish, who, form=form, rules=rules, now=by.at)
        if isinstance(result, QualityReview):
            self.rows[review_id] = result
        return result

    async def review(self, review_id: str) -> QualityReview | None:
        return self.rows.get(review_id)

    async def calibration(self, calibration_id: str) -> tuple[QualityReview, ...]:
        return tuple(each for each in self.rows.values() if each.calibration_id == calibration_id)

    async def reviews(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        agent_ids: Collection[AgentId] | None = None,
        reviewer: UserId | None = None,
        is_calibration: bool | None = None,
        states: Collection[ReviewState] | None = None,
        limit: int = 1_000,
    ) -> Sequence[QualityReview]:
        found = [each for each in self.rows.values() if agent_ids is None or each.call.agent_id in agent_ids]
        found = [each for each in found if reviewer in (None, each.reviewer) and (states is None or each.state in states)]
        return [each for each in found if is_calibration in (None, each.calibration_id is not None)][:limit]

    async def rated(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        agent_ids: Collection[AgentId] | None = None,
        project_id: ProjectId | None = None,
    ) -> Sequence[tuple[Instant, Rated]]:
        rated = [each for each in self.rows.values() if each.current is not None and each.calibration_id is None]
        rated = [each for each in rated if agent_ids is None or each.call.agent_id in agent_ids]
        return [(each.versions[0].handed_in_at, _rated(each)) for each in rated if project_id in (None, each.call.project_id)]


def _rated(review: QualityReview) -> Rated:
    version = review.versions[-1]
    return Rated(
        period="",
        project_id=review.call.project_id,
        agent_id=review.call.agent_id,
        form_version=review.form_version,
        marks=version.judgement.marks,
        hundredths=version.score.hundredths,
        is_knocked_out=bool(version.score.knocked_out_by),
    )


@dataclass
class PlayedAssigning:
    """Notes who was to rate what."""

    asked: list[tuple[str, tuple[UserId, ...], bool]] = field(default_factory=list)
    answer: Sequence[QualityReview] | Bar | None = field(default_factory=lambda: [a_review()])

    async def rateable(self, project_id: ProjectId, now: Instant) -> Sequence[tuple[RatedCall, Instant]]:
        return [(a_call(project=project_id), now)]

    async def assign(
        self, segment_id: str, reviewers: Sequence[UserId], *, calibration_id: str | None = None, by: Author
    ) -> Sequence[QualityReview] | Bar | None:
        self.asked.append((segment_id, tuple(reviewers), calibration_id is not None))
        return self.answer


OF_TWO = (("acme", "anna"), ("bolt", "carla"))


def populate_quality(
    forms: MemoryQualityForms, reviews: MemoryQualityReviews, rater: UserId, of: Sequence[tuple[str, str]] = OF_TWO
) -> None:
    """A form and rules of every client's project; of each agent a draft and a review that was handed in, all that rater's."""
    for client, agent in of:
        project = ProjectId(f"{client}-service")
        forms.published.append(replace(FORM, project_id=project))
        forms.rules_of[project] = [RatingRules(raters=(rater,), agent_may_hear=True)]
        for name in ("draft", "review"):
            call = a_call(f"{name}-{agent}", AgentId(agent), project=project, client=client)
            reviews.rows[f"{name}-{agent}"] = a_review(f"{name}-{agent}", call=call, reviewer=rater)
        wish, who = Wish(act=Act.HAND_IN, judgement=GOOD), Rater(user_id=rater, role="reviewer", is_active=True)
        rules = forms.rules_of[project][0]
        ready = done(reviews.rows[f"review-{agent}"], wish, who, form=FORM, rules=rules, now=Instant(NOW + 1))
        assert isinstance(ready, QualityReview)
        reviews.rows[ready.review_id] = replace(ready, answer_until=Instant(2**52))

"""Quality reviews: rated, answered, corrected. Who may do what with one is judged where it is written."""

from typing import Any

from recording.quality.acts import NotTheirs, Wish
from recording.quality.calibration import is_open_to
from recording.quality.review import Act, Obstacle, QualityReview, ReviewState
from web.api.levels import names_of_users
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.quality_views import judgement_of, review_shown
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.quality import Correction, JudgementFacts, QualityReviewList, QualityReviewShown, ReviewsQuery, SaidFacts
from web.schemas.types import Nothing, instant

READ = Needs(resource=Resource.QUALITY_REVIEW, action=Action.READ)
RATE = Needs(resource=Resource.QUALITY_REVIEW, action=Action.WRITE)
ANSWER = Needs(resource=Resource.QUALITY_REVIEW, action=Action.STEER)
PROBLEMS = (*(each.value for each in Obstacle), NotTheirs.MAY_NOT_RATE.value)
_UNSEEN = (ReviewState.DRAFT, ReviewState.DROPPED)
MOST = 1_000


@route("GET", "/quality-reviews", access=READ, summary="List quality reviews", query=ReviewsQuery, answer=QualityReviewList)
async def list_quality_reviews(ask: Ask[Nothing, ReviewsQuery]) -> QualityReviewList:
    """Reviews given out in the period. Reviewers see their own, agents what was handed in about them."""
    query = ask.query
    is_own = query.is_mine or ask.principal.role.value == "reviewer"
    found = await ask.deps.quality_reviews.reviews(
        instant(query.from_),
        instant(query.to),
        agent_ids=ask.rows.agents,
        reviewer=ask.principal.user_id if is_own else None,
        states=None if query.state is None else [query.state],
        limit=MOST,
    )
    names = await names_of_users(ask)
    return QualityReviewList(items=[await _shown(ask, each, names) for each in found if _is_seen(ask, each)])


@route("GET", "/quality-reviews/{review_id}", access=READ, summary="Show a quality review", answer=QualityReviewShown)
async def show_quality_review(ask: Ask[Nothing, Nothing]) -> QualityReviewShown:
    """The review: every version with its arithmetic, and what both sides said."""
    return await _shown(ask, await _the_review(ask), await names_of_users(ask))


@route(
    "PUT",
    "/quality-reviews/{review_id}/draft",
    access=RATE,
    summary="Keep a draft",
    body=JudgementFacts,
    answer=QualityReviewShown,
    problems=PROBLEMS,
)
async def save_quality_review(ask: Ask[JudgementFacts, Nothing]) -> QualityReviewShown:
    """The draft is kept, with gaps; nobody but its reviewer sees it."""
    return await _done(ask, Wish(act=Act.SAVE, judgement=judgement_of(ask.body)))


@route(
    "POST",
    "/quality-reviews/{review_id}/hand-in",
    access=RATE,
    summary="Hand a review in",
    body=JudgementFacts,
    answer=QualityReviewShown,
    problems=PROBLEMS,
)
async def hand_in_quality_review(ask: Ask[JudgementFacts, Nothing]) -> QualityReviewShown:
    """The score stands, counts for the level, and is the agent's to answer within the project's term."""
    return await _done(ask, Wish(act=Act.HAND_IN, judgement=judgement_of(ask.body)))


@route(
    "POST",
    "/quality-reviews/{review_id}/correct",
    access=RATE,
    summary="Correct a review",
    body=Correction,
    answer=QualityReviewShown,
    problems=PROBLEMS,
)
async def correct_quality_review(ask: Ask[Correction, Nothing]) -> QualityReviewShown:
    """Another version stands, with its reason; those before stay, the agent's term begins anew, and the level counts this one."""
    return await _done(ask, Wish(act=Act.CORRECT, judgement=judgement_of(ask.body), words=ask.body.reason))


@route(
    "POST",
    "/quality-reviews/{review_id}/reply",
    access=RATE,
    summary="Answer the agent back",
    body=SaidFacts,
    answer=QualityReviewShown,
    problems=PROBLEMS,
)
async def reply_to_agent(ask: Ask[SaidFacts, Nothing]) -> QualityReviewShown:
    """The reviewer stays with the score and says why; the review is closed."""
    return await _done(ask, Wish(act=Act.REPLY, words=ask.body.words))


@route(
    "POST",
    "/quality-reviews/{review_id}/drop",
    access=RATE,
    summary="Give a review back",
    answer=QualityReviewShown,
    problems=PROBLEMS,
)
async def drop_quality_review(ask: Ask[Nothing, Nothing]) -> QualityReviewShown:
    """Nobody rates the call by this draft any more; it is given out anew. Its reviewer does that, or who gives out work."""
    return await _done(ask, Wish(act=Act.DROP))


@route(
    "POST",
    "/quality-reviews/{review_id}/answer",
    access=ANSWER,
    summary="Answer a review",
    body=SaidFacts,
    answer=QualityReviewShown,
    problems=PROBLEMS,
)
async def answer_quality_review(ask: Ask[SaidFacts, Nothing]) -> QualityReviewShown:
    """The rated agent's own words, kept whatever becomes of the review."""
    return await _done(ask, Wish(act=Act.ANSWER, words=ask.body.words))


async def _done(ask: Ask[Body, Query], wish: Wish) -> QualityReviewShown:
    review = await _the_review(ask)
    result = await ask.deps.quality_reviews.act(review.review_id, wish, by=ask.author)
    if result is None or result is NotTheirs.NOT_THEIRS:
        raise ProblemError("not_found")
    if isinstance(result, Obstacle | NotTheirs):
        raise ProblemError(result.value)
    if isinstance(result, tuple):
        raise ProblemError("invalid", fields=[_fault(fault.value, name) for fault, name in result])
    return await _shown(ask, result, await names_of_users(ask))


async def _the_review(ask: Ask[Body, Query]) -> QualityReview:
    """The review named in the path. Out of reach is answered like unknown."""
    found = await ask.deps.quality_reviews.review(ask.path["review_id"])
    if found is None or not _is_seen(ask, found):
        raise ProblemError("not_found")
    return found


def _is_seen(ask: Ask[Body, Query], review: QualityReview) -> bool:
    """Whether who asks may know of the review: reviewers of their own, agents and their leaders of what was handed in."""
    if review.reviewer == ask.principal.user_id:
        return True
    if ask.principal.role.value == "reviewer" or not ask.rows.has_agent(review.call.agent_id):
        return False
    if ask.rows.scope is Scope.ALL:
        return True
    return review.calibration_id is None and review.state not in _UNSEEN


async def _shown(ask: Ask[Body, Query], review: QualityReview, names: dict[str, str]) -> QualityReviewShown:
    form = await ask.deps.quality_forms.form(review.call.project_id, review.form_version)
    if form is None:
        raise ProblemError("not_found")
    _, rules = await ask.deps.quality_forms.rules(review.call.project_id)
    others = () if review.calibration_id is None else await ask.deps.quality_reviews.calibration(review.calibration_id)
    return review_shown(
        review,
        form,
        viewer=ask.principal.user_id,
        hearing_agent=ask.principal.agent_id if rules.agent_may_hear else None,
        is_open=is_open_to(others, review, ask.principal.user_id),
        language=ask.language,
        names=names,
    )


def _fault(code: str, criterion_id: str) -> FieldFault:
    facts: dict[str, Any] = {"criterion": criterion_id}
    return FieldFault(at=f"/marks/{criterion_id}", code=code, detail=_FAULTS[code], facts=facts)


_FAULTS = {
    "no_such_criterion": "the form has no such criterion",
    "not_on_the_scale": "the mark is not on the form's scale",
    "missing": "there is no mark",
    "may_not_be_skipped": "this criterion has to be marked",
}

ROUTES = (
    list_quality_reviews,
    show_quality_review,
    save_quality_review,
    hand_in_quality_review,
    correct_quality_review,
    reply_to_agent,
    drop_quality_review,
    answer_quality_review,
)

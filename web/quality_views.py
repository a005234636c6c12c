"""Quality reviews as the API shows them, with their arithmetic in sentences, and as they come in."""

from collections.abc import Iterator, Mapping

from recording.quality.calibration import Spread
from recording.quality.form import Criterion, Form
from recording.quality.review import Judgement, QualityReview, Remark, ReviewState, Version
from recording.quality.rules import RatingRules
from recording.quality.score import Score
from routing.explain import Said
from routing.levels.told import points
from store.quality_grants import agents_grant, reviewers_grant
from telephony.identifiers import AgentId, UserId
from web.language import Language
from web.schemas.quality import (
    CalibrationShown,
    CriterionFacts,
    CriterionSpreadShown,
    JudgementFacts,
    QualityFormShown,
    QualityReviewShown,
    RatingRuleFacts,
    RemarkFacts,
    SaidShown,
    VersionShown,
)
from web.schemas.types import maybe_when, when

MEAN = Said(
    "({sum}) ÷ ({scale} × {weight}) = {points} von 100 Punkten; Note mal Gewicht, durch beste Note mal Summe der Gewichte.",
    "({sum}) ÷ ({scale} × {weight}) = {points} of 100 points; mark times weight, by best mark times the sum of weights.",
)
KNOCKED_OUT = Said("„{name}“ ist nicht erfüllt: das Ganze zählt 0 Punkte.", "“{name}” is not met: the whole counts 0 points.")
SKIPPED = Said("„{name}“ kam nicht vor und zählt nicht.", "“{name}” did not come up and does not count.")
LEVEL = Said("Für die Stufe zählt diese Bewertung {points} Punkte.", "For the level this review counts {points} points.")
NO_LEVEL = Said(
    "Eine Gegenprobe zweier Bewertender: sie zählt für keine Stufe.", "A calibration of two reviewers: it counts for no level."
)
_OPEN = (ReviewState.DRAFT, ReviewState.HANDED_IN, ReviewState.ANSWERED)


def form_shown(form: Form) -> QualityFormShown:
    """The form."""
    return QualityFormShown(
        project_id=form.project_id,
        version=form.version,
        scale=form.scale,
        criteria=[_criterion_shown(each) for each in form.criteria],
        published_at=when(form.published_at),
        published_by=form.published_by,
    )


def criterion_of(facts: CriterionFacts) -> Criterion:
    """The criterion with these facts."""
    return Criterion(**facts.model_dump())


def rules_shown(rules: RatingRules, logins: Mapping[UserId, str]) -> RatingRuleFacts:
    """The rules in the words they are set with; `logins` of users by id."""
    return RatingRuleFacts(
        raters=[logins.get(each, each) for each in rules.raters],
        per_agent=rules.per_agent,
        period=rules.period,
        answer_days=rules.answer_days,
        agent_may_hear=rules.agent_may_hear,
        order_words=rules.order_words,
    )


def judgement_of(facts: JudgementFacts) -> Judgement:
    """The judgement with these facts."""
    remarks = (Remark(at_ms=each.at_ms, words=each.words, criterion_id=each.criterion_id) for each in facts.remarks)
    ordered = tuple(sorted(remarks, key=lambda each: each.at_ms))
    return Judgement(marks=dict(facts.marks), remarks=ordered, summary=facts.summary.strip())


def review_shown(
    review: QualityReview,
    form: Form,
    *,
    viewer: UserId,
    hearing_agent: AgentId | None,
    is_open: bool,
    language: Language,
    names: Mapping[str, str],
) -> QualityReviewShown:
    """The review as the viewer may see it: `is_open`: what was handed in; the draft is its reviewer's alone.
    `hearing_agent`: the viewer where they are an agent, and the project lets its agents hear."""
    is_mine = review.reviewer == viewer
    return QualityReviewShown(
        review_id=review.review_id,
        segment_id=review.call.segment_id,
        call_id=review.call.call_id,
        project_id=review.call.project_id,
        agent_id=review.call.agent_id,
        recorded_at=when(review.call.recorded_at),
        reviewer=names.get(review.reviewer, review.reviewer),
        is_mine=is_mine,
        form_version=review.form_version,
        calibration_id=review.calibration_id,
        assigned_at=when(review.assigned_at),
        state=review.state,
        draft=_judgement_shown(review.draft) if is_mine and review.state is ReviewState.DRAFT else None,
        versions=[_version_shown(each, review, form, language) for each in review.versions] if is_open else [],
        answers=[
            SaidShown(
                number=each.number, side=each.side, words=each.words, said_at=when(each.said_at), to_version=each.to_version
            )
            for each in review.answers
        ]
        if is_open
        else [],
        answer_until=maybe_when(review.answer_until),
        closed_at=maybe_when(review.closed_at),
        grant_id=_grant_of(review, is_mine=is_mine, is_agents=hearing_agent == review.call.agent_id),
    )


def score_told(score: Score, form: Form, version: Version, language: Language) -> Iterator[str]:
    """The arithmetic of one version, sentence by sentence."""
    names = {each.criterion_id: each.name for each in form.criteria}
    marked = version.judgement.marks
    for name in (names[each] for each, mark in marked.items() if mark is None and each in names):
        yield SKIPPED.told(language.value, {"name": name})
    whole = score.scale * score.weight
    mean = (2 * 10_000 * score.reached + whole) // (2 * whole)
    facts: dict[str, str | int | float] = {
        "sum": " + ".join(f"{each.mark} × {each.weight}" for each in score.counted),
        "scale": score.scale,
        "weight": score.weight,
        "points": points(mean, language.value),
    }
    yield MEAN.told(language.value, facts)
    for each in score.knocked_out_by:
        yield KNOCKED_OUT.told(language.value, {"name": names.get(each, each)})


def calibration_shown(
    reviews: tuple[QualityReview, ...], form: Form, spread: Spread | None, names: Mapping[str, str]
) -> CalibrationShown:
    """Two reviewers on one call, and how far apart they are once both have handed in."""
    call = reviews[0].call
    questions = {each.criterion_id: each.name for each in form.criteria}
    return CalibrationShown(
        calibration_id=reviews[0].calibration_id or "",
        segment_id=call.segment_id,
        project_id=call.project_id,
        agent_id=call.agent_id,
        reviewers=[names.get(each.reviewer, each.reviewer) for each in reviews],
        handed_in=sum(each.current is not None for each in reviews),
        scores=None if spread is None else list(spread.scores),
        spread=None if spread is None else spread.spread,
        is_knockout_disputed=None if spread is None else spread.is_knockout_disputed,
        criteria=[]
        if spread is None
        else [
            CriterionSpreadShown(
                criterion_id=each.criterion_id, name=questions[each.criterion_id], marks=list(each.marks), spread=each.spread
            )
            for each in spread.criteria
        ],
    )


def _version_shown(version: Version, review: QualityReview, form: Form, language: Language) -> VersionShown:
    last = LEVEL if review.calibration_id is None else NO_LEVEL
    return VersionShown(
        number=version.number,
        judgement=_judgement_shown(version.judgement),
        hundredths=version.score.hundredths,
        knocked_out_by=list(version.score.knocked_out_by),
        sentences=[
            *score_told(version.score, form, version, language),
            last.told(language.value, {"points": version.score.points}),
        ],
        handed_in_at=when(version.handed_in_at),
        reason=version.reason,
    )


def _judgement_shown(judgement: Judgement) -> JudgementFacts:
    return JudgementFacts(
        marks=dict(judgement.marks),
        remarks=[RemarkFacts(at_ms=each.at_ms, words=each.words, criterion_id=each.criterion_id) for each in judgement.remarks],
        summary=judgement.summary,
    )


def _criterion_shown(each: Criterion) -> CriterionFacts:
    return CriterionFacts(
        criterion_id=each.criterion_id,
        name=each.name,
        guide=each.guide,
        weight=each.weight,
        is_knockout=each.is_knockout,
        may_be_skipped=each.may_be_skipped,
    )


def _grant_of(review: QualityReview, *, is_mine: bool, is_agents: bool) -> str | None:
    if review.state not in _OPEN:
        return None
    if is_mine:
        return reviewers_grant(review)
    return agents_grant(review) if is_agents and review.versions else None

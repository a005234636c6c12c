"""Forms, calls and reviews as tests of ratings need them."""

from recording.quality.form import Criterion, Form
from recording.quality.review import Judgement, QualityReview, RatedCall, Remark
from recording.quality.rules import Rater, RatingRules
from store.audit import Author
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, UserId
from web.accounts import User
from web.permissions import Role

NOW = Instant(1_800_000_000_000_000)
ACME = ProjectId("acme-service")
ANNA, BEN = AgentId("anna"), AgentId("ben")
RITA, SVEN = UserId("u-rita"), UserId("u-sven")
CRITERIA = (
    Criterion(criterion_id="greeting", name="Greeting", weight=1),
    Criterion(criterion_id="needs", name="Finds out what is needed", weight=3),
    Criterion(criterion_id="closing", name="Closing", weight=1, may_be_skipped=True),
    Criterion(criterion_id="privacy", name="No data to strangers", weight=0, is_knockout=True),
)
FORM = Form(project_id=ACME, version=1, scale=5, criteria=CRITERIA, published_at=NOW, published_by=UserId("boss"))
GOOD = Judgement(
    marks={"greeting": 5, "needs": 4, "closing": None, "privacy": 5},
    remarks=(Remark(at_ms=12_500, words="well asked", criterion_id="needs"),),
    summary="A calm call.",
)
"""(5×1 + 4×3) ÷ (5×4) = 85 points."""
RULES = RatingRules(raters=(RITA, SVEN), per_agent=4, answer_days=7)
RITA_RATES = Rater(user_id=RITA, role="reviewer", is_active=True)
ANNA_ANSWERS = Rater(user_id=UserId("u-anna"), role="agent", is_active=True, agent_id=ANNA)


def a_call(
    name: str = "s1", agent: AgentId = ANNA, *, kept_as: str = "quality_sample", project: ProjectId = ACME, client: str = "acme"
) -> RatedCall:
    return RatedCall(
        segment_id=name,
        project_id=project,
        client_id=ClientId(client),
        call_id=CallId(f"call-{name}"),
        agent_id=agent,
        call_agents=(agent,),
        kept_as=kept_as,
        recorded_at=NOW,
    )


def a_review(
    name: str = "r1", *, call: RatedCall | None = None, reviewer: UserId = RITA, calibration: str | None = None
) -> QualityReview:
    return QualityReview(
        review_id=name,
        call=call or a_call(),
        reviewer=reviewer,
        form_version=1,
        assigned_at=NOW,
        assigned_by=UserId("service"),
        calibration_id=calibration,
    )


def by(user: str = "rita", at: int = 0) -> Author:
    return Author(user_id=UserId(f"u-{user}"), at=Instant(NOW + at))


def a_user(login: str, role: Role, agent: str | None = None) -> User:
    agent_id = None if agent is None else AgentId(agent)
    return User(
        user_id=UserId(f"u-{login}"), login=login, display_name=login.title(), role=role, created_at=NOW, agent_id=agent_id
    )

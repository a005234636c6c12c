"""A centre with people who rate, and what they do, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from recording.quality.acts import Wish
from recording.quality.form import Form, FormDraft
from recording.quality.review import Act, QualityReview
from recording.retention import RecordingClass
from routing.directory import AgentProfile, Client, Project
from routing.levels.review import Review
from store.centre import Centre
from store.directory import DirectoryStore
from store.levels import LevelStore
from store.parties import PartyKeys
from store.quality_forms import QualityForms
from store.quality_reviews import QualityReviews
from store.users import UserStore
from telephony.identifiers import ClientId, Instant, UserId
from tests.quality_words import ACME, ANNA, BEN, CRITERIA, GOOD, RULES, a_user, by
from web.permissions import Role

KEYS = PartyKeys(bytes(range(32)))
ZONE = ZoneInfo("Europe/Berlin")
ANNAS = UserId("u-anna")
SAMPLE = RecordingClass.QUALITY_SAMPLE


async def a_rated_centre(engine: AsyncEngine) -> QualityReviews:
    """A centre with people, two agents, a form and rules."""
    users = UserStore(engine)
    for user in (
        a_user("rita", Role.REVIEWER),
        a_user("sven", Role.SUPERVISOR),
        a_user("anna", Role.AGENT, "anna"),
        a_user("ben", Role.AGENT, "ben"),
    ):
        assert await users.add(user)
    await DirectoryStore(engine).apply(
        Centre(
            clients=(Client(client_id=ClientId("acme"), name="Acme"),),
            projects=(Project(project_id=ACME, client_id=ClientId("acme"), name="Acme"),),
            agents=tuple(
                AgentProfile(agent_id=each, name=each.title(), level=1, certificates=frozenset({ACME})) for each in (ANNA, BEN)
            ),
        )
    )
    forms = QualityForms(engine)
    assert isinstance(await forms.publish(FormDraft(project_id=ACME, scale=5, criteria=CRITERIA), by=by("boss")), Form)
    assert await forms.set_rules(ACME, RULES, by=by("boss")) == ()
    return QualityReviews(engine, KEYS)


async def do(
    reviews: QualityReviews, act: Act, user: str = "rita", *, at: int = 0, words: str = "so", name: str = "r1", **marks: int
) -> QualityReview:
    wish = Wish(act=act, judgement=replace(GOOD, marks={**GOOD.marks, **marks}), words=words)
    found = await reviews.act(name, wish, by=by(user, at))
    assert isinstance(found, QualityReview), found
    return found


async def of_levels(engine: AsyncEngine) -> Sequence[Review]:
    return await LevelStore(engine).reviews(Instant(0), Instant(2**62))

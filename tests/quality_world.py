"""A live world with calls that are rated: a draft, one handed in, one answered, a calibration that waits.

    python -m tests.quality_world

serves it for who wants to look; besides the people of tests/live_world.py there is the reviewer rita.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast

from recording.quality.acts import Wish, done
from recording.quality.form import Criterion, Form
from recording.quality.review import DAY, Act, Judgement, QualityReview, Remark
from recording.quality.rules import Rater, RatingRules
from telephony.identifiers import AgentId, Instant, ProjectId, UserId
from tests.integration.web.memory_quality import MemoryQualityForms, MemoryQualityReviews
from tests.live_world import CHEAP, PASSWORD, LiveWorld, a_live_world
from tests.quality_words import a_call, a_review
from web.accounts import User
from web.permissions import Role

SUPPORT = ProjectId("support")
RITA, SVEN = UserId("user-rita"), UserId("user-sven")
ANNA, BEN = AgentId("agent-0"), AgentId("agent-1")
CRITERIA = (
    Criterion(criterion_id="gruss", name="Begrüßung", guide="Name, Auftraggeber, Hilfe angeboten", weight=1),
    Criterion(criterion_id="bedarf", name="Bedarf ermittelt", guide="Fragt nach, fasst zusammen", weight=3),
    Criterion(criterion_id="abschluss", name="Abschluss", weight=1, may_be_skipped=True),
    Criterion(criterion_id="daten", name="Keine Daten an Fremde", weight=0, is_knockout=True),
)
RULES = RatingRules(raters=(RITA, SVEN), agent_may_hear=True)


@dataclass
class QualityWorld:
    """The parts that this fills, as what they are."""

    world: LiveWorld
    forms: MemoryQualityForms
    reviews: MemoryQualityReviews
    form: Form

    def put(self, name: str, agent: AgentId, days: float, *, reviewer: UserId = RITA, calibration: str | None = None) -> None:
        """A draft waits for that reviewer."""
        at = Instant(int(self.world.clock.now() - days * DAY))
        call = replace(a_call(f"call-{name}.segment.1", agent, project=SUPPORT), recorded_at=at)
        review = a_review(name, call=call, reviewer=reviewer, calibration=calibration)
        self.reviews.rows[name] = replace(review, assigned_at=at)

    def do(self, name: str, act: Act, who: Rater, words: str = "", **marks: int | None) -> None:
        """That is done to it."""
        remarks = (Remark(at_ms=34_000, words="Sehr gut nachgefragt.", criterion_id="bedarf"),)
        judgement = Judgement(marks=marks, remarks=remarks, summary="Ruhiges Gespräch, der Kunde fühlt sich verstanden.")
        wish = Wish(act=act, judgement=judgement, words=words)
        result = done(self.reviews.rows[name], wish, who, form=self.form, rules=RULES, now=self.world.clock.now())
        assert isinstance(result, QualityReview), result
        self.reviews.rows[name] = result


def fill(world: LiveWorld) -> QualityWorld:
    """The world is filled."""
    now = world.clock.now()
    form = Form(project_id=SUPPORT, version=1, scale=5, criteria=CRITERIA, published_at=now, published_by=UserId("user-root"))
    deps = world.deps
    forms = cast(MemoryQualityForms, deps.quality_forms)
    forms.published.append(form)
    forms.rules_of[SUPPORT] = [RULES]
    world.users.rows[RITA] = User(
        user_id=RITA,
        login="rita",
        display_name="Rita Roth",
        role=Role.REVIEWER,
        created_at=now,
        password_hash=CHEAP.hash(PASSWORD),
    )
    quality = QualityWorld(world=world, forms=forms, reviews=cast(MemoryQualityReviews, deps.quality_reviews), form=form)
    rita = Rater(user_id=RITA, role="reviewer", is_active=True)
    anna = Rater(user_id=UserId("user-anna"), role="agent", is_active=True, agent_id=ANNA)
    for name, agent, days in (("offen", ANNA, 1), ("neu", ANNA, 3), ("beantwortet", BEN, 5)):
        quality.put(name, agent, days)
    quality.do("neu", Act.HAND_IN, rita, gruss=5, bedarf=4, abschluss=None, daten=5)
    quality.do("beantwortet", Act.HAND_IN, rita, gruss=4, bedarf=3, abschluss=2, daten=0)
    ben = replace(anna, user_id=UserId("user-ben"), agent_id=BEN)
    quality.do("beantwortet", Act.ANSWER, ben, "Die Anruferin hatte sich mit ihrer Kundennummer ausgewiesen.")
    for name, reviewer in (("probe-1", RITA), ("probe-2", SVEN)):
        quality.put(name, BEN, 2, reviewer=reviewer, calibration="probe")
    quality.do("probe-1", Act.HAND_IN, rita, gruss=3, bedarf=2, abschluss=None, daten=5)
    return quality


@asynccontextmanager
async def a_quality_world() -> AsyncIterator[QualityWorld]:
    """Served until the end."""
    async with a_live_world(history_s=600) as world:
        yield fill(world)


async def serve() -> None:
    """Serves until interrupted."""
    async with a_quality_world() as quality:
        quality.world.engine_lives()
        print(quality.world.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())

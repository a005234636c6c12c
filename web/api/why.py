"""Stories and reasons in words. What is out of the reader's reach is told without its name, or not at all."""

from collections import deque

import msgspec

from routing.directory import AgentProfile
from routing.explain import Names, part_of, part_told, refusal_told
from routing.standing import AgentStanding, ProjectStanding, hindrances_told, project_told
from routing.story import story_of
from telephony.decisions import DecisionTaken
from telephony.events import Envelope
from telephony.identifiers import AgentId, Instant, ProjectId
from web.api.calls import READ as READ_CALL
from web.api.calls import story_within_reach
from web.language import Language
from web.permissions import Action, Resource, Scope
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.types import Nothing, when
from web.schemas.why import (
    AgentWhy,
    CallTold,
    KeptFrom,
    PastDecision,
    ProjectWhy,
    ReasonShown,
    StoryLine,
    WhyQuery,
)

READ_AGENT = Needs(resource=Resource.AGENT, action=Action.READ)
FIRST_LOOK_BACK, LONGEST_LOOK_BACK = 4_000, 64_000
"""Numbers of the journal that are looked through for the last decisions, fourfold more where they are not enough."""

Taken = tuple[Instant, DecisionTaken]

_SOMEBODY = {Language.DE: "ein anderer Agent", Language.EN: "another agent"}


@route("GET", "/calls/{call_id}/story", access=READ_CALL, summary="Tell a call's story in words", answer=CallTold)
async def tell_call_in_words(ask: Ask[Nothing, Nothing]) -> CallTold:
    """What happened to the call and why routing decided as it did, sentence by sentence, in German or English as
    Accept-Language says. Of other agents only those within reach, and without names where they are not."""
    envelopes = await story_within_reach(ask)
    told = [e for e in envelopes if e.agent_id is None or ask.rows.has_agent(e.agent_id)]
    lines = story_of([_narrowed(ask, e) for e in told if _is_told(ask, e)], ask.language.value, _names(ask))
    return CallTold(
        call_id=ask.path["call_id"],
        language=ask.language,
        lines=[
            StoryLine(
                at=when(line.at), kind=line.kind, agent_id=line.agent_id, decision_id=line.decision_id, sentence=line.sentence
            )
            for line in lines
        ],
    )


@route(
    "GET",
    "/agents/{agent_id}/why",
    access=READ_AGENT,
    summary="Tell why an agent is or is not offered calls",
    query=WhyQuery,
    answer=AgentWhy,
)
async def tell_why(ask: Ask[Nothing, WhyQuery]) -> AgentWhy:
    """What keeps calls away from the agent now; project by project the place among the free and how far the pass is behind; and
    why the last calls of these projects went where they went. Agents may read their own, about the projects they are certified
    for; others have no names there."""
    profile = ask.deps.directory.current.agents.get(AgentId(ask.path["agent_id"]))
    if profile is None or not ask.rows.has_agent(profile.agent_id):
        raise ProblemError("not_found")
    standing = ask.deps.standings.standing(profile.agent_id)
    names, language = _names(ask), ask.language.value
    name = names(profile.agent_id)
    return AgentWhy(
        agent_id=profile.agent_id,
        language=ask.language,
        state=standing.state.value,
        is_free=standing.is_free,
        reasons=[ReasonShown(code=c, sentence=s) for c, s in hindrances_told(standing, language, name)],
        projects=[_project(standing, p, language, name) for p in standing.projects if _may_see(ask, profile, p.project_id)],
        decisions=[_decision(ask, taken, profile.agent_id, names) for taken in await _decisions(ask, profile, ask.query.last)],
    )


def _project(standing: AgentStanding, project: ProjectStanding, language: str, name: str) -> ProjectWhy:
    code, sentence = project_told(standing, project, language, name)
    facts = {"agent": name, "project": project.project_id}
    return ProjectWhy(
        code=code,
        sentence=sentence,
        project_id=project.project_id,
        place=project.place,
        available=project.available,
        waiting=project.waiting,
        share_pass=project.share_pass,
        behind=project.behind,
        kept_from=[
            KeptFrom(code=kept, sentence=refusal_told(kept, language, facts), callers=callers)
            for kept, callers in sorted(project.kept_from.items())
        ],
    )


def _decision(ask: Ask[Body, Query], taken: Taken, agent_id: AgentId, names: Names) -> PastDecision:
    at, decision = taken
    is_named = ask.rows.has_agent(decision.agent_id)
    return PastDecision(
        code=part_of(decision, agent_id).value,
        sentence=part_told(decision, agent_id, ask.language.value, names),
        call_id=decision.call_id if is_named else None,
        decision_id=decision.decision_id if is_named else None,
        project_id=decision.project_id,
        decided_at=when(at),
    )


async def _decisions(ask: Ask[Body, Query], profile: AgentProfile, count: int) -> list[Taken]:
    """The latest decisions of the projects the agent is certified for, newest first."""
    last = await ask.deps.journal.last_seq() if count else 0
    look_back = FIRST_LOOK_BACK
    while True:
        found: deque[Taken] = deque(maxlen=max(count, 1))
        async for envelope in ask.deps.journal.read_since(max(last - look_back, 0), last, (DecisionTaken,)):
            if isinstance(envelope.event, DecisionTaken) and envelope.event.project_id in profile.certificates:
                found.appendleft((envelope.occurred_at, envelope.event))
        if len(found) >= count or look_back >= min(last, LONGEST_LOOK_BACK):
            return list(found)[:count]
        look_back *= 4


def _is_told(ask: Ask[Body, Query], envelope: Envelope) -> bool:
    return not isinstance(envelope.event, DecisionTaken) or ask.rows.has_agent(envelope.event.agent_id)


def _narrowed(ask: Ask[Body, Query], envelope: Envelope) -> Envelope:
    """Which other calls were passed over is for who reaches all of them."""
    if ask.rows.scope is Scope.ALL or not isinstance(envelope.event, DecisionTaken):
        return envelope
    return msgspec.structs.replace(envelope, event=msgspec.structs.replace(envelope.event, skipped=()))


def _may_see(ask: Ask[Body, Query], profile: AgentProfile, project_id: ProjectId) -> bool:
    """Agents are told of projects they are certified for; what others there are is not for them."""
    return ask.rows.scope is not Scope.SELF or project_id in profile.certificates


def _names(ask: Ask[Body, Query]) -> Names:
    """Agents by name, as far as they are within reach."""
    agents, somebody = ask.deps.directory.current.agents, _SOMEBODY[ask.language]

    def name(agent_id: AgentId) -> str:
        profile = agents.get(agent_id)
        if not ask.rows.has_agent(agent_id):
            return somebody
        return agent_id if profile is None else profile.name

    return name


ROUTES = (tell_call_in_words, tell_why)

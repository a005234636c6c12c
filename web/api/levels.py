"""Levels: the rule, reviews, and proposals that people confirm or refuse. No level changes here without a person."""

from routing.levels.proposal import Obstacle, Proposal
from routing.levels.review import Review
from store.centre import Centre
from store.levels import LevelRun
from telephony.identifiers import AgentId, CallId, ProjectId
from web.api.directory import written
from web.level_views import proposal_shown, review_shown, rule_of, rule_shown, run_shown
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.levels import (
    Confirmation,
    LevelRuleFacts,
    LevelRuleShown,
    ProposalList,
    ProposalShown,
    ProposalsQuery,
    RefusalFacts,
    ReviewFacts,
    ReviewList,
    ReviewsAdded,
    ReviewsFacts,
    RunFacts,
    RunList,
    RunShown,
)
from web.schemas.period import PeriodQuery
from web.schemas.types import Nothing, instant

READ = Needs(resource=Resource.LEVEL, action=Action.READ)
WRITE = Needs(resource=Resource.LEVEL, action=Action.WRITE)
PROPOSE = Needs(resource=Resource.LEVEL, action=Action.ASK)
DECIDE = Needs(resource=Resource.LEVEL, action=Action.CONFIRM)
OBSTACLES = ("not_open", "too_soon", "not_a_person")
MOST = 10_000


@route("GET", "/level-rule", access=READ, summary="Show the rule of levels", answer=LevelRuleShown)
async def show_level_rule(ask: Ask[Nothing, Nothing]) -> LevelRuleShown:
    """What counts for a level, how much, and from which score on; agents can read it."""
    version, rule = await ask.deps.levels.rule()
    return LevelRuleShown(version=version, rule=rule_shown(rule))


@route("PUT", "/level-rule", access=WRITE, summary="Set the rule of levels", body=LevelRuleFacts, answer=LevelRuleShown)
async def set_level_rule(ask: Ask[LevelRuleFacts, Nothing]) -> LevelRuleShown:
    """The rule holds for what is proposed from now on, as a new version where it differs; old versions are kept."""
    await written(ask.deps.directory.apply(Centre(level_rule=rule_of(ask.body)), by=ask.author))
    version, rule = await ask.deps.levels.rule()
    return LevelRuleShown(version=version, rule=rule_shown(rule))


@route(
    "GET",
    "/reviews",
    access=Needs(resource=Resource.REVIEW, action=Action.READ),
    summary="List reviews",
    query=PeriodQuery,
    answer=ReviewList,
)
async def list_reviews(ask: Ask[Nothing, PeriodQuery]) -> ReviewList:
    """Reviews of agents within reach that were made in the period, at most ten thousand."""
    query = ask.query
    found = await ask.deps.levels.reviews(instant(query.from_), instant(query.to), agent_ids=ask.rows.agents, limit=MOST)
    return ReviewList(items=[review_shown(review) for review in found])


@route(
    "POST",
    "/reviews",
    access=Needs(resource=Resource.REVIEW, action=Action.WRITE),
    summary="Add reviews",
    body=ReviewsFacts,
    answer=ReviewsAdded,
)
async def add_reviews(ask: Ask[ReviewsFacts, Nothing]) -> ReviewsAdded:
    """The reviews are kept in the name of who asks, all or none. One whose id is known already stays as it is."""
    known = ask.deps.directory.current.agents
    faults = [
        FieldFault(at=f"/items/{number}/agent_id", code="no_such_agent", detail="there is no such agent")
        for number, facts in enumerate(ask.body.items)
        if facts.agent_id not in known
    ]
    if faults:
        raise ProblemError("invalid", fields=faults)
    reviews = [_review(ask, facts) for facts in ask.body.items]
    return ReviewsAdded(added=await ask.deps.levels.add_reviews(reviews, by=ask.author))


@route("GET", "/level-runs", access=PROPOSE, summary="List periods levels were proposed for", answer=RunList)
async def list_level_runs(ask: Ask[Nothing, Nothing]) -> RunList:
    """The newest hundred, done or still to be done."""
    return RunList(items=[run_shown(run) for run in await ask.deps.levels.runs()])


@route("POST", "/level-runs", access=PROPOSE, summary="Have levels proposed", body=RunFacts, answer=RunShown)
async def propose_levels(ask: Ask[RunFacts, Nothing]) -> RunShown:
    """Within seconds the worker proposes levels for the period. What a person has decided of the same period stays."""
    project_id = None if ask.body.project_id is None else ProjectId(ask.body.project_id)
    if project_id is not None and project_id not in ask.deps.directory.current.projects:
        raise ProblemError("invalid", fields=[FieldFault(at="/project_id", code="no_such_project", detail="does not exist")])
    run = LevelRun(
        run_id=ask.deps.ids.new(ask.now),
        from_at=instant(ask.body.from_at),
        to_at=instant(ask.body.to_at),
        project_id=project_id,
        asked_at=ask.now,
        asked_by=ask.principal.user_id,
    )
    await ask.deps.levels.ask(run)
    return run_shown(run)


@route("GET", "/level-proposals", access=READ, summary="List proposed levels", query=ProposalsQuery, answer=ProposalList)
async def list_level_proposals(ask: Ask[Nothing, ProposalsQuery]) -> ProposalList:
    """Proposals about agents within reach, each with its whole arithmetic; the newest period first, at most a thousand."""
    agents = ask.rows.agents
    if ask.query.agent is not None:
        wanted = AgentId(ask.query.agent)
        agents = frozenset([wanted]) if ask.rows.has_agent(wanted) else frozenset()
    states = None if ask.query.state is None else [ask.query.state]
    found = await ask.deps.levels.proposals(agent_ids=agents, states=states)
    return ProposalList(items=[await _shown(ask, proposal) for proposal in found])


@route("GET", "/level-proposals/{proposal_id}", access=READ, summary="Show a proposed level", answer=ProposalShown)
async def show_level_proposal(ask: Ask[Nothing, Nothing]) -> ProposalShown:
    """The proposal: every term with weight and sources, the score, and who decided what."""
    return await _shown(ask, await _the_proposal(ask))


@route(
    "POST",
    "/level-proposals/{proposal_id}/confirm",
    access=DECIDE,
    summary="Confirm a proposed level",
    body=Confirmation,
    answer=ProposalShown,
    problems=OBSTACLES,
)
async def confirm_level(ask: Ask[Confirmation, Nothing]) -> ProposalShown:
    """A person stands behind the level. It comes into force at its date, never earlier than the rule's notice."""
    proposal = await _the_proposal(ask)
    at = None if ask.body.in_force_at is None else instant(ask.body.in_force_at)
    decided = await ask.deps.levels.confirm(proposal.proposal_id, note=ask.body.note, in_force_at=at, by=ask.author)
    return await _shown(ask, _decided(decided))


@route(
    "POST",
    "/level-proposals/{proposal_id}/refuse",
    access=DECIDE,
    summary="Refuse a proposed level",
    body=RefusalFacts,
    answer=ProposalShown,
    problems=OBSTACLES,
)
async def refuse_level(ask: Ask[RefusalFacts, Nothing]) -> ProposalShown:
    """The level stays as it is, by a person's decision."""
    proposal = await _the_proposal(ask)
    decided = await ask.deps.levels.refuse(proposal.proposal_id, note=ask.body.note, by=ask.author)
    return await _shown(ask, _decided(decided))


async def names_of_users(ask: Ask[Body, Query]) -> dict[str, str]:
    """What people are called, by id."""
    return {user.user_id: user.display_name for user in await ask.deps.users.all()}


async def _the_proposal(ask: Ask[Body, Query]) -> Proposal:
    """The proposal named in the path. Out of reach is answered like unknown."""
    found = await ask.deps.levels.proposal(ask.path["proposal_id"])
    if found is None or not ask.rows.has_agent(found.agent_id):
        raise ProblemError("not_found")
    return found


def _decided(found: Proposal | Obstacle | None) -> Proposal:
    if found is None:
        raise ProblemError("not_found")
    if isinstance(found, Obstacle):
        raise ProblemError(found.value)
    return found


async def _shown(ask: Ask[Body, Query], proposal: Proposal) -> ProposalShown:
    _, rule = await ask.deps.levels.rule(proposal.rule_version)
    return proposal_shown(proposal, rule, ask.language, await names_of_users(ask), ask.deps.settings.zone)


def _review(ask: Ask[Body, Query], facts: ReviewFacts) -> Review:
    return Review(
        review_id=facts.review_id or ask.deps.ids.new(ask.now),
        agent_id=AgentId(facts.agent_id),
        reviewer=ask.principal.login,
        score=facts.score,
        form_version=facts.form_version,
        reviewed_at=ask.now if facts.reviewed_at is None else instant(facts.reviewed_at),
        call_id=None if facts.call_id is None else CallId(facts.call_id),
        project_id=None if facts.project_id is None else ProjectId(facts.project_id),
    )


ROUTES = (
    show_level_rule,
    set_level_rule,
    list_reviews,
    add_reviews,
    list_level_runs,
    propose_levels,
    list_level_proposals,
    show_level_proposal,
    confirm_level,
    refuse_level,
)

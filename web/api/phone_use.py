"""How softphones are used: looked at for private use, by rules that agents can read."""

from dataclasses import asdict

from routing.outbound.phone_use import UseRules, remarked
from telephony.identifiers import CallId
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.period import PeriodQuery
from web.schemas.phone_use import CallCleared, PhoneUseList, UnclearCalls, UnclearCallShown, UseRulesShown
from web.schemas.types import Nothing, instant, when

READ = Needs(resource=Resource.PHONE_USE, action=Action.READ)
CONFIRM = Needs(resource=Resource.PHONE_USE, action=Action.CONFIRM)


@route("GET", "/phone-use", access=READ, summary="Report the use of softphones", query=PeriodQuery, answer=PhoneUseList)
async def report_phone_use(ask: Ask[Nothing, PeriodQuery]) -> PhoneUseList:
    """Calls outside in [from, to) by agent: in vain, short, to repeated numbers, and what is to be asked about; with the rules.
    Agents see their own."""
    rules, query = UseRules(), ask.query
    found = await ask.deps.phone_use.of_agents(instant(query.from_), instant(query.to), rules, ask.rows.agents)
    return PhoneUseList(rules=UseRulesShown(**asdict(rules)), items=[remarked(use, rules) for use in found])


@route("GET", "/unclear-calls", access=READ, summary="List calls that nobody saw ending", query=PeriodQuery, answer=UnclearCalls)
async def list_unclear_calls(ask: Ask[Nothing, PeriodQuery]) -> UnclearCalls:
    """Calls by hand of [from, to) of which nobody can tell whether somebody was rung: nobody calls again by themselves.
    Those that somebody cleared up are not listed any more; leads are listed with their list."""
    found = await ask.deps.phone_use.unclear(instant(ask.query.from_), instant(ask.query.to), ask.rows.agents)
    return UnclearCalls(items=[UnclearCallShown(**{**asdict(each), "at": when(each.at)}) for each in found])


@route(
    "POST",
    "/unclear-calls/{call_id}/clear",
    access=CONFIRM,
    summary="Clear up a call that nobody saw ending",
    body=CallCleared,
    problems=("not_found",),
)
async def clear_unclear_call(ask: Ask[CallCleared, Nothing]) -> None:
    """The call is off the list, with what is known of it. Who said so is on record. The attempt goes on counting for its number:
    nobody's word gives a number another try."""
    said, call_id = ask.body, CallId(ask.path["call_id"])
    if not await ask.deps.phone_use.clear(call_id, said.known, said.note, by=ask.author, agent_ids=ask.rows.agents):
        raise ProblemError("not_found")


ROUTES = (report_phone_use, list_unclear_calls, clear_unclear_call)

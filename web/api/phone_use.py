"""How softphones are used: looked at for private use, by rules that agents can read."""

from dataclasses import asdict

from routing.outbound.phone_use import UseRules, remarked
from web.permissions import Action, Resource
from web.routes import Ask, Needs, route
from web.schemas.period import PeriodQuery
from web.schemas.phone_use import PhoneUseList, UnclearCalls, UnclearCallShown, UseRulesShown
from web.schemas.types import Nothing, instant, when

READ = Needs(resource=Resource.PHONE_USE, action=Action.READ)


@route("GET", "/phone-use", access=READ, summary="Report the use of softphones", query=PeriodQuery, answer=PhoneUseList)
async def report_phone_use(ask: Ask[Nothing, PeriodQuery]) -> PhoneUseList:
    """Calls outside in [from, to) by agent: in vain, short, to repeated numbers, and what is to be asked about; with the rules.
    Agents see their own."""
    rules, query = UseRules(), ask.query
    found = await ask.deps.phone_use.of_agents(instant(query.from_), instant(query.to), rules, ask.rows.agents)
    return PhoneUseList(rules=UseRulesShown(**asdict(rules)), items=[remarked(use, rules) for use in found])


@route("GET", "/unclear-calls", access=READ, summary="List calls that nobody saw ending", query=PeriodQuery, answer=UnclearCalls)
async def list_unclear_calls(ask: Ask[Nothing, PeriodQuery]) -> UnclearCalls:
    """Calls by hand of [from, to) of which nobody can tell whether somebody was rung: nobody calls again by themselves. Leads are
    listed with their list."""
    found = await ask.deps.phone_use.unclear(instant(ask.query.from_), instant(ask.query.to), ask.rows.agents)
    return UnclearCalls(items=[UnclearCallShown(**{**asdict(each), "at": when(each.at)}) for each in found])


ROUTES = (report_phone_use, list_unclear_calls)

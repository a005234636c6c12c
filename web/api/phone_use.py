"""How softphones are used: looked at for private use, by rules that agents can read."""

from dataclasses import asdict

from routing.outbound.phone_use import UseRules, remarked
from web.permissions import Action, Resource
from web.routes import Ask, Needs, route
from web.schemas.period import PeriodQuery
from web.schemas.phone_use import PhoneUseList, UseRulesShown
from web.schemas.types import Nothing, instant

READ = Needs(resource=Resource.PHONE_USE, action=Action.READ)


@route("GET", "/phone-use", access=READ, summary="Report the use of softphones", query=PeriodQuery, answer=PhoneUseList)
async def report_phone_use(ask: Ask[Nothing, PeriodQuery]) -> PhoneUseList:
    """Calls outside in [from, to) by agent: in vain, short, to repeated numbers, and what is to be asked about; with the rules.
    Agents see their own."""
    rules, query = UseRules(), ask.query
    found = await ask.deps.phone_use.of_agents(instant(query.from_), instant(query.to), rules, ask.rows.agents)
    return PhoneUseList(rules=UseRulesShown(**asdict(rules)), items=[remarked(use, rules) for use in found])


ROUTES = (report_phone_use,)

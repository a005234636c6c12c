"""What holds for all calls outside, for the whole centre."""

from dataclasses import replace

import msgspec

from routing.outbound.number import METADATA_VERSION
from routing.outbound.rules import PRICES, RULES_VERSION, OutboundRules
from store.centre import Centre
from web.api.directory import written
from web.centre_reading import hours_of
from web.permissions import Action, Resource
from web.routes import Ask, Needs, route
from web.schemas.outbound_rules import CALLED, OutboundRulesFacts, OutboundRulesShown
from web.schemas.types import Nothing
from web.views import hours_facts

_PLAIN = ("zone", "per_agent", "per_client", "in_all", "attempts", "brakes", "max_duration_ms", "ring_limit_ms")
READ = Needs(resource=Resource.OUTBOUND_RULES, action=Action.READ)
WRITE = Needs(resource=Resource.OUTBOUND_RULES, action=Action.WRITE)


@route("GET", "/outbound-rules", access=READ, summary="Show the rules of calls outside", answer=OutboundRulesShown)
async def show_outbound_rules(ask: Ask[Nothing, Nothing]) -> OutboundRulesShown:
    """Prices, caps, attempts, brakes and hours in force, with the versions of the rules and of the numbering plans."""
    return _shown(ask.deps.directory.current.outbound)


@route(
    "PUT",
    "/outbound-rules",
    access=WRITE,
    summary="Set the rules of calls outside",
    body=OutboundRulesFacts,
    answer=OutboundRulesShown,
)
async def set_outbound_rules(ask: Ask[OutboundRulesFacts, Nothing]) -> OutboundRulesShown:
    """They hold for the next call, whole: what is not given has its default. What held before is on record."""
    rules = _rules_of(ask.body)
    await written(ask.deps.directory.apply(Centre(outbound=rules), by=ask.author))
    return _shown(rules)


def _rules_of(facts: OutboundRulesFacts) -> OutboundRules:
    plain = facts.model_dump(exclude={"service_hours", "advertising_hours", "prices"})
    rules = replace(msgspec.convert(plain, OutboundRules), prices={**PRICES, **facts.prices})
    if facts.service_hours is not None:
        rules = replace(rules, service_hours=hours_of(facts.service_hours))
    if facts.advertising_hours is not None:
        rules = replace(rules, advertising_hours=hours_of(facts.advertising_hours))
    return rules


def _shown(rules: OutboundRules) -> OutboundRulesShown:
    told = {name: getattr(rules, name) for name in _PLAIN}
    prices = {name: micros for name, micros in rules.prices.items() if name in CALLED}
    facts = OutboundRulesFacts.model_validate_json(msgspec.json.encode({**told, "prices": prices}))
    hours = {"service_hours": hours_facts(rules.service_hours), "advertising_hours": hours_facts(rules.advertising_hours)}
    return OutboundRulesShown(facts=facts.model_copy(update=hours), rules_version=RULES_VERSION, numbers_version=METADATA_VERSION)


ROUTES = (show_outbound_rules, set_outbound_rules)

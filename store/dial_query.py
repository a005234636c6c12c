"""The one query that permission rests on: the party's record with all that is known of its number and of who wants to call it."""

from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, case, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from routing.outbound.facts import ConsentPurpose
from store.tables.journal import PARTIES
from store.tables.outbound import ADVERTISING_CONSENTS, DIAL_ATTEMPTS, DIAL_DAYS, DIALLED_COUNTRIES, DO_NOT_CALL

SEALED: Final = ("party_id", "seen_at", "lookup_hash", "wrapped_key", "number_cipher", "name_cipher")
COUNTRIES_BETWEEN: Final = ","
_A = DIAL_ATTEMPTS.c


def facts_query(*, has_budget: bool, is_given: bool) -> Select[Any]:
    """One row, or none where the party is erased, or unknown. `has_budget`: what was spent on the reference is asked, too;
    `is_given`: the number's hash is, and a party of whom nothing is on disk yet is not unknown."""
    ours, theirs, projects = (DO_NOT_CALL.alias(name) for name in ("ours", "theirs", "projects"))
    agents_day, clients_day, centres_day = (DIAL_DAYS.alias(name) for name in ("agents_day", "clients_day", "centres_day"))
    number: ColumnElement[Any] = bindparam("number_hash", type_=PARTIES.c.lookup_hash.type) if is_given else PARTIES.c.lookup_hash
    columns: list[ColumnElement[Any]] = [
        *(PARTIES.c[name] for name in SEALED),
        *(table.c[name].label(f"{table.name}_{name}") for table in (ours, theirs, projects) for name in ("covers", "added_at")),
        *(
            ADVERTISING_CONSENTS.c[name]
            for name in ("consent_id", "purpose", "basis", "granted_at", "withdrawn_at", "kept_until")
        ),
        *(
            table.c[name].label(f"{table.name}_{name}")
            for table in (agents_day, clients_day, centres_day)
            for name in ("calls", "cost_micros")
        ),
        *_of_number(number),
        *_of_agent(),
        *_of_client(),
        select(_A.leg_id).where(_A.leg_id == bindparam("leg_id")).exists().label("was_permitted"),
    ]
    if has_budget:
        on_it = and_(_A.reference_kind == bindparam("reference_kind"), _A.reference_id == bindparam("reference_id"))
        columns.append(_scalar(select(func.coalesce(func.sum(_A.cost_micros), 0)).where(on_it), "spent_on_reference"))
    is_party, nobody = PARTIES.c.party_id == bindparam("party_id"), select(literal(1).label("one")).subquery("nobody")
    source: Any = nobody.outerjoin(PARTIES, is_party) if is_given else PARTIES
    for table, owner, owner_id in ((ours, "centre", None), (theirs, "client", "client_id"), (projects, "project", "project_id")):
        whose = table.c.owner_id == ("" if owner_id is None else bindparam(owner_id))
        source = source.outerjoin(table, and_(table.c.lookup_hash == number, table.c.owner == owner, whose))
    source = source.outerjoin(ADVERTISING_CONSENTS, ADVERTISING_CONSENTS.c.consent_id == _best_consent(number))
    for table, whose_day, identifier in (
        (agents_day, "agent", "agent_id"),
        (clients_day, "client", "client_id"),
        (centres_day, "centre", None),
    ):
        whose = table.c.whose_id == ("" if identifier is None else bindparam(identifier))
        source = source.outerjoin(table, and_(table.c.day_at == bindparam("day_at"), table.c.whose == whose_day, whose))
    is_known = (PARTIES.c.erased_at.is_(None),) if is_given else (is_party, number.is_not(None))
    return select(*columns).select_from(source).where(*is_known)


def _best_consent(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the consents to this client's calls of that purpose the one in force, an express one first, the newest first."""
    consents = ADVERTISING_CONSENTS.alias("consents").c
    theirs = and_(
        consents.lookup_hash == number,
        consents.client_id == bindparam("client_id"),
        consents.restricted_at.is_(None),
        consents.granted_at <= bindparam("at"),
        consents.purpose.in_([ConsentPurpose.ADVERTISING.value, bindparam("consent_purpose")]),
    )
    order = (case((consents.withdrawn_at.is_(None), 0), else_=1), consents.basis, consents.granted_at.desc(), consents.consent_id)
    return select(consents.consent_id).where(theirs).order_by(*order).limit(1).scalar_subquery()


def _of_number(number: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    of_number = and_(_A.lookup_hash == number, _A.counts_for_number)
    latest = select(_A.outcome).where(of_number).order_by(_A.permitted_at.desc()).limit(1)
    return [
        _scalar(select(func.count()).where(of_number, _A.permitted_at >= bindparam("day_at")), "number_today"),
        _scalar(select(func.count()).where(of_number), "number_in_total"),
        _scalar(select(func.max(_A.permitted_at)).where(of_number), "number_last_at"),
        _scalar(latest, "number_last_outcome"),
    ]


def _of_agent() -> list[ColumnElement[Any]]:
    by_agent = _A.agent_id == bindparam("agent_id")
    is_open = and_(_A.occupies_agent, _A.ended_at.is_(None), _A.ends_by_at > bindparam("at"), _A.call_id != bindparam("call_id"))
    recently = _A.permitted_at > bindparam("since_yesterday")
    return [
        _scalar(select(func.count()).where(by_agent, _A.permitted_at > bindparam("burst_at")), "agent_burst"),
        _scalar(select(func.count()).where(by_agent, _A.permitted_at >= bindparam("night_at")), "agent_night"),
        _scalar(select(func.count()).where(by_agent, recently, is_open), "agent_open"),
    ]


def _of_client() -> list[ColumnElement[Any]]:
    of_client = DIALLED_COUNTRIES.c.client_id == bindparam("client_id")
    names = select(func.aggregate_strings(DIALLED_COUNTRIES.c.country, COUNTRIES_BETWEEN)).where(of_client)
    new = select(func.count()).where(of_client, DIALLED_COUNTRIES.c.first_at >= bindparam("day_at"))
    return [_scalar(names, "countries"), _scalar(new, "new_countries")]


def _scalar(query: Select[Any], name: str) -> ColumnElement[Any]:
    return query.scalar_subquery().label(name)


FACTS: Final = {
    (has_budget, is_given): facts_query(has_budget=has_budget, is_given=is_given)
    for has_budget in (False, True)
    for is_given in (False, True)
}
"""By whether a budget is asked for, and whether the number is given."""

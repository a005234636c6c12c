"""Known callers: lists that give priority, and agents who never get a caller. Numbers go in and never come out again."""

from store.centre import Centre
from telephony.identifiers import AgentId
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.callers import CallerListFacts, CallerListShown, CallerListsShown, CallersNumber
from web.schemas.types import Nothing

READ = Needs(resource=Resource.CALLER_LIST, action=Action.READ)
WRITE = Needs(resource=Resource.CALLER_LIST, action=Action.WRITE)


@route("GET", "/caller-lists", access=READ, summary="List caller lists", answer=CallerListsShown)
async def list_caller_lists(ask: Ask[Nothing, Nothing]) -> CallerListsShown:
    """All lists, with the priority each gives and how many numbers are on it."""
    counts = await ask.deps.callers.counts()
    lists = sorted(ask.deps.directory.current.caller_lists.values(), key=lambda each: each.name)
    return CallerListsShown(
        items=[CallerListShown(name=e.name, priority_ms=e.priority_ms, numbers=counts.get(e.name, 0)) for e in lists]
    )


@route("PUT", "/caller-lists/{list_name}", access=WRITE, summary="Set a caller list", body=CallerListFacts)
async def set_caller_list(ask: Ask[CallerListFacts, Nothing]) -> None:
    """The list exists and gives that priority; its numbers stay."""
    await _write(ask, {**_priorities(ask), ask.path["list_name"]: ask.body.priority_ms})


@route("DELETE", "/caller-lists/{list_name}", access=WRITE, summary="Remove a caller list")
async def remove_caller_list(ask: Ask[Nothing, Nothing]) -> None:
    """The list gives nothing any more. A list of the same name, set again, has its numbers still."""
    name = _known(ask)
    await _write(ask, {each: value for each, value in _priorities(ask).items() if each != name})


@route("POST", "/caller-lists/{list_name}/add", access=WRITE, summary="Put a number on a list", body=CallersNumber)
async def add_to_caller_list(ask: Ask[CallersNumber, Nothing]) -> None:
    """Calls from that number, however it is written, have the list's priority. It is kept as a keyed hash alone."""
    await ask.deps.callers.put_on_list(_known(ask), ask.body.number, by=ask.author)


@route("POST", "/caller-lists/{list_name}/remove", access=WRITE, summary="Take a number off a list", body=CallersNumber)
async def remove_from_caller_list(ask: Ask[CallersNumber, Nothing]) -> None:
    """Calls from that number have the list's priority no more."""
    await ask.deps.callers.take_off_list(_known(ask), ask.body.number, by=ask.author)


@route("POST", "/agents/{agent_id}/block-caller", access=WRITE, summary="Block a caller for an agent", body=CallersNumber)
async def block_caller(ask: Ask[CallersNumber, Nothing]) -> None:
    """The agent gets no call from that number, from its next call on."""
    await ask.deps.callers.block(_agent(ask), ask.body.number, by=ask.author)


@route("POST", "/agents/{agent_id}/unblock-caller", access=WRITE, summary="Unblock a caller for an agent", body=CallersNumber)
async def unblock_caller(ask: Ask[CallersNumber, Nothing]) -> None:
    """The agent may have calls from that number again."""
    await ask.deps.callers.unblock(_agent(ask), ask.body.number, by=ask.author)


def _priorities(ask: Ask[Body, Query]) -> dict[str, int]:
    return {name: each.priority_ms for name, each in ask.deps.directory.current.caller_lists.items()}


async def _write(ask: Ask[Body, Query], priorities: dict[str, int]) -> None:
    await ask.deps.directory.apply(Centre(caller_lists=priorities), by=ask.author)


def _known(ask: Ask[Body, Query]) -> str:
    if ask.path["list_name"] not in ask.deps.directory.current.caller_lists:
        raise ProblemError("not_found")
    return ask.path["list_name"]


def _agent(ask: Ask[Body, Query]) -> AgentId:
    agent_id = AgentId(ask.path["agent_id"])
    if agent_id not in ask.deps.directory.current.agents:
        raise ProblemError("not_found")
    return agent_id


ROUTES = (
    list_caller_lists,
    set_caller_list,
    remove_caller_list,
    add_to_caller_list,
    remove_from_caller_list,
    block_caller,
    unblock_caller,
)

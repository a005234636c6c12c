"""Calls outside: who is not called, and which numbers may be shown."""

from routing.outbound.callee import read_callee
from routing.outbound.shown import ShownRight, standing
from store.do_not_call import DoNotCallList
from web.api.directory import written
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Needs, route
from web.schemas.callers import CallersNumber
from web.schemas.outbound import (
    DoNotCallListShown,
    DoNotCallListsShown,
    EntriesShown,
    EntryShown,
    OnWhichList,
    RightFacts,
    RightShown,
    RightsShown,
    ToAdd,
    ToRemove,
)
from web.schemas.types import Nothing, instant, maybe_when, when

READ = Needs(resource=Resource.DO_NOT_CALL, action=Action.READ)
WRITE = Needs(resource=Resource.DO_NOT_CALL, action=Action.WRITE)
ERASE = Needs(resource=Resource.DO_NOT_CALL, action=Action.ERASE)
READ_RIGHTS = Needs(resource=Resource.SHOWN_RIGHT, action=Action.READ)
WRITE_RIGHTS = Needs(resource=Resource.SHOWN_RIGHT, action=Action.WRITE)


@route("GET", "/do-not-call", access=READ, summary="List do-not-call lists", answer=DoNotCallListsShown)
async def list_do_not_call(ask: Ask[Nothing, Nothing]) -> DoNotCallListsShown:
    """The centre's, clients' and projects' lists, with how many numbers each has."""
    counts = await ask.deps.do_not_call.counts()
    return DoNotCallListsShown(
        items=[DoNotCallListShown(owner=each.owner, owner_id=each.owner_id, numbers=n) for each, n in counts.items()]
    )


@route("POST", "/do-not-call/look-up", access=READ, summary="Look a number up", body=CallersNumber, answer=EntriesShown)
async def look_up_do_not_call(ask: Ask[CallersNumber, Nothing]) -> EntriesShown:
    """What all lists say of that number, however it is written."""
    entries = await ask.deps.do_not_call.entries_of(ask.body.number)
    return EntriesShown(
        items=[
            EntryShown(
                owner=each.owner,
                owner_id=each.owner_id,
                covers=entry.covers,
                reason=entry.reason,
                added_at=when(entry.added_at),
            )
            for each, entry in entries.items()
        ]
    )


@route("POST", "/do-not-call/add", access=WRITE, summary="Put a number on a do-not-call list", body=ToAdd)
async def add_to_do_not_call(ask: Ask[ToAdd, Nothing]) -> None:
    """The number is not called from now on. It is kept as a keyed hash alone, and outlives the erasure of the person."""
    if read_callee(ask.body.number, ask.deps.directory.current.home_country).dialled is None:
        raise ProblemError("invalid", fields=[FieldFault(at="/number", code="no_number", detail="is no telephone number")])
    add = ask.deps.do_not_call.add(
        _whose(ask.body), [ask.body.number], covers=ask.body.covers, reason=ask.body.reason, by=ask.author
    )
    await written(add)


@route("POST", "/do-not-call/remove", access=ERASE, summary="Take a number off a do-not-call list", body=ToRemove)
async def remove_from_do_not_call(ask: Ask[ToRemove, Nothing]) -> None:
    """The number may be called again, as far as that list is concerned. Who said so, and why, is on record."""
    await ask.deps.do_not_call.remove(_whose(ask.body), ask.body.number, reason=ask.body.reason, by=ask.author)


@route("GET", "/shown-rights", access=READ_RIGHTS, summary="List rights to show a number", answer=RightsShown)
async def list_shown_rights(ask: Ask[Nothing, Nothing]) -> RightsShown:
    """All rights within reach, those that are over as well."""
    rights = await ask.deps.shown_rights.rights()
    documents = await ask.deps.right_documents.counts()
    return RightsShown(items=[_shown(ask, right, documents.get(right.right_id, 0)) for right in rights])


@route("POST", "/shown-rights", access=WRITE_RIGHTS, summary="Add a right to show a number", body=RightFacts)
async def add_shown_right(ask: Ask[RightFacts, Nothing]) -> None:
    """The number may be shown within the term. A right is never changed: it is ended, and another added."""
    facts = ask.body
    right = ShownRight(
        right_id=facts.right_id,
        number=facts.number,
        owner=facts.owner,
        document=facts.document,
        assigned_to=facts.assigned_to,
        assigned_id=facts.assigned_id,
        valid_from=instant(facts.valid_from),
        valid_until=None if facts.valid_until is None else instant(facts.valid_until),
    )
    await written(ask.deps.shown_rights.add(right, by=ask.author))


@route("POST", "/shown-rights/{right_id}/end", access=WRITE_RIGHTS, summary="End a right to show a number")
async def end_shown_right(ask: Ask[Nothing, Nothing]) -> None:
    """The number is shown by that right no more, from the next call on. The entry stays."""
    right_id = ask.path["right_id"]
    if all(right.right_id != right_id for right in await ask.deps.shown_rights.rights()):
        raise ProblemError("not_found")
    await written(ask.deps.shown_rights.end(right_id, ask.now, by=ask.author))


def _whose(body: OnWhichList) -> DoNotCallList:
    return DoNotCallList(owner=body.owner, owner_id=body.owner_id)


def _shown(ask: Ask[Nothing, Nothing], right: ShownRight, documents: int) -> RightShown:
    return RightShown(
        right_id=right.right_id,
        number=right.number,
        owner=right.owner,
        document=right.document,
        assigned_to=right.assigned_to,
        assigned_id=right.assigned_id,
        valid_from=when(right.valid_from),
        valid_until=maybe_when(right.valid_until),
        holds=right.holds_at(ask.now),
        ends_soon=bool(standing([right], ask.now)[1]),
        documents=documents,
    )


ROUTES = (
    list_do_not_call,
    look_up_do_not_call,
    add_to_do_not_call,
    remove_from_do_not_call,
    list_shown_rights,
    add_shown_right,
    end_shown_right,
)

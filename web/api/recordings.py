"""Recordings without their sound: what there is, who wants to hear or release it, who decides, and who heard what."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from recording.access import AccessRequest, RequestState, Why, lasts
from recording.vault.heard import duration_ms
from recording.vault.manifest import Manifest, Stretch
from store.audit import Author
from store.recording_access import Access
from store.recording_grants import AccessRefused, NoSuchAccess
from store.vault_intake import ListedSegment
from telephony.identifiers import Instant
from web.api.levels import names_of_users
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.recording_access import (
    AccessList,
    AccessShown,
    Decision,
    MarkShown,
    NewRequest,
    RecordingList,
    RecordingListed,
    RecordingShown,
    RecordingsQuery,
    RequestList,
    RequestShown,
    StretchShown,
)
from web.schemas.types import Nothing, maybe_when, when

READ = Needs(resource=Resource.RECORDING, action=Action.READ)
ASK = Needs(resource=Resource.RECORDING, action=Action.ASK, needs_session=True)
DECIDE = Needs(resource=Resource.RECORDING, action=Action.CONFIRM, needs_session=True)

T = TypeVar("T")


@route("GET", "/recordings", access=READ, summary="List recordings", query=RecordingsQuery, answer=RecordingList)
async def list_recordings(ask: Ask[Nothing, RecordingsQuery]) -> RecordingList:
    """Recorded segments, those that stopped last first. No sound, nobody's name."""
    query = ask.query
    found = await ask.deps.sealed_segments.listed(call_id=query.call, order_id=query.order, limit=query.limit)
    return RecordingList(items=[_listed(each) for each in found])


@route("GET", "/recordings/{segment_id}", access=READ, summary="Show a recording", answer=RecordingShown)
async def show_recording(ask: Ask[Nothing, Nothing]) -> RecordingShown:
    """Marks, masked stretches, and who wanted to hear it. No sound."""
    found = await ask.deps.sealed_segments.told(ask.path["segment_id"])
    if found is None:
        raise ProblemError("not_found")
    listed, manifest = found
    requests = await ask.deps.recording_access.requests(segment_id=listed.segment_id)
    return RecordingShown(
        recording=_listed(listed),
        duration_ms=None if manifest is None else duration_ms(manifest),
        marks=[] if manifest is None else marks_shown(manifest),
        masks=[] if manifest is None else stretches_shown(manifest.segment.masks),
        gaps=[] if manifest is None else stretches_shown(manifest.segment.gaps),
        missing_ms=0 if manifest is None else manifest.segment.missing_ms,
        requests=await _requests(ask, requests),
    )


@route("GET", "/recordings/{segment_id}/accesses", access=READ, summary="List who heard a recording", answer=AccessList)
async def list_recording_accesses(ask: Ask[Nothing, Nothing]) -> AccessList:
    """Every stretch that was served: to whom, from where to where, when, under which ground. Kept as long as the recording, and
    two years at least."""
    found = await ask.deps.recording_access.accesses(ask.path["segment_id"])
    names = await names_of_users(ask)
    return AccessList(items=[_access(each, names) for each in found])


@route(
    "POST",
    "/recordings/{segment_id}/requests",
    access=ASK,
    summary="Ask to hear or release a recording",
    body=NewRequest,
    answer=RequestShown,
    problems=("access_refused",),
)
async def ask_for_access(ask: Ask[NewRequest, Nothing]) -> RequestShown:
    """The request waits three days for a second person. Approved, who asked may listen for a day, or fetch the package for
    three."""
    by = Author(user_id=ask.principal.user_id, at=ask.now, reason=ask.body.reason)
    request_id = ask.deps.ids.new(ask.now)
    made = await refused_or(ask.deps.recording_access.ask(request_id, ask.path["segment_id"], ask.body.wanted, by=by))
    return (await _requests(ask, [made]))[0]


@route("GET", "/recording-requests", access=READ, summary="List requests to hear recordings", answer=RequestList)
async def list_access_requests(ask: Ask[Nothing, Nothing]) -> RequestList:
    """The newest 200, with what became of them."""
    return RequestList(items=await _requests(ask, await ask.deps.recording_access.requests()))


@route(
    "POST",
    "/recording-requests/{request_id}/approve",
    access=DECIDE,
    summary="Approve a request",
    body=Decision,
    answer=RequestShown,
    problems=("access_refused",),
)
async def approve_access(ask: Ask[Decision, Nothing]) -> RequestShown:
    """Who asked may listen, or fetch the package. Never who asked approves, nor who is on the recording."""
    return await _decided(ask, is_approved=True)


@route(
    "POST",
    "/recording-requests/{request_id}/refuse",
    access=DECIDE,
    summary="Refuse a request",
    body=Decision,
    answer=RequestShown,
    problems=("access_refused",),
)
async def refuse_access(ask: Ask[Decision, Nothing]) -> RequestShown:
    """Nobody may hear or fetch anything by it. It can be asked for anew."""
    return await _decided(ask, is_approved=False)


@route(
    "POST",
    "/recording-requests/{request_id}/end",
    access=ASK,
    summary="Withdraw a request or end what it gave",
    answer=RequestShown,
    problems=("access_refused",),
)
async def end_access(ask: Ask[Nothing, Nothing]) -> RequestShown:
    """A request that waits is withdrawn; one that was approved gives nothing from now on, in an open sitting neither."""
    ended = await refused_or(ask.deps.recording_access.end(ask.path["request_id"], by=ask.author))
    return (await _requests(ask, [ended]))[0]


async def refused_or(work: Awaitable[T]) -> T:
    """What it comes to. What belongs to somebody else is answered like what does not exist."""
    try:
        return await work
    except NoSuchAccess as error:
        raise ProblemError("not_found") from error
    except AccessRefused as error:
        if error.why is Why.NOT_THEIRS:
            raise ProblemError("not_found") from error
        raise ProblemError("access_refused", facts={"why": error.why.value}) from error


def marks_shown(manifest: Manifest) -> list[MarkShown]:
    """The marks of the tape."""
    return [MarkShown(what=mark.what, offset_ms=mark.offset_ms) for mark in manifest.segment.marks]


def stretches_shown(stretches: Sequence[Stretch]) -> list[StretchShown]:
    """Stretches of silence."""
    return [StretchShown(from_ms=each.from_ms, to_ms=each.to_ms, why=each.why) for each in stretches]


async def _decided(ask: Ask[Decision, Query], *, is_approved: bool) -> RequestShown:
    by = Author(user_id=ask.principal.user_id, at=ask.now, reason=ask.body.reason)
    made = await refused_or(ask.deps.recording_access.decide(ask.path["request_id"], is_approved=is_approved, by=by))
    return (await _requests(ask, [made]))[0]


async def _requests(ask: Ask[Body, Query], requests: Sequence[AccessRequest]) -> list[RequestShown]:
    names = await names_of_users(ask)
    return [_request(each, names, ask.now, is_mine=each.asked_by == ask.principal.user_id) for each in requests]


def _request(request: AccessRequest, names: Mapping[str, str], now: Instant, *, is_mine: bool) -> RequestShown:
    state = request.state(now)
    given_at = request.decided_at if state is RequestState.APPROVED else None
    return RequestShown(
        request_id=request.request_id,
        segment_id=request.segment_id,
        wanted=request.wanted,
        reason=request.reason,
        state=state,
        asked_by=names.get(request.asked_by, request.asked_by),
        asked_at=when(request.asked_at),
        lapses_at=when(request.lapses_at),
        decided_by=None if request.decided_by is None else names.get(request.decided_by, request.decided_by),
        decided_at=maybe_when(request.decided_at),
        decided_reason=request.decided_reason,
        until=None if given_at is None else when(given_at + lasts(request.wanted)),
        is_mine=is_mine,
    )


def _listed(segment: ListedSegment) -> RecordingListed:
    return RecordingListed(
        segment_id=segment.segment_id,
        client_id=segment.client_id,
        project_id=segment.project_id,
        call_id=segment.call_id,
        order_id=segment.order_id,
        kept_as=segment.kept_as,
        state=segment.state,
        stopped_at=when(segment.stopped_at),
        sealed_at=maybe_when(segment.sealed_at),
        kept_until=when(segment.kept_until),
    )


def _access(access: Access, names: Mapping[str, str]) -> AccessShown:
    return AccessShown(
        number=access.number,
        user=names.get(access.user_id, access.user_id),
        ground=access.ground,
        grant_id=access.grant_id,
        what=access.what,
        from_ms=access.from_ms,
        to_ms=access.to_ms,
        at=when(access.at),
    )


ROUTES = (
    list_recordings,
    show_recording,
    list_recording_accesses,
    ask_for_access,
    list_access_requests,
    approve_access,
    refuse_access,
    end_access,
)

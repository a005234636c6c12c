"""Hearing a recording, by a grant: a sitting of one person in one log-in, its sound stretch by stretch, and released packages.

What is served is put on record before: who, from where to where, when, under which ground. No answer may be kept on its way.
"""

from aiohttp import web

from recording.access import purpose_of
from recording.vault.heard import duration_ms, size_of, stretch_of
from recording.vault.manifest import Manifest
from store.recording_access import Served, ToHear
from web.api.recordings import marks_shown, refused_or, stretches_shown
from web.credentials import is_near
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.recording_ports import SoundUnavailable
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.recording_access import GrantList, GrantShown, Peaks, PeaksQuery, SittingShown
from web.schemas.types import Nothing, when
from web.streaming import send_file

GRANTS = Needs(resource=Resource.LISTENING, action=Action.READ)
LISTEN = Needs(resource=Resource.LISTENING, action=Action.READ, needs_session=True)
FETCH = Needs(resource=Resource.RECORDING, action=Action.REVEAL, needs_session=True)
WAV, TAR = "audio/wav", "application/x-tar"
_KEPT_BY_NOBODY = {"Cache-Control": "no-store, private", "Pragma": "no-cache"}
_REFUSALS = ("access_refused", "not_from_here")
_SOUND = (*_REFUSALS, "sound_unavailable")


@route("GET", "/listening", access=GRANTS, summary="List what you may hear", answer=GrantList)
async def list_own_grants(ask: Ask[Nothing, Nothing]) -> GrantList:
    """The asking person's own grants that hold now: by an escalation, a review, or a release that can be fetched."""
    found = await ask.deps.recording_access.grants_of(ask.principal.user_id, ask.now)
    return GrantList(
        items=[
            GrantShown(grant_id=each.grant_id, segment_id=each.segment_id, ground=each.ground, until=when(each.until_at))
            for each in found
        ]
    )


@route(
    "POST", "/listening/{grant_id}/sittings", access=LISTEN, summary="Sit down to hear", answer=SittingShown, problems=_REFUSALS
)
async def open_sitting(ask: Ask[Nothing, Nothing]) -> SittingShown:
    """A sitting of this person in this log-in. It ends after an hour, with its grant, or when it is closed."""
    session_id = _session_near(ask)
    sitting_id = ask.deps.ids.new(ask.now)
    to_hear = await refused_or(ask.deps.recording_access.sit(sitting_id, ask.path["grant_id"], session_id, by=ask.author))
    manifest = to_hear.manifest
    return SittingShown(
        sitting_id=to_hear.sitting.sitting_id,
        segment_id=to_hear.grant.segment_id,
        ground=to_hear.grant.ground,
        listener=ask.principal.login,
        until=when(to_hear.sitting.until_at),
        duration_ms=duration_ms(manifest),
        size=size_of(manifest),
        marks=marks_shown(manifest),
        masks=stretches_shown(manifest.segment.masks),
        gaps=stretches_shown(manifest.segment.gaps),
    )


@route(
    "GET",
    "/sittings/{sitting_id}/peaks",
    access=LISTEN,
    summary="Tell how loud it is",
    query=PeaksQuery,
    answer=Peaks,
    problems=_SOUND,
)
async def tell_peaks(ask: Ask[Nothing, PeaksQuery]) -> Peaks:
    """The picture beside the player, of either direction. That it was made is on record."""
    session_id = _session_near(ask)
    there = await _looked(ask, session_id)
    await _serve(ask, session_id, Served.PICTURE, 0, duration_ms(there))
    try:
        outside, inside = await ask.deps.recording_sound.peaks(there, ask.query.count)
    except SoundUnavailable as error:
        raise ProblemError("sound_unavailable") from error
    return Peaks(outside=outside, inside=inside)


@route(
    "GET",
    "/sittings/{sitting_id}/sound",
    access=LISTEN,
    summary="Hear a stretch",
    media=(WAV,),
    status=206,
    problems=(*_SOUND, "range_needed"),
)
async def hear_stretch(ask: Ask[Nothing, Nothing]) -> web.Response:
    """The stretch that one `Range` names, ten seconds at the most, of a stereo file: left the outside party, right the agent,
    with a soft tone every 15 seconds. Everything that is served is on record before."""
    session_id = _session_near(ask)
    manifest = await _looked(ask, session_id)
    size = size_of(manifest)
    ranges = ask.http.headers.getall("Range", [])
    stretch = stretch_of(ranges[0], size) if len(ranges) == 1 else None
    if stretch is None:
        raise ProblemError("range_needed", headers={"Content-Range": f"bytes */{size}"})
    await _serve(ask, session_id, Served.SOUND, stretch.from_ms, stretch.to_ms)
    try:
        data = await ask.deps.recording_sound.stretch(manifest, stretch)
    except SoundUnavailable as error:
        raise ProblemError("sound_unavailable") from error
    told = {"Content-Range": f"bytes {stretch.first}-{stretch.last}/{size}", "Accept-Ranges": "bytes"}
    return web.Response(status=206, body=data, content_type=WAV, headers={**_KEPT_BY_NOBODY, **told})


@route("DELETE", "/sittings/{sitting_id}", access=LISTEN, summary="Close a sitting")
async def close_sitting(ask: Ask[Nothing, Nothing]) -> None:
    """Nothing is served in it any more."""
    await refused_or(ask.deps.recording_access.leave(ask.path["sitting_id"], ask.principal.user_id, ask.now))


@route(
    "GET",
    "/recording-requests/{request_id}/package",
    access=FETCH,
    summary="Fetch a released package",
    media=(TAR,),
    problems=_SOUND,
)
async def fetch_package(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """The signed package of a release that another person approved; `fernamt verify` proves it offline. That it was fetched is on
    record. Only who asked for it fetches it."""
    _session_near(ask)
    request = await refused_or(ask.deps.recording_access.request(ask.path["request_id"]))
    told = await ask.deps.sealed_segments.told(request.segment_id)
    manifest = None if told is None else told[1]
    length_ms = 0 if manifest is None else duration_ms(manifest)
    await refused_or(ask.deps.recording_access.fetch(request.request_id, length_ms, by=ask.author))
    pieces = ask.deps.recording_sound.package(request.segment_id, purpose_of(request), ask.now)
    try:
        first = await anext(pieces)
        return await send_file(
            ask.http, ask.deps.settings, content_type=TAR, name=f"{request.segment_id}.tar", first=first, pieces=pieces
        )
    except SoundUnavailable as error:
        raise ProblemError("sound_unavailable") from error
    finally:
        await pieces.aclose()


def _session_near(ask: Ask[Body, Query]) -> str:
    """The log-in that asks, from a place where recordings may be heard."""
    if not is_near(ask.http, ask.deps.settings):
        raise ProblemError("not_from_here")
    if ask.principal.session_id is None:
        raise ProblemError("session_needed")
    return ask.principal.session_id


async def _looked(ask: Ask[Body, Query], session_id: str) -> Manifest:
    """What the open sitting in the path is about."""
    access = ask.deps.recording_access
    return (await refused_or(access.look(ask.path["sitting_id"], ask.principal.user_id, session_id, ask.now))).manifest


async def _serve(ask: Ask[Body, Query], session_id: str, what: Served, from_ms: int, to_ms: int) -> ToHear:
    """The stretch is on record, and may be served."""
    access = ask.deps.recording_access
    return await refused_or(
        access.serve(
            ask.path["sitting_id"],
            what,
            from_ms,
            to_ms,
            user_id=ask.principal.user_id,
            session_id=session_id,
            at=ask.now,
        )
    )


ROUTES = (list_own_grants, open_sitting, tell_peaks, hear_stretch, close_sitting, fetch_package)

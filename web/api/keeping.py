"""How long recordings are kept, who holds them, and what is left of those that are gone. Nothing here reaches their sound."""

from dataclasses import asdict, replace

from recording.retention import RecordingTerms, TermTooLong
from recording.vault.canonical import decoded
from recording.vault.receipts import Receipt, is_valid
from store.audit import Author
from store.vault import NoSuchSegment
from store.vault_holds import Hold, HoldRefused, SecondPersonNeeded
from store.vault_intake import ListedSegment
from telephony.identifiers import Instant, ProjectId
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.keeping import (
    HoldList,
    HoldReason,
    HoldShown,
    OfWhich,
    ReceiptList,
    ReceiptShown,
    SegmentList,
    SegmentShown,
    TermsSet,
    TermsShown,
    ToHold,
)
from web.schemas.types import Nothing, maybe_when, when

SEE = Needs(resource=Resource.LEGAL_HOLD, action=Action.READ)
HOLD = Needs(resource=Resource.LEGAL_HOLD, action=Action.WRITE, needs_session=True)
READ_TERMS = Needs(resource=Resource.RECORDING_TERMS, action=Action.READ)
SET_TERMS = Needs(resource=Resource.RECORDING_TERMS, action=Action.WRITE)
_REFUSED = ("hold_refused", "second_person_needed", "not_found")


@route("GET", "/vault/segments", access=SEE, summary="List recorded segments", query=OfWhich, answer=SegmentList)
async def list_segments(ask: Ask[Nothing, OfWhich]) -> SegmentList:
    """What the vault has, those that stopped last first: how far each is, when its term ends, what keeps it back."""
    query = ask.query
    found = await ask.deps.keeping.segments.listed(call_id=query.call_id, order_id=query.order_id, limit=query.limit)
    return SegmentList(items=[_segment(each) for each in found])


@route("GET", "/vault/holds", access=SEE, summary="List legal holds", answer=HoldList)
async def list_holds(ask: Ask[Nothing, Nothing]) -> HoldList:
    """All that nobody has lifted, and who stands behind them."""
    holds = await ask.deps.keeping.holds.unlifted()
    behind = {each.asked_by for each in holds} | {each.confirmed_by for each in holds} | {each.lift_asked_by for each in holds}
    users = [await ask.deps.users.get(each) for each in behind if each is not None]
    people = {str(user.user_id): user.display_name for user in users if user is not None}
    return HoldList(items=[_hold(each, ask.now) for each in holds], people=people)


@route("POST", "/vault/holds", access=HOLD, summary="Hold a segment", body=ToHold, answer=HoldShown, problems=_REFUSED)
async def hold_segment(ask: Ask[ToHold, Nothing]) -> HoldShown:
    """The segment is kept whatever its term: for a week, and until it is lifted once a second person confirms. Refused where it
    is being shredded already."""
    hold_id = ask.deps.ids.new(ask.now)
    try:
        await ask.deps.keeping.holds.ask(hold_id, ask.body.segment_id, by=_because(ask, ask.body.reason))
    except NoSuchSegment as error:
        raise ProblemError("not_found") from error
    except HoldRefused as error:
        raise ProblemError("hold_refused") from error
    return await _shown(ask, hold_id)


@route(
    "POST",
    "/vault/holds/{hold_id}/confirm",
    access=HOLD,
    summary="Confirm a legal hold",
    body=HoldReason,
    answer=HoldShown,
    problems=_REFUSED,
)
async def confirm_hold(ask: Ask[HoldReason, Nothing]) -> HoldShown:
    """The second person's word: the hold stays until two lift it. Refused for the one who asked, and once it has lapsed."""
    held = await _shown(ask, ask.path["hold_id"])
    try:
        await ask.deps.keeping.holds.confirm(held.hold_id, by=_because(ask, ask.body.reason))
    except SecondPersonNeeded as error:
        raise ProblemError("second_person_needed") from error
    except HoldRefused as error:
        raise ProblemError("hold_refused") from error
    return await _shown(ask, held.hold_id)


@route(
    "POST",
    "/vault/holds/{hold_id}/lift",
    access=HOLD,
    summary="Lift a legal hold",
    body=HoldReason,
    answer=HoldShown,
    problems=_REFUSED,
)
async def lift_hold(ask: Ask[HoldReason, Nothing]) -> HoldShown:
    """The first person asks for it, and another one within a week lifts it; until then it stays."""
    held = await _shown(ask, ask.path["hold_id"])
    try:
        await ask.deps.keeping.holds.lift(held.hold_id, by=_because(ask, ask.body.reason))
    except HoldRefused as error:
        raise ProblemError("hold_refused") from error
    return await _shown(ask, held.hold_id)


@route("GET", "/vault/receipts", access=SEE, summary="List receipts of shredded recordings", answer=ReceiptList)
async def list_receipts(ask: Ask[Nothing, Nothing]) -> ReceiptList:
    """Our signed word on each, the last thousand; each signature is tried again here."""
    words = [decoded(word, Receipt) for _, word in await ask.deps.keeping.receipts.receipts(1_000)]
    return ReceiptList(items=[_receipt(word) for word in words])


@route(
    "GET",
    "/projects/{project_id}/recording-terms",
    access=READ_TERMS,
    summary="Tell how long a project keeps what it records",
    answer=TermsShown,
)
async def show_recording_terms(ask: Ask[Nothing, Nothing]) -> TermsShown:
    """The project's own terms, or the defaults."""
    project_id = _project(ask)
    return TermsShown(project_id=project_id, **asdict(await ask.deps.keeping.terms.of(project_id)))


@route(
    "PUT",
    "/projects/{project_id}/recording-terms",
    access=SET_TERMS,
    summary="Set how long a project keeps what it records",
    body=TermsSet,
    answer=TermsShown,
)
async def set_recording_terms(ask: Ask[TermsSet, Nothing]) -> TermsShown:
    """Shorter terms hold at once, for what is kept already as well; longer ones for what is recorded from now on."""
    project_id, terms = _project(ask), RecordingTerms(**ask.body.model_dump())
    try:
        shortened = await ask.deps.keeping.terms.put(project_id, terms, by=ask.author)
    except TermTooLong as error:
        fault = FieldFault(at=f"/{error.facts['name']}", code=error.code, detail=str(error))
        raise ProblemError("invalid", fields=(fault,)) from error
    return TermsShown(project_id=project_id, **asdict(terms), shortened=shortened)


def _because(ask: Ask[Body, Query], reason: str) -> Author:
    return replace(ask.author, reason=reason)


async def _shown(ask: Ask[Body, Query], hold_id: str) -> HoldShown:
    try:
        return _hold(await ask.deps.keeping.holds.get(hold_id), ask.now)
    except HoldRefused as error:
        raise ProblemError("not_found") from error


def _project(ask: Ask[Body, Query]) -> ProjectId:
    project_id = ProjectId(ask.path["project_id"])
    if project_id not in ask.deps.directory.current.projects:
        raise ProblemError("not_found")
    return project_id


def _segment(each: ListedSegment) -> SegmentShown:
    return SegmentShown(
        segment_id=each.segment_id,
        client_id=each.client_id,
        project_id=each.project_id,
        call_id=each.call_id,
        order_id=each.order_id,
        kept_as=each.kept_as,
        state=each.state,
        stopped_at=when(each.stopped_at),
        sealed_at=maybe_when(each.sealed_at),
        kept_until=when(each.kept_until),
        link_number=each.link_number,
        trouble=each.trouble,
        shred_reason=each.shred_reason,
    )


def _hold(hold: Hold, now: Instant) -> HoldShown:
    return HoldShown(
        hold_id=hold.hold_id,
        segment_id=hold.segment_id,
        reason=hold.reason,
        state=hold.state(now),
        asked_by=hold.asked_by,
        asked_at=when(hold.asked_at),
        confirmed_by=hold.confirmed_by,
        confirmed_at=maybe_when(hold.confirmed_at),
        lift_asked_by=hold.lift_asked_by,
        lift_asked_at=maybe_when(hold.lift_asked_at),
        lifted_by=hold.lifted_by,
        lifted_at=maybe_when(hold.lifted_at),
    )


def _receipt(word: Receipt) -> ReceiptShown:
    return ReceiptShown(
        segment_id=word.segment_id,
        link_number=word.link_number,
        at=when(word.at),
        reason=word.reason,
        signer=word.signer,
        signature=word.signature,
        is_valid=is_valid(word),
    )


ROUTES = (
    list_segments,
    list_holds,
    hold_segment,
    confirm_hold,
    lift_hold,
    list_receipts,
    show_recording_terms,
    set_recording_terms,
)

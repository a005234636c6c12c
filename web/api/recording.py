"""Recording of orders: texts of consent, and the agent's own acts. Nothing here reaches a recording itself."""

from typing import Any

from recording.consent import ConsentText, Draft, Part, TextFault
from telephony.errors import RefusalCode
from telephony.identifiers import ProjectId
from telephony.order_segments import (
    ConsentPurpose,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentStopRequested,
)
from web.api.calls import live, submit
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.recording import ConsentTextList, ConsentTextShown, NewConsentText, ToAsk, ToAskForSample, ToMark, ToRead
from web.schemas.types import Nothing, when

READ = Needs(resource=Resource.CONSENT_TEXT, action=Action.READ)
PUBLISH = Needs(resource=Resource.CONSENT_TEXT, action=Action.WRITE)
STEER = Needs(resource=Resource.RECORDING, action=Action.STEER)

_REFUSALS = (
    *(RefusalCode.NO_SUCH_CALL, RefusalCode.NOT_YOUR_CALL, RefusalCode.WRONG_STATE),
    *(RefusalCode.NOT_ASKED, RefusalCode.NOBODY_TO_ASK, RefusalCode.RECORDING_UNAVAILABLE),
)


@route(
    "GET",
    "/projects/{project_id}/consent-texts",
    access=READ,
    summary="List the texts by which called parties are asked",
    answer=ConsentTextList,
)
async def list_consent_texts(ask: Ask[Nothing, Nothing]) -> ConsentTextList:
    """All versions of the project's texts: recordings point to the one that was read."""
    project_id = _project(ask)
    texts = await ask.deps.consent_texts.texts(project_id)
    return ConsentTextList(items=[_shown(text, ask.rows.scope) for text in texts])


@route(
    "POST",
    "/projects/{project_id}/consent-texts",
    access=PUBLISH,
    summary="Publish a text by which called parties are asked",
    body=NewConsentText,
    answer=ConsentTextShown,
)
async def publish_consent_text(ask: Ask[NewConsentText, Nothing]) -> ConsentTextShown:
    """The text is read from now on; older versions stay. Refused unless it names who records, for which client, what for, who
    keeps it, for how long, and how to take the consent back. A project without a text records nothing."""
    body = ask.body
    draft = Draft(
        project_id=_project(ask),
        language=body.language,
        text=body.text,
        names=body.names,
        purpose=body.purpose,
        prompt=body.prompt,
    )
    made = await ask.deps.consent_texts.publish(draft, by=ask.author)
    if isinstance(made, tuple):
        raise ProblemError("invalid", fields=tuple(_fault(fault, part) for fault, part in made))
    return _shown(made, ask.rows.scope)


@route(
    "POST",
    "/calls/{call_id}/recording/ask",
    access=STEER,
    summary="Ask whether this may be recorded",
    body=ToAsk,
    answer=ToRead,
    problems=("no_consent_text",),
    refusals=_REFUSALS,
)
async def ask_for_recording(ask: Ask[ToAsk, Nothing]) -> ToRead:
    """The agent reads this text to the called party; nothing records. Only where the two are alone together."""
    return await _asked(ask, ask.body.language, ConsentPurpose.ORDER, ask.body.order_id)


async def _asked(ask: Ask[Body, Nothing], language: str, purpose: ConsentPurpose, order_id: str) -> ToRead:
    project_id = live(ask).project_id
    text = None if project_id is None else await ask.deps.consent_texts.in_force(project_id, language, purpose)
    if text is None:
        raise ProblemError("no_consent_text")
    request = RecordingAsked(**_of(ask), words=text.words, order_id=order_id)
    await submit(ask, request)
    return ToRead(language=text.language, version=text.version, text=text.text)


@route(
    "POST",
    "/calls/{call_id}/recording/ask-for-sample",
    access=STEER,
    summary="Ask whether this call may be a quality sample",
    body=ToAskForSample,
    answer=ToRead,
    problems=("no_consent_text",),
    refusals=(*_REFUSALS, RefusalCode.NOT_DRAWN),
)
async def ask_for_sample(ask: Ask[ToAskForSample, Nothing]) -> ToRead:
    """The agent reads this text to a caller who was drawn, where the project has its agents ask; nothing records. A clear yes
    is told by `agree`: it is recorded from then on, as long as the two talk."""
    return await _asked(ask, ask.body.language, ConsentPurpose.QUALITY_SAMPLE, order_id="")


@route("POST", "/calls/{call_id}/recording/agree", access=STEER, summary="The called party said yes", refusals=_REFUSALS)
async def agree_to_recording(ask: Ask[Nothing, Nothing]) -> None:
    """A clear yes: the order segment is recorded from the moment this is on disk. The live board shows `recording` when the
    switch has proven it; question and yes are repeated then."""
    await submit(ask, RecordingAgreed(**_of(ask)))


@route("POST", "/calls/{call_id}/recording/decline", access=STEER, summary="The called party said no", refusals=_REFUSALS)
async def decline_recording(ask: Ask[Nothing, Nothing]) -> None:
    """A no, or nothing clear: nothing is recorded, and the call goes on."""
    await submit(ask, RecordingDeclined(**_of(ask)))


@route("POST", "/calls/{call_id}/recording/withdraw", access=STEER, summary="The yes is taken back", refusals=_REFUSALS)
async def withdraw_from_recording(ask: Ask[Nothing, Nothing]) -> None:
    """The recording ends at once and is deleted. Where none runs, the one that was asked for last is shredded, sealed or not."""
    await submit(ask, RecordingRevoked(**_of(ask)))


@route("POST", "/calls/{call_id}/recording/mark", access=STEER, summary="Mark the tape", body=ToMark, refusals=_REFUSALS)
async def mark_recording(ask: Ask[ToMark, Nothing]) -> None:
    """The agent has just heard it on the tape: the consent within 30 seconds, then who it is, then what they declare."""
    await submit(ask, SegmentMarked(**_of(ask), mark=ask.body.mark))


@route("POST", "/calls/{call_id}/recording/mask", access=STEER, summary="Record silence", refusals=_REFUSALS)
async def mask_recording(ask: Ask[Nothing, Nothing]) -> None:
    """Silence is written while something is said that must not be kept (card data), for two minutes at most."""
    await submit(ask, SegmentMaskRequested(**_of(ask), is_masked=True))


@route("POST", "/calls/{call_id}/recording/unmask", access=STEER, summary="Record again", refusals=_REFUSALS)
async def unmask_recording(ask: Ask[Nothing, Nothing]) -> None:
    """What is said is written again."""
    await submit(ask, SegmentMaskRequested(**_of(ask), is_masked=False))


@route("POST", "/calls/{call_id}/recording/stop", access=STEER, summary="Stop recording", refusals=_REFUSALS)
async def stop_recording(ask: Ask[Nothing, Nothing]) -> None:
    """The recording ends; before the consent is on the tape, nothing of it is kept."""
    await submit(ask, SegmentStopRequested(**_of(ask)))


def _of(ask: Ask[Body, Query]) -> dict[str, Any]:
    return {"call_id": live(ask).call_id, "agent_id": ask.principal.agent_id, "by": ask.principal.user_id}


def _project(ask: Ask[Body, Query]) -> ProjectId:
    """The project named in the path. Out of reach is answered like unknown."""
    project = ask.deps.directory.current.projects.get(ProjectId(ask.path["project_id"]))
    profile = ask.deps.directory.current.agents.get(ask.rows.agent_id) if ask.rows.agent_id is not None else None
    if project is None or not ask.rows.has_project(project, profile):
        raise ProblemError("not_found")
    return project.project_id


_DETAILS = {
    TextFault.EMPTY: "is empty",
    TextFault.TOO_LONG: "is too long to be read out",
    TextFault.PART_MISSING: "the text does not say it: give the words of the text that do",
    TextFault.NOT_IN_TEXT: "these words do not stand in the text",
    TextFault.SAME_WORDS: "the same words name another part already",
}


def _fault(fault: TextFault, part: Part | None) -> FieldFault:
    return FieldFault(at="/text" if part is None else f"/names/{part.value}", code=fault.value, detail=_DETAILS[fault])


def _shown(text: ConsentText, scope: Scope) -> ConsentTextShown:
    return ConsentTextShown(
        project_id=text.project_id,
        purpose=text.purpose,
        language=text.language,
        version=text.version,
        text=text.text,
        prompt=text.prompt,
        names=dict(text.names),
        sha256=text.sha256,
        published_at=when(text.published_at),
        published_by=text.published_by if scope is Scope.ALL else None,
    )


ROUTES = (
    list_consent_texts,
    publish_consent_text,
    ask_for_recording,
    ask_for_sample,
    agree_to_recording,
    decline_recording,
    withdraw_from_recording,
    mark_recording,
    mask_recording,
    unmask_recording,
    stop_recording,
)

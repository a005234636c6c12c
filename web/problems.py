"""The one map from what went wrong to HTTP: status, type and text of each problem (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from telephony.errors import Refusal, RefusalCode
from web.dial_refusals import DIAL_REFUSALS
from web.language import Language
from web.why_not_free import WHY_NOT_FREE

TYPE_PREFIX = "urn:fernamt:problem:"
CONTENT_TYPE = "application/problem+json"

Fact = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of problem: its HTTP status and its title for people."""

    status: int
    de: str
    en: str

    def title(self, language: Language) -> str:
        """The title in that language."""
        return self.de if language is Language.DE else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One field that cannot be used. `at` is a JSON pointer, or the name of a query parameter."""

    at: str
    code: str
    detail: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the detail is made of, for who tells it in another language."""


EDGE: Mapping[str, Kind] = {
    "malformed": Kind(status=400, de="Die Anfrage ist nicht lesbar.", en="The request cannot be read."),
    "not_logged_in_here": Kind(status=401, de="Bitte zuerst anmelden.", en="Log in first."),
    "wrong_login": Kind(status=401, de="Name oder Passwort stimmt nicht.", en="Name or password is wrong."),
    "wrong_password": Kind(status=403, de="Das bisherige Passwort stimmt nicht.", en="The present password is wrong."),
    "password_needed": Kind(status=403, de="Bitte zuerst ein Passwort setzen.", en="Set a password first."),
    "not_allowed": Kind(status=403, de="Das darf diese Rolle nicht.", en="This role may not do that."),
    "session_needed": Kind(
        status=403, de="Das geht nur nach Anmeldung, nicht mit einem Token.", en="That needs a log-in, a token is not enough."
    ),
    "foreign_origin": Kind(
        status=403, de="Die Anfrage kommt von einer fremden Seite.", en="The request comes from a foreign page."
    ),
    "not_found": Kind(status=404, de="Das gibt es hier nicht.", en="There is no such thing here."),
    "method_not_allowed": Kind(status=405, de="Diese Methode gibt es hier nicht.", en="This method does not exist here."),
    "too_slow": Kind(status=408, de="Die Anfrage kam zu langsam.", en="The request came too slowly."),
    "taken": Kind(status=409, de="Das gibt es schon.", en="That exists already."),
    "no_mail_server": Kind(status=409, de="Es ist kein Mailserver eingerichtet.", en="No mail server is set up."),
    "not_open": Kind(status=409, de="Darüber ist schon entschieden.", en="That is decided already."),
    "takes_no_orders": Kind(status=409, de="Dieses Projekt nimmt keine Bestellungen auf.", en="This project takes no orders."),
    "no_consent_text": Kind(
        status=409,
        de="Für dieses Projekt ist in dieser Sprache kein Einwilligungstext veröffentlicht.",
        en="No consent text is published for this project in this language.",
    ),
    "no_listening_phone": Kind(
        status=409,
        de="Zum Mithören braucht es ein eigenes Telefon: der eigenen Anmeldung ist kein Agent mit Telefon zugeordnet.",
        en="Listening needs a phone of your own: no agent with a phone stands in your log-in.",
    ),
    "review_not_there_yet": Kind(
        status=409, de="Das geht in diesem Stand der Bewertung nicht.", en="That is not possible at this stage of the review."
    ),
    "answer_term_over": Kind(status=409, de="Die Frist für eine Antwort ist vorbei.", en="The term for an answer is over."),
    "review_is_calibration": Kind(
        status=409, de="Eine Gegenprobe bleibt, wie sie abgegeben wurde.", en="A calibration stays as it was handed in."
    ),
    "nothing_said": Kind(status=422, de="Es fehlen die Worte dazu.", en="There are no words to it."),
    "may_not_rate": Kind(
        status=403, de="Dieses Gespräch darfst du nach den Regeln nicht bewerten.", en="The rules do not let you rate this call."
    ),
    "cannot_be_rated": Kind(
        status=409,
        de="Diese Aufnahme kann niemand bewerten, oder jemand bewertet sie schon.",
        en="Nobody can rate this recording, or somebody rates it already.",
    ),
    "not_a_rater": Kind(
        status=409, de="Diese Person bewertet dieses Projekt nicht.", en="This person does not rate this project."
    ),
    "one_of_the_call": Kind(status=409, de="Diese Person war selbst im Gespräch.", en="This person was in the call themselves."),
    "self_given": Kind(
        status=409, de="Niemand teilt sich selbst eine Aufnahme zu.", en="Nobody gives a recording to themselves."
    ),
    "order_refused": Kind(status=409, de="Das geht mit dieser Bestellung nicht.", en="That is not possible with this order."),
    "too_soon": Kind(status=409, de="Der Termin liegt vor der Frist.", en="The date is before the notice."),
    "not_a_person": Kind(
        status=403,
        de="Das entscheidet nur eine Aufsicht mit eigenem Passwort, und nie über sich selbst.",
        en="Only a supervisor with a password of their own decides that, and never about themselves.",
    ),
    "hold_refused": Kind(
        status=409,
        de="Das geht nicht mehr: Das Segment ist vernichtet, oder die Sperre ist aufgehoben oder verfallen.",
        en="It is too late for that: the segment was shredded, or the hold was lifted or has lapsed.",
    ),
    "second_person_needed": Kind(status=409, de="Dafür braucht es eine zweite Person.", en="It takes a second person."),
    "access_refused": Kind(
        status=403, de="Diese Aufnahme ist so nicht zugänglich.", en="This recording cannot be had in that way."
    ),
    "not_from_here": Kind(
        status=403, de="Von diesem Ort aus sind Aufnahmen nicht erreichbar.", en="Recordings cannot be reached from this place."
    ),
    "range_needed": Kind(
        status=416,
        de="Aufnahmen gibt es nur abschnittsweise: ein Range, der in ihr liegt.",
        en="Recordings are served by stretches: one Range that lies within.",
    ),
    "sound_unavailable": Kind(
        status=410, de="Den Ton dieser Aufnahme gibt es nicht mehr.", en="The sound of this recording is not to be had."
    ),
    "in_use": Kind(status=409, de="Das wird noch gebraucht.", en="That is still in use."),
    "unusable_file": Kind(status=422, de="Diese Datei ist nicht lesbar.", en="This file cannot be read."),
    "too_large": Kind(status=413, de="Die Anfrage ist zu groß.", en="The request is too large."),
    "not_json": Kind(status=415, de="Der Inhalt muss application/json sein.", en="The content must be application/json."),
    "wrong_host": Kind(status=421, de="Dieser Server heißt nicht so.", en="This server has no such name."),
    "invalid": Kind(status=422, de="Einige Angaben sind nicht brauchbar.", en="Some of the values cannot be used."),
    "too_many_tries": Kind(status=429, de="Zu viele Versuche. Bitte später noch einmal.", en="Too many tries. Try again later."),
    "internal": Kind(
        status=500,
        de="Hier ist ein Fehler passiert. Er wurde vermerkt.",
        en="An error happened here. It has been noted.",
    ),
    "busy": Kind(status=503, de="Gerade sind alle Plätze belegt.", en="All places are taken at present."),
    "not_ready": Kind(status=503, de="Gerade nicht bereit.", en="Not ready at present."),
}

REFUSALS: Mapping[RefusalCode, Kind] = {
    RefusalCode.NO_SUCH_AGENT: Kind(status=404, de="Diesen Agenten gibt es nicht.", en="There is no such agent."),
    RefusalCode.NO_SUCH_SKILL: Kind(
        status=409, de="Das kann kein Agent dieses Centers.", en="No agent of this centre has that skill or language."
    ),
    RefusalCode.NO_SUCH_CALL: Kind(status=404, de="Dieses Gespräch gibt es nicht.", en="There is no such call."),
    RefusalCode.NO_ENDPOINT: Kind(
        status=409, de="Dem Agenten ist kein Telefon zugeordnet.", en="The agent has no phone assigned."
    ),
    RefusalCode.NOT_LOGGED_IN: Kind(status=409, de="Der Agent ist nicht im Dienst.", en="The agent is not on duty."),
    RefusalCode.ALREADY_LOGGED_IN: Kind(status=409, de="Der Agent ist schon im Dienst.", en="The agent is on duty already."),
    RefusalCode.ENDPOINT_IN_USE: Kind(
        status=409, de="An diesem Telefon ist schon jemand im Dienst.", en="Somebody is on duty at this phone already."
    ),
    RefusalCode.NOT_IN_WRAP_UP: Kind(status=409, de="Es läuft keine Nachbearbeitung.", en="There is no wrap-up going on."),
    RefusalCode.NO_SUCH_WRAP_UP_CODE: Kind(
        status=422, de="Diesen Abschlusscode hat das Projekt nicht.", en="The project has no such wrap-up code."
    ),
    RefusalCode.EXTENSION_USED_UP: Kind(
        status=409, de="Die Nachbearbeitung wurde schon verlängert.", en="The wrap-up was extended already."
    ),
    RefusalCode.WRONG_STATE: Kind(status=409, de="Das geht in diesem Zustand nicht.", en="That is not possible in this state."),
    RefusalCode.RECORDING_RUNS: Kind(
        status=409,
        de="Erst muss die Aufzeichnung beendet sein.",
        en="The recording has to end first.",
    ),
    RefusalCode.RECORDING_UNAVAILABLE: Kind(
        status=503,
        de="Die Telefonanlage ist gerade nicht zu erreichen: Aufgezeichnet werden kann erst danach.",
        en="The switch is out of reach: nothing can be recorded until it is back.",
    ),
    RefusalCode.NOBODY_TO_ASK: Kind(status=409, de="Dort spricht eine Maschine.", en="An answering machine is at the other end."),
    RefusalCode.NOT_ASKED: Kind(status=409, de="Danach wurde noch nicht gefragt.", en="Nobody was asked about that."),
    RefusalCode.LISTENING_NOT_AGREED: Kind(
        status=409,
        de="Der Gesprächspartner hat dem Mithören nicht zugestimmt. Der Agent kann ihn mit dem Einwilligungstext fragen.",
        en="The other party has not agreed to being listened to. The agent can ask them with the consent text.",
    ),
    RefusalCode.SOMEBODY_LISTENS: Kind(
        status=409, de="Bei diesem Gespräch hört schon jemand mit.", en="Somebody listens to this call already."
    ),
    RefusalCode.NOT_DRAWN: Kind(
        status=409,
        de="Dieser Anruf wurde nicht als Stichprobe gezogen, oder die Frage ist beantwortet.",
        en="This call was not drawn as a sample, or the question was answered.",
    ),
    RefusalCode.NOT_YOUR_CALL: Kind(status=404, de="Dieses Gespräch gibt es nicht.", en="There is no such call."),
    RefusalCode.AGENT_NOT_AVAILABLE: Kind(
        status=409, de="Dieser Agent ist gerade nicht frei.", en="This agent is not free at present."
    ),
    RefusalCode.AGENT_NOT_ELIGIBLE: Kind(
        status=409,
        de="Dieser Agent darf Gespräche dieses Projekts nicht führen.",
        en="This agent may not take calls of this project.",
    ),
    RefusalCode.NO_SUCH_PROJECT: Kind(status=404, de="Dieses Projekt gibt es nicht.", en="There is no such project."),
    RefusalCode.NO_SUCH_DEPARTMENT: Kind(
        status=404, de="Diese Abteilung hat das Projekt nicht.", en="The project has no such department."
    ),
    RefusalCode.PROJECT_CLOSED: Kind(status=409, de="Dieses Projekt hat gerade geschlossen.", en="This project is closed now."),
    RefusalCode.OUTBOUND_NOT_PERMITTED: Kind(
        status=403, de="Nach außen darf hier niemand anrufen.", en="Nobody may be called outside from here."
    ),
    RefusalCode.NOT_FORCED: Kind(
        status=409, de="Diese Pause hat nicht das System gesetzt.", en="The system did not set this pause."
    ),
    RefusalCode.NO_OPEN_LINE: Kind(
        status=409,
        de="Dieser Agent hält keine Leitung offen, oder darf es nicht.",
        en="This agent keeps no line open, or may not.",
    ),
    RefusalCode.OUTSIDE_SHIFT: Kind(
        status=409,
        de="Die Projekte dieses Agenten lassen die Anmeldung nur während einer gebuchten Schicht zu.",
        en="The projects of this agent allow log-in during a booked shift only.",
    ),
    RefusalCode.NO_SUCH_SHIFT: Kind(status=404, de="Diese Schicht gibt es hier nicht.", en="There is no such shift here."),
    RefusalCode.SHIFT_BEGUN: Kind(
        status=409, de="Die Schicht hat schon begonnen oder ist vorbei.", en="The shift has begun or is over."
    ),
    RefusalCode.SHIFT_NOT_FOR_AGENT: Kind(
        status=409, de="Für diese Arbeit ist der Agent nicht zugelassen.", en="The agent may not do the work of this shift."
    ),
    RefusalCode.SHIFT_TOO_FAR_AHEAD: Kind(
        status=409, de="So weit im Voraus kann noch nicht gebucht werden.", en="That far ahead nothing can be booked yet."
    ),
    RefusalCode.SHIFT_OVERLAPS: Kind(
        status=409, de="Zu dieser Zeit ist der Agent schon gebucht.", en="The agent is booked at that time already."
    ),
    RefusalCode.SHIFT_FULL: Kind(status=409, de="Die Schicht ist voll.", en="The shift is full."),
    RefusalCode.SHIFT_BINDING: Kind(
        status=409, de="Die Buchung ist verbindlich: das entscheidet ein Mensch.", en="The booking binds: a person decides that."
    ),
    RefusalCode.SHIFT_EXCUSE_OPEN: Kind(
        status=409, de="Über eine Entschuldigung wird schon entschieden.", en="An excuse is being decided on already."
    ),
    RefusalCode.DRAINING: Kind(status=503, de="Der Dienst wird gerade beendet.", en="The service is shutting down."),
    **{code: Kind(status=status, de=de, en=en) for code, (status, de, en) in DIAL_REFUSALS.items()},
}

BY_STATUS: Mapping[int, str] = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "not_json",
}
"""What the HTTP library refuses by itself, under our codes."""


class ProblemError(Exception):
    """Ends a request with this problem."""

    def __init__(
        self,
        code: str,
        *,
        facts: Mapping[str, Fact] | None = None,
        fields: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.kind = EDGE[code]
        self.facts = dict(facts or {})
        self.fields = tuple(fields)
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is sent: made of a `ProblemError` or a refusal."""

    code: str
    kind: Kind
    facts: Mapping[str, Fact] = field(default_factory=dict)
    fields: Sequence[FieldFault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def of_refusal(refusal: Refusal) -> Problem:
    """The problem a refused request is answered with. Someone else's call answers like one that does not exist."""
    is_secret = refusal.code is RefusalCode.NOT_YOUR_CALL
    code = RefusalCode.NO_SUCH_CALL if is_secret else refusal.code
    return Problem(code=code, kind=REFUSALS[refusal.code], facts={} if is_secret else refusal.facts)


def of_error(error: ProblemError) -> Problem:
    """The problem an error of the edge is answered with."""
    return Problem(code=error.code, kind=error.kind, facts=error.facts, fields=error.fields, headers=error.headers)


def answer(problem: Problem, language: Language, request_id: str) -> web.Response:
    """The response: `application/problem+json`, never stored by a cache."""
    body: dict[str, object] = {
        "type": TYPE_PREFIX + problem.code,
        "title": problem.kind.title(language),
        "status": problem.kind.status,
        "instance": f"urn:fernamt:request:{request_id}",
        "code": problem.code,
    }
    if problem.facts:
        body["facts"] = dict(problem.facts)
    if problem.code == RefusalCode.AGENT_NOT_AVAILABLE and problem.facts.get("state") in WHY_NOT_FREE:
        german, english = WHY_NOT_FREE[str(problem.facts["state"])]
        body["detail"] = german if language is Language.DE else english
    if problem.fields:
        body["fields"] = [_field(each) for each in problem.fields]
    headers = {"Cache-Control": "no-store", "Content-Language": language.value, **problem.headers}
    payload = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(status=problem.kind.status, body=payload, content_type=CONTENT_TYPE, headers=headers)


class RefusalError(Exception):
    """Ends a request with what the engine refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def _field(fault: FieldFault) -> dict[str, object]:
    said: dict[str, object] = {"at": fault.at, "code": fault.code, "detail": fault.detail}
    return {**said, "facts": dict(fault.facts)} if fault.facts else said

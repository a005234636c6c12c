"""Asks to dial, and all that permission wants, built in one line: everything is in order unless a test says otherwise."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from routing.directory import Directory
from routing.outbound.asking import DialAsk, DialPurpose, Permit, Reference, ReferenceKind, WorkKind
from routing.outbound.callee import CalleeNumber, read_callee
from routing.outbound.facts import ConsentBasis, ConsentProof, DialFacts
from routing.outbound.permission import permit
from routing.outbound.rules import ProjectOutbound
from routing.outbound.shown import OURS, AssignedTo, ShownRight, by_assignment
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, LegId, ProjectId
from tests.unit.routing.centre import a_centre, a_project, an_agent

HANDING_ON = (DialPurpose.TRANSFER, DialPurpose.CONSULT, DialPurpose.CONFERENCE)
CALLING = (DialPurpose.MANUAL, DialPurpose.PREVIEW, DialPurpose.PROGRESSIVE)
ALL = (*HANDING_ON, *CALLING, DialPurpose.CALLBACK, DialPurpose.OVERFLOW)
ADVERTISING = ProjectOutbound(kind=WorkKind.ADVERTISING)
BERLIN = "+493023125100"
MOBILE = "+491713920012"
REFERENCES = {
    DialPurpose.CALLBACK: ReferenceKind.CALLBACK_REQUEST,
    DialPurpose.MANUAL: ReferenceKind.TASK,
    DialPurpose.PREVIEW: ReferenceKind.LEAD,
    DialPurpose.PROGRESSIVE: ReferenceKind.LEAD,
}


def local(text: str, zone: str = "Europe/Berlin") -> Instant:
    """The instant of that wall clock, such as "2026-11-20 10:00"."""
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND)


FRIDAY_AT_TEN = local("2026-11-20 10:00")


def a_right(right_id: str = "head-office", **facts: object) -> ShownRight:
    base = ShownRight(
        right_id=right_id,
        number="+493055500",
        owner=OURS,
        document="contract 7",
        assigned_to=AssignedTo.CENTRE,
        assigned_id="",
        valid_from=Instant(0),
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def the_centre(*rights: ShownRight, outbound: ProjectOutbound | None = None, **settings: object) -> Directory:
    project = a_project("sales", outbound=outbound or ProjectOutbound())
    return a_centre(
        [project, a_project("service")],
        [an_agent("anna", "sales", "service")],
        rights=by_assignment(rights or (a_right(),)),
        **settings,
    )


CONSENT = ConsentProof(consent_id="c1", basis=ConsentBasis.EXPRESS, granted_at=Instant(1))


def an_ask(purpose: DialPurpose = DialPurpose.MANUAL, **facts: object) -> DialAsk:
    kind = REFERENCES.get(purpose, ReferenceKind.CALL)
    at = facts.get("at", FRIDAY_AT_TEN)
    given_at = Instant(at - 600 * SECOND) if purpose is DialPurpose.CALLBACK else None  # type: ignore[operator]
    base = DialAsk(
        call_id=CallId("call-1"),
        leg_id=LegId("call-1.outside.1"),
        purpose=purpose,
        kind=WorkKind.CALL_BACK if purpose is DialPurpose.CALLBACK else WorkKind.SERVICE,
        reference=Reference(kind=kind, id="r1", given_at=given_at),
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        agent_id=AgentId("anna"),
        holds_agent=True,
        at=FRIDAY_AT_TEN,
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def ask(
    asked: DialAsk,
    number: str | CalleeNumber = BERLIN,
    facts: DialFacts = DialFacts(),  # noqa: B008 - frozen
    centre: Directory | None = None,
) -> Permit | Refusal:
    callee = number if isinstance(number, CalleeNumber) else read_callee(number)
    return permit(asked, callee, facts, centre or the_centre())


def permitted(answer: Permit | Refusal) -> Permit:
    assert isinstance(answer, Permit), answer
    return answer


def refused(answer: Permit | Refusal) -> RefusalCode:
    assert isinstance(answer, Refusal), answer
    return answer.code

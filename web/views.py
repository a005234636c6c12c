"""From our records to what is shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import msgspec

from monitor.rows import AgentRow, CallRow, TapeRow
from routing.answering_machine import MailState, MessageMail, VoiceMessage
from routing.directory import AgentProfile, Client, Project
from routing.hours import OpeningHours, Window
from routing.outbound.rules import ProjectOutbound
from telephony.decisions import DecisionTaken
from telephony.demands import RelaxationStep
from telephony.events import Envelope
from telephony.identifiers import AgentId
from telephony.order_segments import SegmentMark
from web.accounts import ApiToken, Subscription, User
from web.permissions import Scope
from web.reach import Reach
from web.schemas.accounts import TokenShown, UserShown
from web.schemas.aftercall import OrderTermsFacts
from web.schemas.agents import AgentNowShown, AgentShown
from web.schemas.calls import CallShown, EarShown, EventShown, TapeShown
from web.schemas.centre import ClientShown, ProjectFacts, ProjectShown
from web.schemas.demands import DemandFacts, RelaxationFacts
from web.schemas.hours import HoursFacts, WindowFacts
from web.schemas.messages import MailShown, MessageShown
from web.schemas.outbound import CapsFacts, ProjectOutboundFacts
from web.schemas.reports import SubscriptionShown
from web.schemas.sampling import RecordingSignFacts, SamplingFacts
from web.schemas.types import Json, Shape, maybe_when, when
from web.schemas.waiting import AnnouncementFacts, CallbackFacts, DepartmentFacts, MenuFacts, OverflowFacts

S = TypeVar("S", bound=Shape)


def agent_shown(profile: AgentProfile, row: AgentRow | None) -> AgentShown:
    """The agent and what they are doing."""
    return AgentShown(
        agent_id=profile.agent_id,
        name=profile.name,
        level=profile.level,
        level_by_project={str(k): v for k, v in sorted(profile.level_by_project.items())},
        certificates=sorted(profile.certificates),
        skills=dict(sorted(profile.skills.items())),
        languages=dict(sorted(profile.languages.items())),
        endpoint_id=profile.endpoint_id,
        team=profile.team,
        mailbox=profile.mailbox,
        phone_answers=profile.phone_answers,
        keeps_line=profile.keeps_line,
        is_active=profile.is_active,
        now=_now_shown(row) if row is not None else None,
    )


def _now_shown(row: AgentRow) -> AgentNowShown:
    return AgentNowShown(
        state=row.state,
        since=maybe_when(row.since_at),
        pause_reason=row.pause_reason,
        is_forced=row.is_forced,
        forced_until=maybe_when(row.forced_until_at),
        next_state=row.next_state,
        call_id=row.call_id,
        project_id=row.project_id,
        is_reachable=row.is_reachable,
        absence=row.absence,
        absence_until=maybe_when(row.absence_until_at),
        line_fault=row.line_fault,
        open_line=row.open_line,
        line_mos=None if row.mos_hundredths is None else row.mos_hundredths / 100,
    )


def call_shown(row: CallRow, rows: Reach) -> CallShown:
    """The call as it goes on; a team leader is not told of agents out of reach."""
    is_all = rows.scope is not Scope.TEAM
    return CallShown(
        call_id=row.call_id,
        direction=row.direction,
        phase=row.phase.value,
        phase_since=when(row.since_at),
        offered_at=when(row.offered_at),
        answered_at=maybe_when(row.answered_at),
        project_id=row.project_id,
        client_id=row.client_id,
        agent_id=row.agent_id if is_all or _is_within(row.agent_id, rows) else None,
        masked=row.masked,
        offers=row.offers,
        held_ms=row.held_ms,
        colleague_id=row.colleague_id if is_all or _is_within(row.colleague_id, rows) else None,
        parked_at=row.slot,
        outside=row.outside_masked,
        beside=None if row.beside is None else row.beside.value,
        outside_note=row.outside_note,
        is_callback=row.is_callback,
        rests_until=maybe_when(row.rests_until_at),
        callee=row.callee,
        tape=None if row.tape is None else tape_shown(row.tape),
        ear=None if row.ear is None else EarShown(phase=row.ear.phase, since=when(row.ear.since_at), is_heard=row.ear.is_heard),
    )


def tape_shown(tape: TapeRow) -> TapeShown:
    """The recording, as far as the switch has proven it."""
    return TapeShown(
        phase=tape.phase,
        since=when(tape.since_at),
        order_id=tape.order_id,
        is_masked=tape.is_masked,
        marks=[SegmentMark(mark) for mark in tape.marks],
        is_sample=tape.is_sample,
    )


def _is_within(agent_id: AgentId | None, rows: Reach) -> bool:
    return agent_id is not None and rows.has_agent(agent_id)


def told_within(envelope: Envelope, rows: Reach) -> EventShown:
    """The event as `event_shown`, without the agents in it who are out of reach: who was asked, who had the call before."""
    shown = event_shown(envelope)
    kept = {key: value for key, value in shown.data.items() if not key.endswith("agent_id") or _is_within(value, rows)}
    return shown.model_copy(update={"data": {key: kept.get(key) for key in shown.data}})


def event_shown(envelope: Envelope) -> EventShown:
    """The event with the fields of its kind; instants in it stay microseconds since the epoch."""
    data: Json = msgspec.to_builtins(envelope.event)
    kind = data.pop("kind")
    return EventShown(
        seq=envelope.seq,
        event_id=envelope.event_id,
        kind=kind,
        occurred_at=when(envelope.occurred_at),
        received_at=when(envelope.received_at),
        call_id=envelope.call_id,
        agent_id=envelope.agent_id,
        switch=envelope.switch,
        data=data,
    )


def decision_shown(decision: DecisionTaken, rows: Reach) -> Json:
    """The decision with those of its agents who are within reach, and for who reaches all the calls that were passed over."""
    shown: Json = msgspec.to_builtins(decision)
    shown.pop("kind")
    for agents in ("candidates", "refused"):
        shown[agents] = [each for each in shown[agents] if rows.has_agent(each["agent_id"])]
    if rows.scope is not Scope.ALL:
        shown["skipped"] = []
    return shown


def client_shown(client: Client) -> ClientShown:
    """The client."""
    caps = None if client.caps is None else _shape_of(CapsFacts, client.caps)
    return ClientShown(client_id=client.client_id, name=client.name, caps=caps)


def project_shown(project: Project) -> ProjectShown:
    """The project, as it would be written."""
    facts = ProjectFacts(
        client_id=project.client_id,
        name=project.name,
        language=project.language,
        hours=hours_facts(project.hours) if project.hours is not None else None,
        closed_treatment=project.closed_treatment,
        at_closing=project.at_closing,
        closing_grace_ms=project.closing_grace_ms,
        answers_early=project.answers_early,
        accepts_anonymous=project.accepts_anonymous,
        music=project.music,
        mailbox=project.mailbox,
        ring_timeout_ms=project.ring_timeout_ms,
        recovery_ms=project.recovery_ms,
        wait_limit_ms=project.wait_limit_ms,
        priority_weight=project.priority_weight,
        weights=list(project.weights) if project.weights is not None else None,
        wrap_up_limit_ms=project.wrap_up_limit_ms,
        wrap_up_extension_ms=project.wrap_up_extension_ms,
        wrap_up_codes=list(project.wrap_up_codes),
        service_level_ms=project.service_level_ms,
        menu=None if project.menu is None else _shape_of(MenuFacts, project.menu),
        departments=[_shape_of(DepartmentFacts, each) for each in project.departments],
        announcements=None if project.announcements is None else _shape_of(AnnouncementFacts, project.announcements),
        callback=_shape_of(CallbackFacts, project.callback),
        demand=_shape_of(DemandFacts, project.demand),
        relaxation=[RelaxationFacts.model_validate_json(msgspec.json.encode(_without_kind(step))) for step in project.relaxation],
        preference_ms=project.preference_ms,
        sticky_ms=project.sticky_ms,
        outside_shift=project.outside_shift,
        outbound=None if project.outbound is None else _outbound_facts(project.outbound),
        orders=None if project.orders is None else _shape_of(OrderTermsFacts, project.orders),
        overflow=[_shape_of(OverflowFacts, rule) for rule in project.overflow],
        sampling=None if project.sampling is None else _shape_of(SamplingFacts, project.sampling),
        recording_sign=_shape_of(RecordingSignFacts, project.recording_sign),
    )
    return ProjectShown(project_id=project.project_id, facts=facts)


def _shape_of(shape: type[S], record: object) -> S:
    """The record, which says the same in the same words, as it is shown."""
    return shape.model_validate_json(msgspec.json.encode(record))


def _without_kind(step: RelaxationStep) -> Json:
    """A lower minimum is no need: whether it is required is not said again."""
    shown: Json = msgspec.to_builtins(step)
    return {**shown, "lower": [{"skill": each.skill, "grade": each.grade} for each in step.lower]}


def _outbound_facts(outbound: ProjectOutbound) -> ProjectOutboundFacts:
    plain = _shape_of(ProjectOutboundFacts, replace(outbound, hours=None))
    return plain.model_copy(update={"hours": None if outbound.hours is None else hours_facts(outbound.hours)})


def hours_facts(hours: OpeningHours) -> HoursFacts:
    """The hours as they are shown."""
    return HoursFacts(
        zone=hours.zone,
        week={str(day): _window_facts(windows) for day, windows in hours.week.items()},
        exceptions={day: _window_facts(windows) for day, windows in hours.exceptions.items()},
        holidays_of=hours.holidays_of,
        on_holidays=_window_facts(hours.on_holidays),
    )


def _window_facts(windows: Sequence[Window]) -> list[WindowFacts]:
    return [WindowFacts(opens=w.opens, closes=w.closes) for w in windows]


def user_shown(user: User) -> UserShown:
    """The user, without any proof."""
    return UserShown(
        user_id=user.user_id,
        login=user.login,
        display_name=user.display_name,
        role=user.role,
        agent_id=user.agent_id,
        client_id=user.client_id,
        team=user.team,
        is_active=user.is_active,
        has_password=user.password_hash is not None,
        created_at=when(user.created_at),
    )


def token_shown(token: ApiToken) -> TokenShown:
    """The token, without its secret."""
    return TokenShown(
        token_id=token.token_id,
        user_id=token.user_id,
        name=token.name,
        role=token.role,
        created_at=when(token.created_at),
        expires_at=when(token.expires_at),
        used_at=maybe_when(token.used_at),
    )


def subscription_shown(subscription: Subscription) -> SubscriptionShown:
    """The subscription, without its secret."""
    return SubscriptionShown(
        subscription_id=subscription.subscription_id,
        url=subscription.url,
        events=list(subscription.events),
        client_id=subscription.client_id,
        created_at=when(subscription.created_at),
        is_active=subscription.is_active,
    )


def message_shown(message: VoiceMessage, mails: Sequence[MessageMail], *, days: int | None) -> MessageShown:
    """The message with its mails, without the place of its file; `days`: how long messages are kept."""
    return MessageShown(
        message_id=message.message_id,
        call_id=message.call_id,
        did=message.did,
        project_id=message.project_id,
        received_at=when(message.received_at),
        duration_ms=message.duration_ms,
        masked_caller=message.masked_caller,
        done_at=maybe_when(message.done_at),
        done_by=message.done_by,
        deleted_from=None if days is None else when(message.received_at) + timedelta(days=days),
        mails=[mail_shown(mail) for mail in mails],
    )


def mail_shown(mail: MessageMail) -> MailShown:
    """The mail, and how its way goes."""
    return MailShown(
        mailbox=mail.mailbox,
        state=mail.state.value,
        attempts=mail.attempts,
        created_at=when(mail.created_at),
        due_at=when(mail.due_at) if mail.state is MailState.WAITING else None,
        sent_at=maybe_when(mail.sent_at),
        last_error=mail.last_error,
        forwarded_by=mail.asked_by,
        note=mail.note,
    )

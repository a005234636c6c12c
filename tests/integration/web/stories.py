"""Journals of whole calls, short."""

from monitor.rows import EmergencyRow
from telephony.causes import EndReason, ReleaseReason
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentReleased,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    Envelope,
    Event,
    LegOffered,
    LogInRequested,
    NumberFacts,
)
from telephony.identifiers import (
    AgentId,
    CallId,
    ClientId,
    DecisionId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    TrunkId,
)
from telephony.terms import ProjectTerms
from tests.integration.web.memory import T0


def a_talk(call: str, *, client: str, agent: str, first_seq: int = 1, party: str | None = None) -> list[Envelope]:
    """The agent comes on duty, a caller waits 3 s, talks 60 s, and is gone."""
    call_id, agent_id, project_id = CallId(call), AgentId(agent), ProjectId(f"{client}-service")
    leg = LegId(f"{call}.agent.1")
    terms = ProjectTerms(
        project_id=project_id,
        client_id=ClientId(client),
        name=f"{client} service",
        answers_early=False,
        music="default",
        ring_timeout_ms=20_000,
        recovery_ms=20_000,
        wait_limit_ms=None,
        priority_weight=1.0,
        wrap_up_limit_ms=0,
        wrap_up_extension_ms=0,
        wrap_up_codes=(),
    )
    caller = NumberFacts(number_class="mobile", country="DE", masked="+4917…", metadata_version="1")
    steps: list[tuple[float, Event, bool, bool]] = [
        (0, LogInRequested(agent_id=agent_id, endpoint_id=EndpointId(f"phone-{agent}")), False, True),
        (
            1,
            LegOffered(
                leg_id=LegId(f"in-{call}"),
                trunk_id=TrunkId("trunk"),
                dnis="+4930111",
                party_id=PartyId(party or f"party-{call}"),
                caller=caller,
            ),
            True,
            False,
        ),
        (1, CallAdmitted(call_id=call_id, terms=terms, did="+4930111", number_class="geographic"), True, False),
        (
            2,
            AgentReserved(
                call_id=call_id,
                agent_id=agent_id,
                endpoint_id=EndpointId(f"phone-{agent}"),
                project_id=project_id,
                client_id=ClientId(client),
                decision_id=DecisionId(f"{call}.1"),
                level=1,
                pass_after=1.0,
                attempt=1,
                wrap_up_limit_ms=0,
                wrap_up_extension_ms=0,
                wrap_up_codes=(),
            ),
            True,
            True,
        ),
        (3, AgentAlerted(call_id=call_id, agent_id=agent_id, leg_id=leg), True, True),
        (4, AgentConnected(call_id=call_id, agent_id=agent_id, leg_id=leg), True, True),
        (
            64,
            AgentReleased(call_id=call_id, agent_id=agent_id, reason=ReleaseReason.TALKED, has_talked=True, leg_id=leg),
            True,
            True,
        ),
        (64, CallEnded(call_id=call_id, end_reason=EndReason.CALLER_HUNG_UP), True, False),
    ]
    return [
        Envelope(
            seq=first_seq + i,
            event_id=EventId(f"event-{first_seq + i}"),
            occurred_at=Instant(T0 + int(seconds * 1_000_000)),
            received_at=Instant(T0 + int(seconds * 1_000_000)),
            event=event,
            call_id=call_id if is_of_call else None,
            agent_id=agent_id if is_of_agent else None,
        )
        for i, (seconds, event, is_of_call, is_of_agent) in enumerate(steps)
    ]


def an_alert(agent: str | None) -> EmergencyRow:
    """An agent of ours, or a phone that is nobody's, calls a control room."""
    return EmergencyRow(
        emergency_id=EventId(f"emergency-{agent}"),
        number="112",
        at=Instant(1),
        told_at=Instant(1),
        agent_id=None if agent is None else AgentId(agent),
        agent="",
        call_id=None,
        address=None,
        callback_number=None,
    )

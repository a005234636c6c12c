"""Small envelopes for the journal's contract: what a test says in words."""

from itertools import count

from routing.directory import Project
from routing.entry import terms_of
from store.journal_writer import JournalSettings
from telephony.agent.noted import Share, ShareNoted
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.dialling import CallPlaced, DialReference
from telephony.events import (
    AgentReleased,
    AgentReserved,
    CallEnded,
    Envelope,
    Event,
    LegAnswered,
    LegHungUp,
    LegOffered,
    LogInRequested,
    LogOutRequested,
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
    SwitchName,
    TrunkId,
)

START = 1_800_000_000_000_000
PATIENT = JournalSettings(patience_ms=60_000)
"""For tests that read at once what they wrote: the default gives a slow commit's events to the spool, where no reader looks."""


class Pen:
    """Numbers envelopes as the inbox does."""

    def __init__(self, after: int = 0) -> None:
        self._numbers = count(after + 1)

    def write(self, event: Event, *, call: str | None = None, agent: str | None = None) -> Envelope:
        seq = next(self._numbers)
        at = Instant(START + seq * 1_000)
        return Envelope(
            seq=seq,
            event_id=EventId(f"event-{seq}"),
            occurred_at=at,
            received_at=at,
            event=event,
            call_id=None if call is None else CallId(call),
            agent_id=None if agent is None else AgentId(agent),
            switch=SwitchName("berlin"),
        )

    def offered(self, call: str) -> Envelope:
        facts = NumberFacts(number_class="fixed", country="DE", masked="+4930…67", metadata_version="9.0")
        event = LegOffered(
            leg_id=LegId(f"{call}-in"), trunk_id=TrunkId("t"), dnis="4930", party_id=PartyId(f"party-{call}"), caller=facts
        )
        return self.write(event, call=call)

    def placed(self, call: str, agent: str) -> Envelope:
        placed = CallPlaced(
            call_id=CallId(call),
            placed_by=AgentId(agent),
            party_id=PartyId(f"party-{call}"),
            number=NumberFacts(number_class="mobile", country="DE", masked="+49171…67", metadata_version="9.0"),
            reference=DialReference(kind="task", id="t1"),
            terms=terms_of(Project(project_id=ProjectId("sales"), client_id=ClientId("acme"), name="Sales")),
        )
        return self.write(placed, call=call)

    def answered(self, call: str) -> Envelope:
        return self.write(LegAnswered(leg_id=LegId(f"{call}-in")), call=call)

    def hung_up(self, call: str) -> Envelope:
        return self.write(LegHungUp(leg_id=LegId(f"{call}-in"), cause=HangupCause.NORMAL, by_phone=True), call=call)

    def ended(self, call: str) -> Envelope:
        return self.write(CallEnded(call_id=CallId(call), end_reason=EndReason.CALLER_HUNG_UP), call=call)

    def logged_in(self, agent: str) -> Envelope:
        return self.write(LogInRequested(agent_id=AgentId(agent), endpoint_id=EndpointId(f"{agent}-phone")), agent=agent)

    def logged_out(self, agent: str) -> Envelope:
        return self.write(LogOutRequested(agent_id=AgentId(agent)), agent=agent)

    def noted(self, agent: str, share: Share) -> Envelope:
        return self.write(ShareNoted(agent_id=AgentId(agent), share=share), agent=agent)

    def reserved(self, call: str, agent: str, pass_after: float = 1.0) -> Envelope:
        event = AgentReserved(
            call_id=CallId(call),
            agent_id=AgentId(agent),
            endpoint_id=EndpointId(f"{agent}-phone"),
            project_id=ProjectId("p"),
            client_id=ClientId("c"),
            decision_id=DecisionId(f"{call}-1"),
            level=2,
            pass_after=pass_after,
            attempt=1,
            wrap_up_limit_ms=30_000,
            wrap_up_extension_ms=0,
            wrap_up_codes=(),
        )
        return self.write(event, call=call, agent=agent)

    def released(self, call: str, agent: str, *, has_talked: bool = True) -> Envelope:
        event = AgentReleased(call_id=CallId(call), agent_id=AgentId(agent), reason=ReleaseReason.TALKED, has_talked=has_talked)
        return self.write(event, call=call, agent=agent)

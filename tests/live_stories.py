"""What a test wants to happen on the played floor, beside what happens there by chance."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from telephony import events as ev
from telephony.callback import CallbackAgreed, CallbackOffered, CallbackRested
from telephony.causes import HangupCause, ReleaseReason
from telephony.dialling import DialPermitted, DialPurpose
from telephony.emergencies import EmergencyDialled
from telephony.events import Envelope, NumberFacts
from telephony.identifiers import SECOND, AgentId, CallId, Instant, LegId, PartyId, leg_id
from tests.live_floor import PlayedFloor, Waiting, released, reserved

PROMISED = NumberFacts(number_class="mobile", country="DE", masked="+49 171 *** 23", metadata_version="1")


@dataclass
class StoryFloor(PlayedFloor):
    """A floor on which things happen that a test asks for."""

    promised: Waiting = field(init=False)

    def come_and_ring(self, agent_id: AgentId) -> list[Envelope]:
        """An agent who is not on duty comes, and the phone rings for a call."""
        self._come(agent_id)
        call_id, project_id = CallId(f"rings-{agent_id}"), min(self.centre.agents[agent_id].certificates)
        self.say(reserved(self.centre, call_id, agent_id, project_id), call_id, agent_id)
        leg = leg_id(call_id, "agent", 1)
        self.say(ev.AgentAlerted(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
        return self.take()

    def come_and_miss_three(self, agent_id: AgentId) -> list[Envelope]:
        """An agent who is not on duty comes, and misses so many offers that the service sets a pause."""
        self._come(agent_id)
        project_id = min(self.centre.agents[agent_id].certificates)
        for number in range(3):
            call_id = CallId(f"missed-{agent_id}-{number}")
            self.say(reserved(self.centre, call_id, agent_id, project_id), call_id, agent_id)
            self.say(released(call_id, agent_id, ReleaseReason.NO_ANSWER), call_id, agent_id)
        return self.take()

    def promise(self) -> list[Envelope]:
        """A caller waits, is asked, and hangs up with the promise to be called back."""
        self.arrive()
        self.promised = self.waiting.pop()
        call_id = self.promised.call_id
        self.say(
            CallbackOffered(call_id=call_id, before=(), party_id=None, number=None, after=(), language="de", attempt=1), call_id
        )
        self.say(
            CallbackAgreed(
                call_id=call_id,
                party_id=PartyId("promised"),
                number=PROMISED,
                attempts=3,
                retry_ms=900_000,
                expires_at=Instant(self.at + 86_400 * SECOND),
            ),
            call_id,
        )
        self.say(ev.LegHungUp(leg_id=LegId(f"caller-{call_id}"), cause=HangupCause.NORMAL, by_phone=True), call_id)
        return self.take()

    def rest(self, seconds: int) -> list[Envelope]:
        """Nobody is rung for the promise for so long."""
        until_at = Instant(self.at + seconds * SECOND)
        call_id = self.promised.call_id
        self.say(CallbackRested(call_id=call_id, until_at=until_at, attempts=1), call_id)
        return self.take()

    def call_back(self, agent_id: AgentId) -> Iterator[list[Envelope]]:
        """The agent is rung, is dialled for, rings there, and speaks with who waited: one step at a time."""
        call_id, project_id = self.promised.call_id, self.promised.project_id
        leg, callee = leg_id(call_id, "agent", 1), leg_id(call_id, "callee", 1)
        self.say(ev.CallQueuedAgain(call_id=call_id, goes_first=True), call_id)
        self._come(agent_id)
        self.say(reserved(self.centre, call_id, agent_id, project_id), call_id, agent_id)
        self.say(ev.AgentAlerted(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
        yield self.take()
        self.say(ev.LegAnswered(leg_id=leg), call_id)
        self.say(
            DialPermitted(
                call_id=call_id,
                leg_id=callee,
                party_id=PartyId("promised"),
                purpose=DialPurpose.CALLBACK,
                agent_id=agent_id,
                number=PROMISED,
                shown="+49301234",
                right_id="right",
                rules_version="1",
                revision=1,
                ring_limit_ms=25_000,
                max_duration_ms=3_600_000,
                rate_micros=0,
                cost_limit_micros=0,
            ),
            call_id,
        )
        yield self.take()
        self.say(ev.LegRinging(leg_id=callee), call_id)
        yield self.take()
        self.say(ev.LegAnswered(leg_id=callee), call_id)
        self.say(ev.AgentConnected(call_id=call_id, agent_id=agent_id, leg_id=leg), call_id, agent_id)
        yield self.take()

    def _come(self, agent_id: AgentId) -> None:
        endpoint = self.centre.agents[agent_id].endpoint_id
        assert endpoint is not None
        self.say(ev.LogInRequested(agent_id=agent_id, endpoint_id=endpoint), agent_id=agent_id)

    def dial_emergency(self, agent_id: AgentId) -> list[Envelope]:
        """The agent's phone calls a control room."""
        endpoint = self.centre.agents[agent_id].endpoint_id
        assert endpoint is not None
        leg = LegId(f"emergency-{agent_id}")
        self.say(EmergencyDialled(leg_id=leg, endpoint_id=endpoint, number="112", dialled_by=agent_id))
        return self.take()

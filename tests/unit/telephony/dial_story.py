"""An agent who calls somebody by hand, step by step, and all the events of it as the journal would have them."""

from routing.outbound.rules import ProjectOutbound
from telephony.call.model import Call
from telephony.causes import EndReason
from telephony.commands import PlayTone
from telephony.dialling import DialPermitted, DialReference, DialRefused, DialRequested, NumberDialled
from telephony.engine.arrival import TurnResult
from telephony.events import CallEnded, Envelope, Event, LegAnswered, LegJoined, LegRinging, NumberFacts
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, PartyId, ProjectId, SwitchName, uuid7
from tests.unit.telephony.callback_story import PERMIT
from tests.unit.telephony.scene import NORD, SWITCH, Scene, a_directory

PHONE = LegId("phone-leg")
CALLEE = NumberFacts(number_class="mobile", country="DE", masked="+49 171 •••", metadata_version="1")


class Dialled(Scene):
    """Anna and Ben are on duty for a project that calls people; `wants` is an agent's wish."""

    def __init__(self, *agents: str, outbound: ProjectOutbound | None = ProjectOutbound(), **project: object) -> None:  # noqa: B008
        self.journal: list[Envelope] = []
        super().__init__(a_directory("anna", "ben", outbound=outbound, wrap_up_limit_ms=60_000, **project))
        self.on_duty(*(agents or ("anna",)))
        self.call_id = CallId(uuid7(self.now, 77))

    def happens(self, event: Event, *, switch: SwitchName = SWITCH) -> TurnResult:
        result = super().happens(event, switch=switch)
        self.journal += result.envelopes
        return result

    def wants(self, agent: str = "anna", project: ProjectId = NORD, call_id: CallId | None = None) -> "Dialled":
        self.happens(
            DialRequested(
                agent_id=AgentId(agent),
                call_id=call_id or self.call_id,
                project_id=project,
                party_id=PartyId("customer"),
                number=CALLEE,
                reference=DialReference(kind="task", id="t1"),
            )
        )
        return self

    def phone_dials(self, dial_code: str | None = None) -> "Dialled":
        """Anna's own phone dials the customer's number."""
        self.happens(
            NumberDialled(
                leg_id=PHONE,
                endpoint_id=EndpointId("phone-anna"),
                party_id=PartyId("customer"),
                number=CALLEE,
                dial_code=dial_code,
            )
        )
        return self

    def heard(self) -> str | None:
        """What is played to the agent before the leg ends."""
        (tone,) = [command for command in self.commands if isinstance(command, PlayTone)]
        return tone.sound

    @property
    def call(self) -> Call:
        return self.turn.calls[self.call_id]

    @property
    def callee(self) -> LegId:
        return LegId(f"{self.call_id}.callee.1")

    def state_of(self, agent: str = "anna") -> str:
        return self.turn.agents[AgentId(agent)].state.value

    def agent_takes(self) -> "Dialled":
        self.happens(LegRinging(leg_id=self.leg(self.call_id)))
        self.happens(LegAnswered(leg_id=self.leg(self.call_id)))
        return self

    def desk_permits(self) -> "Dialled":
        dial = self.call.dial
        assert dial is not None
        asked = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
        self.happens(DialPermitted(call_id=self.call_id, **asked, **PERMIT))
        return self

    def desk_refuses(self, code: str) -> "Dialled":
        dial = self.call.dial
        assert dial is not None
        asked = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
        self.happens(DialRefused(call_id=self.call_id, **asked, code=code))
        return self

    def callee_answers(self) -> "Dialled":
        self.happens(LegRinging(leg_id=self.callee))
        self.happens(LegAnswered(leg_id=self.callee))
        for leg in (self.leg(self.call_id), self.callee):
            self.happens(LegJoined(leg_id=leg, bridge_id=self.call.bridge_id))
        return self

    def talks(self) -> "Dialled":
        return self.wants().agent_takes().desk_permits().callee_answers()

    def agent_gone(self) -> "Dialled":
        self.hangs_up(self.leg(self.call_id), by_phone=False)
        return self

    def ended_as(self) -> EndReason:
        (ended,) = [envelope.event for envelope in self.journal if isinstance(envelope.event, CallEnded)]
        assert self.call_id not in self.turn.calls
        return ended.end_reason

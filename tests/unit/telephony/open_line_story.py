"""An agent who keeps a line open, step by step: Anna may, and her phone is on the line between her calls."""

from dataclasses import replace

from telephony.agent.open_line import OpenLine
from telephony.events import LegAnswered, LegJoined, LegLeft, LegRinging
from telephony.identifiers import AgentId, BridgeId, LegId
from telephony.open_lines import LineBegun, LineOpenRequested
from tests.unit.telephony.dial_story import Dialled

ANNA = AgentId("anna")


class OnTheLine(Dialled):
    """Anna and Ben are on duty; Anna may keep a line open."""

    def __init__(self, *agents: str, **project: object) -> None:
        super().__init__(*agents, **project)  # type: ignore[arg-type]
        directory = self.turn.directory
        anna = replace(directory.agents[ANNA], keeps_line=True)
        self.turn.use(replace(directory, revision=2, agents={**directory.agents, ANNA: anna}))

    @property
    def line(self) -> OpenLine | None:
        """Anna's."""
        agent = self.turn.agents.get(ANNA)
        return None if agent is None else agent.line

    @property
    def line_leg(self) -> LegId:
        (begun, *_) = [e.event for e in reversed(self.journal) if isinstance(e.event, LineBegun)]
        return begun.leg_id

    @property
    def home(self) -> BridgeId:
        return BridgeId(self.line_leg.replace(".line.1", ".bridge"))

    def asks(self) -> "OnTheLine":
        self.happens(LineOpenRequested(agent_id=ANNA, by="anna"))
        return self

    def opens(self) -> "OnTheLine":
        """Her line is up, and in its own bridge."""
        self.asks()
        self.happens(LegRinging(leg_id=self.line_leg))
        self.happens(LegAnswered(leg_id=self.line_leg))
        self.happens(LegJoined(leg_id=self.line_leg, bridge_id=self.home))
        return self

    def comes_to_call(self) -> "OnTheLine":
        """The switch has put the line into the call's bridge."""
        self.happens(LegLeft(leg_id=self.line_leg, bridge_id=self.home))
        self.happens(LegJoined(leg_id=self.line_leg, bridge_id=self.call.bridge_id))
        return self

    def talks(self) -> "OnTheLine":
        """She has called somebody by it, who has answered."""
        self.wants()
        self.comes_to_call().desk_permits()
        self.happens(LegRinging(leg_id=self.callee))
        self.happens(LegAnswered(leg_id=self.callee))
        self.happens(LegJoined(leg_id=self.callee, bridge_id=self.call.bridge_id))
        return self

    def comes_home(self) -> "OnTheLine":
        """The switch has put the line back into its own bridge."""
        bridge_id = BridgeId(f"{self.call_id}.bridge")
        self.happens(LegLeft(leg_id=self.line_leg, bridge_id=bridge_id))
        self.happens(LegJoined(leg_id=self.line_leg, bridge_id=self.home))
        return self

    def callee_hangs_up(self) -> "OnTheLine":
        self.happens(LegLeft(leg_id=self.callee, bridge_id=self.call.bridge_id))
        self.hangs_up(self.callee)
        return self

    def phone_hangs_up(self, *, by_phone: bool = True) -> "OnTheLine":
        self.hangs_up(self.line_leg, by_phone=by_phone)
        return self

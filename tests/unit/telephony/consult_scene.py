"""A scene with a colleague beside the agent: the switch does what it is told about bridges."""

from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.commands import Command, JoinBridge, StartMusic, StopMusic
from telephony.events import CallRequest, LegAnswered, LegJoined, LegLeft, LegRinging
from telephony.identifiers import AgentId, LegId
from telephony.transfers import ConferenceRequested, ConsultRequested, SwapRequested
from tests.unit.telephony.scene import Scene

ANNA, BEN = AgentId("anna"), AgentId("ben")


class Consult(Scene):
    """Anna talks with a caller, Ben is free."""

    def __init__(self) -> None:
        super().__init__()
        self.on_duty("anna")
        self.call_id = self.a_caller()
        self.answers(self.call_id)
        self.on_duty("ben")

    @property
    def annas(self) -> LegId:
        return self.leg(self.call_id, 1)

    @property
    def bens(self) -> LegId:
        return self.leg(self.call_id, 2)

    @property
    def callers(self) -> LegId:
        return LegId("caller")

    @property
    def state(self) -> CallState:
        return self.turn.calls[self.call_id].state

    def asks(self, kind: type[CallRequest], agent: AgentId = ANNA) -> None:
        """The request; the switch then does what it was told about bridges."""
        self.happens(kind(call_id=self.call_id, agent_id=agent))
        self.obeys()

    def obeys(self) -> None:
        """Everybody is where the last turn's commands say."""
        commands, events, refusal = self.commands, self.events, self.refusal
        for command in commands:
            for leg_id in command.leg_ids if isinstance(command, JoinBridge) else ():
                call = self.turn.calls.get(self.call_id)
                leg = None if call is None else call.leg(leg_id)
                if leg is not None and leg.bridge_id is not None:
                    self.happens(LegLeft(leg_id=leg_id, bridge_id=leg.bridge_id))
                self.happens(LegJoined(leg_id=leg_id, bridge_id=command.bridge_id))
        self.commands, self.events, self.refusal = commands, events, refusal

    def consult(self) -> None:
        self.happens(ConsultRequested(call_id=self.call_id, agent_id=ANNA, to_agent_id=BEN))
        self.obeys()

    def bens_phone_rings(self) -> None:
        self.happens(LegRinging(leg_id=self.bens))

    def ben_answers(self) -> None:
        self.bens_phone_rings()
        self.happens(LegAnswered(leg_id=self.bens))
        self.obeys()

    def consulting(self) -> "Consult":
        self.consult()
        self.ben_answers()
        return self

    def swapped(self) -> "Consult":
        self.consulting().asks(SwapRequested)
        return self

    def conference(self) -> "Consult":
        self.consulting().asks(ConferenceRequested)
        return self

    def legs_gone(self) -> None:
        """All legs that we asked to end have ended."""
        call = self.turn.calls.get(self.call_id)
        for leg in () if call is None else call.legs():
            if leg.state == "ending":
                self.hangs_up(leg.leg_id, by_phone=False)

    def together(self) -> dict[str, list[LegId]]:
        """Who is in which bridge, as the call knows it."""
        found: dict[str, list[LegId]] = {}
        call = self.turn.calls[self.call_id]
        for leg in call.legs():
            if leg.bridge_id is not None and leg.state == "up":
                found.setdefault(leg.bridge_id.partition(".")[2], []).append(leg.leg_id)
        return found

    def of(self, agent_id: AgentId) -> AgentState:
        agent = self.turn.agents.get(agent_id)
        return AgentState.LOGGED_OUT if agent is None else agent.state


def music(commands: list[Command]) -> list[tuple[str, LegId]]:
    return [(type(c).__name__, c.leg_id) for c in commands if isinstance(c, StartMusic | StopMusic)]

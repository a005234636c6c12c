"""An agent and a caller who talk, and a supervisor who wants to listen: what the switch tells, and what it was told."""

from telephony.agent.model import AgentRules
from telephony.commands import Command
from telephony.engine.arrival import TurnResult
from telephony.engine.turn import Turn
from telephony.events import EndpointChanged, Envelope, Event, SwitchConnected
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, leg_id
from telephony.order_segments import ConsentPurpose, ConsentWords
from telephony.overhearing import (
    EarClosed,
    EarEnded,
    EarHears,
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningRevoked,
    ListenMode,
    ListenRequested,
)
from tests.unit.telephony.scene import SWITCH, Scene, a_directory

ANNA = AgentId("anna")
SUE = "sue"
WORDS = ConsentWords(language="de", version=3, sha256="ab" * 32, purpose=ConsentPurpose.LISTENING)
PHONE = EndpointId("phone-sue")
"""Of a supervisor, who is on no duty with it."""


class Overheard(Scene):
    """Anna talks with a caller; `number` is the listener that is told of."""

    def __init__(self) -> None:
        self.journal: list[Envelope] = []
        self.told: list[Event] = []
        self.given: list[Command] = []
        super().__init__(a_directory("anna", "ben", "sue"))
        self.on_duty("anna", "ben")
        self.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=True))
        self.call_id: CallId = self.a_caller()
        self.answers(self.call_id)
        self.number = 1

    @property
    def ear_id(self) -> LegId:
        return leg_id(self.call_id, "ear", self.number)

    @property
    def closed(self) -> list[EarClosed]:
        return [each for each in self.told if isinstance(each, EarClosed)]

    def happens(self, event: Event, **where: object) -> TurnResult:
        result = super().happens(event, **where)  # type: ignore[arg-type]
        self.journal += result.envelopes
        self.told += self.events
        self.given += self.commands
        return result

    def ask(self, agent: AgentId = ANNA) -> TurnResult:
        return self.happens(ListeningAsked(call_id=self.call_id, agent_id=agent, words=WORDS))

    def agree(self) -> TurnResult:
        return self.happens(ListeningAgreed(call_id=self.call_id, agent_id=ANNA))

    def decline(self) -> TurnResult:
        return self.happens(ListeningDeclined(call_id=self.call_id, agent_id=ANNA))

    def revoke(self) -> TurnResult:
        return self.happens(ListeningRevoked(call_id=self.call_id, agent_id=ANNA))

    def listen(self, mode: ListenMode = ListenMode.LISTEN, endpoint: EndpointId = PHONE) -> TurnResult:
        wanted = ListenRequested(call_id=self.call_id, agent_id=None, by=SUE, endpoint_id=endpoint, mode=mode, reason="training")
        return self.happens(wanted)

    def ends(self) -> TurnResult:
        return self.happens(ListenEndRequested(call_id=self.call_id, agent_id=None, by=SUE))

    def hears(self) -> TurnResult:
        return self.happens(EarHears(leg_id=self.ear_id))

    def ended(self) -> TurnResult:
        return self.happens(EarEnded(leg_id=self.ear_id))

    def come_to(self, state: str) -> "Overheard":
        """As far as that: asked, agreed, calling (the supervisor's phone rings), hearing."""
        for name, act in (("asked", self.ask), ("agreed", self.agree), ("calling", self.listen), ("hearing", self.hears)):
            act()
            if name == state:
                break
        return self

    def dies_and_starts_again(self) -> None:
        """The service is killed; the next one has read the journal, and meets the switch as it was."""
        self.turn = self.restarted()
        self.happens(SwitchConnected(switch=SWITCH, boot_id="1"))

    def restarted(self) -> Turn:
        """What the journal alone makes of it."""
        turn = Turn(directory=a_directory("anna", "ben", "sue"), rules=AgentRules(), ids=self.ids, next_seq=len(self.journal) + 1)
        turn.restore(self.journal)
        return turn

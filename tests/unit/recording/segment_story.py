"""An agent and a caller who talk, what the switch tells of their recordings, and what it was told."""

from collections.abc import Sequence

from telephony.agent.model import AgentRules
from telephony.commands import Command
from telephony.engine.arrival import TurnResult
from telephony.engine.turn import Turn
from telephony.events import Envelope, Event, SwitchConnected
from telephony.identifiers import AgentId, CallId, LegId, SegmentId, segment_id
from telephony.order_segments import (
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentStopRequested,
)
from telephony.segments import (
    Direction,
    DiscardSegment,
    MaskSegment,
    SegmentEnded,
    SegmentFaulted,
    SegmentFile,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    SignGiven,
    StartSegment,
    StopSegment,
)
from tests.unit.telephony.scene import SWITCH, Scene, a_directory

WORDS = ConsentWords(language="de", version=3, sha256="ab" * 32)
ORDER = "order-1"
ANNA = AgentId("anna")


def files_of(segment: SegmentId) -> tuple[SegmentFile, ...]:
    return tuple(SegmentFile(direction=way, name=f"{segment}-{way}.wav", size_bytes=16_044) for way in Direction)


class Story(Scene):
    """Anna talks with a caller; `number` is the segment that is told of."""

    def __init__(self, **project: object) -> None:
        self.journal: list[Envelope] = []
        super().__init__(a_directory(**project))
        self.on_duty("anna", "ben")
        self.call_id: CallId = self.a_caller()
        self.answers(self.call_id)
        self.number = 1
        self.closed: list[SegmentClosed] = []
        self.told: list[Event] = []
        self.given: list[Command] = []

    @property
    def segment_id(self) -> SegmentId:
        return segment_id(self.call_id, self.number)

    @property
    def state(self) -> str | None:
        segment = self.turn.tapes.segments.get(self.call_id)
        return None if segment is None else segment.state.value

    @property
    def caller_leg(self) -> LegId:
        return self.turn.calls[self.call_id].caller.leg_id

    def happens(self, event: Event, **where: object) -> TurnResult:
        result = super().happens(event, **where)  # type: ignore[arg-type]
        self.journal += result.envelopes
        if hasattr(self, "closed"):
            self.closed += [each for each in self.events if isinstance(each, SegmentClosed)]
            self.told += self.events
            self.given += self.commands
        return result

    # -- what the agent does -------------------------------------------------------------------------------------------

    def ask(self, agent: AgentId = ANNA) -> TurnResult:
        return self.happens(RecordingAsked(call_id=self.call_id, agent_id=agent, words=WORDS, order_id=ORDER))

    def agree(self, agent: AgentId = ANNA) -> TurnResult:
        return self.happens(RecordingAgreed(call_id=self.call_id, agent_id=agent))

    def decline(self) -> TurnResult:
        return self.happens(RecordingDeclined(call_id=self.call_id, agent_id=ANNA))

    def revoke(self) -> TurnResult:
        return self.happens(RecordingRevoked(call_id=self.call_id, agent_id=ANNA))

    def mark(self, mark: SegmentMark) -> TurnResult:
        return self.happens(SegmentMarked(call_id=self.call_id, agent_id=ANNA, mark=mark))

    def mask(self, *, is_masked: bool = True) -> TurnResult:
        return self.happens(SegmentMaskRequested(call_id=self.call_id, agent_id=ANNA, is_masked=is_masked))

    def stop(self) -> TurnResult:
        return self.happens(SegmentStopRequested(call_id=self.call_id, agent_id=ANNA))

    # -- what the switch tells -----------------------------------------------------------------------------------------

    def proven(self) -> TurnResult:
        return self.happens(SegmentProven(leg_id=self.caller_leg, segment_id=self.segment_id))

    def ended(self, *, with_files: bool = True) -> TurnResult:
        files = files_of(self.segment_id) if with_files else ()
        return self.happens(SegmentEnded(leg_id=self.caller_leg, segment_id=self.segment_id, files=files))

    def faulted(self, trouble: SegmentTrouble = SegmentTrouble.STALLED) -> TurnResult:
        return self.happens(SegmentFaulted(leg_id=self.caller_leg, segment_id=self.segment_id, trouble=trouble))

    def masked(self, *, is_masked: bool = True) -> TurnResult:
        return self.happens(SegmentMasked(leg_id=self.caller_leg, segment_id=self.segment_id, is_masked=is_masked))

    def sign_over(self, number: int, *, is_whole: bool = True) -> TurnResult:
        given = SignGiven(leg_id=self.caller_leg, segment_id=self.segment_id, number=number, is_whole=is_whole)
        return self.happens(given)

    def dies_and_starts_again(self) -> None:
        """The service is killed; the next one has read the journal, and meets the switch as it was."""
        self.turn = Turn(directory=a_directory(), rules=AgentRules(), ids=self.ids, next_seq=len(self.journal) + 1)
        self.turn.restore(self.journal)
        self.happens(SwitchConnected(switch=SWITCH, boot_id="1"))

    # -- how far it has come ---------------------------------------------------------------------------------------------

    def come_to(self, state: str) -> "Story":
        """As far as that state, by the way that is meant."""
        ways = {
            "asked": self.ask,
            "starting": self.agree,
            "recording": self.proven,
            "consent_on_tape": lambda: self.mark(SegmentMark.CONSENT),
            "content": lambda: self.mark(SegmentMark.IDENTITY),
            "closing": self.stop,
        }
        for name, way in ways.items():
            way()
            if name == state:
                break
        assert self.state == state
        return self

    def orders(
        self, of: type[Command] | Sequence[type[Command]] = (StartSegment, StopSegment, MaskSegment, DiscardSegment)
    ) -> list[str]:
        """What the switch was last told of recording."""
        kinds = (of,) if isinstance(of, type) else tuple(of)
        return [type(command).__name__ for command in self.commands if isinstance(command, kinds)]

    @property
    def verdict(self) -> tuple[str, str] | None:
        """What the last segment amounted to, and why it ended."""
        return (self.closed[-1].verdict.value, self.closed[-1].reason.value) if self.closed else None

"""A caller of a project that samples its calls: what was drawn, asked, answered, and what the switch was told of it."""

from collections.abc import Mapping

from recording.sampling import SeedOfDay
from routing.directory import Directory
from routing.sampling import SamplingRules
from telephony.agent.model import AgentRules
from telephony.commands import Command
from telephony.engine.arrival import TurnResult
from telephony.engine.sampling import DAY, SampleText, SamplingBasis, Taken
from telephony.engine.turn import Turn
from telephony.events import Envelope, Event, LegPressedKey
from telephony.identifiers import CallId, Instant, segment_id
from telephony.order_segments import ConsentPurpose, ConsentWords, SegmentClosed
from telephony.segments import DiscardSegment, SegmentEnded, SegmentProven, StartSegment, StopSegment
from tests.unit.recording.segment_story import files_of
from tests.unit.telephony.scene import NORD, Scene, a_directory

WORDS = ConsentWords(language="de", version=2, sha256="cd" * 32, purpose=ConsentPurpose.QUALITY_SAMPLE)
TEXTS = {(NORD, "de"): SampleText(words=WORDS, prompt="fernamt/sample")}
RULES = SamplingRules(rate_permille=1_000)


def a_sampled_centre(rules: SamplingRules | None = RULES, **project: object) -> Directory:
    return a_directory("anna", "ben", answers_early=True, sampling=rules, **project)


class SampleStory(Scene):
    """One call of it at a time."""

    def __init__(self, rules: SamplingRules | None = RULES, seed: bytes = bytes(32), **project: object) -> None:
        self.directory = a_sampled_centre(rules, **project)
        self.journal: list[Envelope] = []
        self.told: list[Event] = []
        self.given: list[Command] = []
        super().__init__(self.directory)
        self.seed = seed
        self.call_id = CallId("")
        self.knows()

    def knows(self, *, texts: Mapping[object, SampleText] = TEXTS, taken: Taken | None = None) -> "SampleStory":  # type: ignore[assignment]
        begins_at = Instant(self.now - self.now % DAY)
        day = SeedOfDay(day="2027-01-15", begins_at=begins_at, ends_at=Instant(begins_at + DAY), seed=self.seed)
        self.turn.samples.use(SamplingBasis(days=(day,), texts=texts), taken or {})  # type: ignore[arg-type]
        return self

    def happens(self, event: Event, **where: object) -> TurnResult:
        result = super().happens(event, **where)  # type: ignore[arg-type]
        self.journal += result.envelopes
        self.told += self.events
        self.given += self.commands
        return result

    def calls_in(self, name: str = "caller") -> "SampleStory":
        self.call_id = self.a_caller(name)
        return self

    def presses(self, key: str) -> "SampleStory":
        self.happens(LegPressedKey(leg_id=self.turn.calls[self.call_id].caller.leg_id, key=key))
        return self

    def talks(self, number: int = 1) -> "SampleStory":
        self.answers(self.call_id, number)
        return self

    def agrees_and_talks(self) -> "SampleStory":
        self.on_duty("anna")
        return self.calls_in().presses("1").talks()

    def proven(self, number: int = 1) -> "SampleStory":
        leg = self.turn.calls[self.call_id].caller.leg_id
        self.happens(SegmentProven(leg_id=leg, segment_id=segment_id(self.call_id, number)))
        return self

    def ended(self, number: int = 1) -> "SampleStory":
        leg, segment = self.turn.calls[self.call_id].caller.leg_id, segment_id(self.call_id, number)
        self.happens(SegmentEnded(leg_id=leg, segment_id=segment, files=files_of(segment)))
        return self

    def starts(self) -> "SampleStory":
        """The service is killed; the next one has read the journal, and knows what draws rest on."""
        self.turn = self.restarted()
        return self.knows()

    def restarted(self) -> Turn:
        """What the journal alone makes of it."""
        turn = Turn(directory=self.directory, rules=AgentRules(), ids=self.ids, next_seq=len(self.journal) + 1)
        turn.restore(self.journal)
        return turn

    @property
    def state(self) -> str | None:
        sample = self.turn.samples.calls.get(self.call_id)
        return None if sample is None else sample.state.value

    @property
    def said(self) -> list[str]:
        """What was journaled of sampling and recording."""
        return [type(each).__name__ for each in self.told if type(each).__name__.startswith(("Sample", "Segment", "Recording"))]

    @property
    def orders(self) -> list[str]:
        """What the switch was told of recording."""
        return [type(each).__name__ for each in self.given if isinstance(each, StartSegment | StopSegment | DiscardSegment)]

    @property
    def closed(self) -> list[tuple[str, str]]:
        return [(each.verdict.value, each.reason.value) for each in self.told if isinstance(each, SegmentClosed)]

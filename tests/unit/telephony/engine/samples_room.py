"""A call whose samples are looked at word by word: what is told of it, and what is concluded."""

from dataclasses import dataclass, field
from dataclasses import replace as with_other

from msgspec.structs import replace

from recording.sample import Sample
from recording.sampling import SeedOfDay, commitment_of
from routing.directory import Directory
from routing.sampling import AskedBy, SamplingRules
from telephony.call.model import Call, CallState
from telephony.engine.sampling import Samples, SampleText, SamplingBasis
from telephony.engine.taping import Tapes
from telephony.events import Envelope, Event, LegPressedKey
from telephony.identifiers import MS, AgentId, CallId, EventId, Instant, ProjectId, segment_id
from telephony.order_segments import (
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentVerdict,
    StopReason,
)
from telephony.samples import (
    SampleAnswer,
    SampleAnswered,
    SampleAsked,
    SampleBegun,
    SampleDrawn,
    SampleWithdrawn,
)
from tests.unit.recording.segment_story import ANNA
from tests.unit.recording.segment_story import WORDS as ORDER_WORDS
from tests.unit.telephony.engine.reach import There
from tests.unit.telephony.sample_story import RULES, WORDS, SampleStory, a_sampled_centre
from tests.unit.telephony.scene import NORD

BEN = AgentId("ben")
STORY = SampleStory(None).calls_in()
CALL_ID = STORY.call_id
QUEUED = STORY.turn.calls[CALL_ID]
STORY.on_duty("anna")
TALK = STORY.talks().turn.calls[CALL_ID]
OFFERED = replace(QUEUED, state=CallState.OFFERED)
assert TALK.terms is not None
ELSEWHERE = replace(TALK, terms=replace(TALK.terms, project_id=ProjectId("another")))
"""With the same agent, in a project that samples its calls alike."""
ONE, TWO = segment_id(CALL_ID, 1), segment_id(CALL_ID, 2)

NOW = Instant(1_800_000_000_000_000)
TODAY = SeedOfDay(day="2027-01-15", begins_at=Instant(NOW - 1_000), ends_at=Instant(NOW + 1_000), seed=bytes(32))
TEXT = SampleText(words=WORDS, prompt="fernamt/sample")
TEXTS = {(NORD, "de"): TEXT}
BASIS = SamplingBasis(days=(TODAY,), texts=TEXTS)
BY_AGENT = SamplingRules(rate_permille=1_000, asked_by=AskedBy.AGENT)

DRAWN = SampleDrawn(
    call_id=CALL_ID,
    project_id=NORD,
    day="2027-01-15",
    seed_sha256=commitment_of("2027-01-15", bytes(32)).seed_sha256,
    rate_permille=1_000,
    is_drawn=True,
)
QUESTION = SampleAsked(call_id=CALL_ID, words=WORDS, sounds=("fernamt/sample",), language="de")
YES = SampleAnswered(call_id=CALL_ID, answer=SampleAnswer.YES)
ASKED = RecordingAsked(call_id=CALL_ID, agent_id=ANNA, words=WORDS, order_id="")
AGREED = RecordingAgreed(call_id=CALL_ID, agent_id=ANNA)
DECLINED = RecordingDeclined(call_id=CALL_ID, agent_id=ANNA)
REVOKED = RecordingRevoked(call_id=CALL_ID, agent_id=ANNA)
WITHDRAWN = SampleWithdrawn(call_id=CALL_ID)
KEY = LegPressedKey(leg_id=QUEUED.caller.leg_id, key="9")


def begun(segment: int = 1, longest_ms: int = 900_000) -> SampleBegun:
    return SampleBegun(
        call_id=CALL_ID,
        agent_id=ANNA,
        project_id=NORD,
        segment_id=segment_id(CALL_ID, segment),
        words=WORDS,
        longest_ms=longest_ms,
    )


def closed(reason: StopReason = StopReason.APART, segment: int = 1, words: object = WORDS) -> SegmentClosed:
    return SegmentClosed(
        call_id=CALL_ID,
        agent_id=ANNA,
        segment_id=segment_id(CALL_ID, segment),
        order_id="",
        words=words,  # type: ignore[arg-type]
        verdict=SegmentVerdict.COMPLETE,
        reason=reason,
    )


def told(event: Event, after: int = 0, *, agent_id: AgentId | None = None) -> Envelope:
    at = Instant(NOW + after * MS)
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=CALL_ID, agent_id=agent_id)


@dataclass
class Turn:
    """What of a turn the samples look at: one call, and its segments."""

    directory: Directory = field(default_factory=a_sampled_centre)
    calls: dict[CallId, Call] = field(default_factory=lambda: {CALL_ID: QUEUED})
    tapes: Tapes = field(default_factory=Tapes)
    index: There = field(default_factory=There)


class Room:
    """The samples of a turn; `basis` None: not looked up yet."""

    def __init__(
        self, *events: Event, rules: SamplingRules | None = RULES, call: Call = QUEUED, basis: SamplingBasis | None = BASIS
    ) -> None:
        self.turn = Turn(directory=a_sampled_centre(rules), calls={CALL_ID: call})
        self.samples = Samples(self.turn)
        if basis is not None:
            self.samples.use(basis, {})
        for event in events:
            self.hears(event)

    def hears(self, event: Event, after: int = 0) -> tuple[Event, ...]:
        return self.samples.heard(told(event, after))

    def concludes(self, now: Instant = NOW) -> list[Event]:
        return list(self.samples.conclude(now))

    def becomes(self, call: Call) -> "Room":
        before, self.turn.calls[CALL_ID] = self.turn.calls[CALL_ID], call
        self.samples.call_changed(before, call)
        return self

    def has_segment(self, *, is_sample: bool = True) -> "Room":
        """One that is asked for by the agent, or for an order."""
        asked = ASKED if is_sample else replace(ASKED, words=ORDER_WORDS)
        self.turn.tapes.begin(self.turn.calls[CALL_ID], told(asked), asked)
        return self

    def with_two_projects(self) -> "Room":
        """Another one is there beside the call's, with the same rules."""
        projects = self.turn.directory.projects
        another = with_other(projects[NORD], project_id=ProjectId("another"))
        self.turn.directory = with_other(self.turn.directory, projects={**projects, another.project_id: another})
        return self

    @property
    def sample(self) -> Sample:
        return self.samples.calls[CALL_ID]


def agreed(**more: object) -> Room:
    """A room in which the caller agreed before anybody talked."""
    return Room(DRAWN, QUESTION, YES, **more)  # type: ignore[arg-type]

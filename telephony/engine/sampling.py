"""Sampled calls of a turn: who is drawn, asked, recorded, and when nothing of a call is recorded any more.

Seeds, texts and what was recorded before come from outside. Without a seed for the day nobody is drawn, and nobody is recorded.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from recording import sample as samples
from recording.sample import Sample, SampleState
from recording.sampling import SeedOfDay, commitment_of, is_drawn
from routing.directory import Directory, Project
from routing.sampling import WITHDRAWAL_KEY, AskedBy, SamplingRules
from telephony.call.model import Call, CallState
from telephony.call.recording_guard import refusal_of_opening
from telephony.engine.handing import Reachability
from telephony.engine.taping import Tapes
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallRequest, Envelope, Event, LegPressedKey
from telephony.identifiers import MS, SECOND, AgentId, CallId, Instant, LegId, ProjectId, SegmentId
from telephony.order_segments import (
    ConsentPurpose,
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMarked,
    SegmentWithdrawn,
)
from telephony.samples import (
    PassReason,
    SampleAnswer,
    SampleAnswered,
    SampleAsked,
    SampleBegun,
    SampleDrawn,
    SamplePassed,
    SampleWithdrawn,
)
from telephony.segments import SegmentProven

DAY = 86_400 * SECOND
_NEW = (CallState.OFFERED, CallState.CHOOSING)
"""States out of which a call begins to wait."""
Taken = Mapping[tuple[AgentId, ProjectId], Mapping[CallId, Instant]]


class SampleText(msgspec.Struct, frozen=True, kw_only=True):
    """The text in force, and the sound that says it."""

    words: ConsentWords
    prompt: str | None = None


class SamplingBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What draws and questions rest on. Days are those whose seed's hash is published."""

    days: tuple[SeedOfDay, ...] = ()
    texts: Mapping[tuple[ProjectId, str], SampleText] = {}


class Known(Protocol):
    """What of a turn the samples look at."""

    directory: Directory
    calls: dict[CallId, Call]
    tapes: Tapes

    @property
    def index(self) -> Reachability: ...


class Samples:
    """The samples there are. Kept by the turn alone."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.basis: SamplingBasis | None = None
        """None until it was looked up: nothing is concluded of texts and counts that are not known yet."""
        self.calls: dict[CallId, Sample] = {}
        self._taken: dict[tuple[AgentId, ProjectId], dict[CallId, Instant]] = {}
        self._proven: dict[CallId, Instant] = {}
        self._marked: dict[CallId, None] = {}
        self._taken_back: dict[CallId, None] = {}

    def use(self, basis: SamplingBasis, taken: Taken) -> None:
        """Draws rest on this from here on; `taken` is what was recorded of whom before, and is counted beside what we know."""
        self.basis = basis
        for whose, calls in taken.items():
            self._taken.setdefault(whose, {}).update(calls)

    # -- what is asked and told ------------------------------------------------------------------------------------------

    def refusal_of(self, request: CallRequest) -> Refusal | None:
        """Why this cannot be asked of the recording; None where the machine may decide, or for another request."""
        sample = self.calls.get(request.call_id)
        is_asking = isinstance(request, RecordingAsked) and request.words.purpose is ConsentPurpose.QUALITY_SAMPLE
        if is_asking and (sample is None or not self._may_be_asked(sample, request)):
            return Refusal(code=RefusalCode.NOT_DRAWN, facts={"call": request.call_id})
        segment = self._known.tapes.segments.get(request.call_id)
        if isinstance(request, SegmentMarked) and segment is not None and segment.is_sample:
            return Refusal(code=RefusalCode.NOT_ASKED, facts={"call": request.call_id})
        is_theirs = sample is not None and sample.agent_id is not None and sample.agent_id == request.agent_id
        if isinstance(request, RecordingRevoked) and sample is not None and is_theirs and sample.may_be_taken_back:
            return None
        return self._known.tapes.refusal_of(request, self._known)

    def swallows(self, event: Event) -> bool:
        """A caller's key that takes their yes back: True for it, which says nothing to anybody else."""
        if not isinstance(event, LegPressedKey) or event.key != WITHDRAWAL_KEY:
            return False
        call_id = self._agreed_at(event.leg_id)
        if call_id is None:
            return False
        self._taken_back[call_id] = None
        return True

    def _agreed_at(self, leg_id: LegId) -> CallId | None:
        for call_id, sample in self.calls.items():
            call = self._known.calls.get(call_id)
            if sample.may_be_taken_back and call is not None and call.caller.leg_id == leg_id:
                return None if call.state in (CallState.CHOOSING, CallState.CONFIRMING) else call_id
        return None

    def call_changed(self, before: Call, after: Call) -> None:
        """A call that begins to wait is drawn in this turn; one that agreed is looked at whenever it changes."""
        may_begin_to_wait = before.state in _NEW and after.callee is None
        if may_begin_to_wait or after.call_id in self.calls:
            self._marked[after.call_id] = None

    def heard(self, envelope: Envelope) -> tuple[Event, ...]:
        """What the event makes of the call's sample, and what follows from it."""
        event, call_id = envelope.event, envelope.call_id
        if isinstance(event, SampleDrawn):
            if event.call_id in self._known.calls:
                self.calls[event.call_id] = samples.drawn(event)
                self._marked[event.call_id] = None
            return ()
        sample = None if call_id is None else self.calls.get(call_id)
        if sample is None:
            return ()
        self._marked[sample.call_id] = None
        after, concluded = self._after(sample, envelope)
        self.calls[sample.call_id] = after
        return concluded

    def _after(self, sample: Sample, envelope: Envelope) -> tuple[Sample, tuple[Event, ...]]:
        event = envelope.event
        if isinstance(event, RecordingRevoked | SampleWithdrawn):
            shredded = tuple(self._withdrawn(each, sample, envelope) for each in sample.taped)
            return samples.over(sample).without_tape(), shredded
        after = sample
        match event:
            case SampleAsked():
                after = samples.asked(sample, event.words)
            case SampleAnswered():
                after = samples.answered(sample, event.answer)
            case SampleBegun():
                self._count(event.agent_id, sample, envelope.received_at)
                after = samples.begun(sample, event)
            case SegmentClosed() if event.words.purpose is ConsentPurpose.QUALITY_SAMPLE:
                after = self._closed(sample, event, envelope)
            case SamplePassed():
                after = samples.over(sample)
            case _:
                after = self._by_agent(sample, envelope)
        return after, ()

    def _by_agent(self, sample: Sample, envelope: Envelope) -> Sample:
        """What the agent asked for it, and what the switch has proven of it."""
        segment, event = self._known.tapes.segments.get(sample.call_id), envelope.event
        if segment is None or not segment.is_sample:
            return sample
        match event:
            case RecordingAsked():
                return samples.asked(sample, event.words)
            case RecordingAgreed() if event.agent_id is not None:
                self._count(event.agent_id, sample, envelope.received_at)
                return samples.answered(sample, SampleAnswer.YES, event.agent_id)
            case RecordingDeclined():
                return samples.over(sample)
            case SegmentProven():
                self._proven[sample.call_id] = envelope.received_at
        return sample

    def _withdrawn(self, segment_id: SegmentId, sample: Sample, envelope: Envelope) -> SegmentWithdrawn:
        agent_id = sample.agent_id or envelope.agent_id
        if agent_id is None:
            raise AssertionError(f"the sample {sample.call_id} is recorded of no agent")
        return SegmentWithdrawn(call_id=sample.call_id, agent_id=agent_id, segment_id=segment_id)

    def _closed(self, sample: Sample, event: SegmentClosed, envelope: Envelope) -> Sample:
        proven_at = self._proven.pop(sample.call_id, envelope.received_at)
        recorded_ms = max(envelope.received_at - proven_at, 0) // MS
        if sample.state is SampleState.ASKED:  # the two were parted while they were asked
            return samples.over(sample)
        return samples.closed(sample, event, recorded_ms=recorded_ms, longest_ms=self._longest_ms(sample))

    def ended(self, call_id: CallId) -> None:
        """The call is over."""
        self.calls.pop(call_id, None)
        self._proven.pop(call_id, None)

    # -- what comes of it ------------------------------------------------------------------------------------------------

    @property
    def has_news(self) -> bool:
        """Whether any call is to be looked at."""
        return bool(self._marked or self._taken_back)

    def conclude(self, now: Instant) -> Iterator[Event]:
        """What is due of the calls that changed: a draw, a question, a recording, its end."""
        if not self.has_news:
            return
        taken_back, self._taken_back = self._taken_back, {}
        for call_id in taken_back:
            if call_id in self.calls:
                yield SampleWithdrawn(call_id=call_id)
        if self.basis is None:  # who was drawn before a start has their turn as soon as it is known; nobody is drawn meanwhile
            self._marked = {call_id: None for call_id in self._marked if call_id in self.calls}
            return
        marked, self._marked = self._marked, {}
        for call_id in marked:
            call, sample = self._known.calls.get(call_id), self.calls.get(call_id)
            if call is None or call_id in taken_back:
                continue
            yield from self._drawn(call, self.basis, now) if sample is None else self._due(call, sample, self.basis, now)

    def _drawn(self, call: Call, basis: SamplingBasis, now: Instant) -> Iterable[Event]:
        project = self._project(call)
        day = next((each for each in basis.days if each.begins_at <= now < each.ends_at), None)
        if call.state is not CallState.QUEUED or project is None or project.sampling is None or day is None:
            return
        rules = project.sampling
        yield SampleDrawn(
            call_id=call.call_id,
            project_id=project.project_id,
            day=day.day,
            seed_sha256=commitment_of(day.day, day.seed).seed_sha256,
            rate_permille=rules.rate_permille,
            is_drawn=is_drawn(day.seed, call.call_id, rules.rate_permille),
        )

    def _due(self, call: Call, sample: Sample, basis: SamplingBasis, now: Instant) -> Iterable[Event]:
        project = self._project(call)
        if project is None or project.sampling is None:
            return ()
        rules, is_other = project.sampling, project.project_id != sample.project_id
        if sample.state is SampleState.DRAWN and call.state is CallState.QUEUED:
            return self._question(call, project, rules, basis)
        return () if is_other or call.bond is None else self._recording(call, sample, rules, call.bond.agent_id, now)

    def _recording(self, call: Call, sample: Sample, rules: SamplingRules, agent_id: AgentId, now: Instant) -> Iterable[Event]:
        there = self._known.tapes.segments.get(call.call_id)
        if there is not None or not sample.is_open_to(agent_id) or refusal_of_opening(call, agent_id) is not None:
            return ()
        if not self._known.index.is_connected(call.switch):
            self._marked[call.call_id] = None  # looked at again when its switch is there
            return ()
        if sample.agent_id is None and self._is_capped(agent_id, sample, rules, now):
            return (SamplePassed(call_id=call.call_id, reason=PassReason.CAP, agent_id=agent_id),)
        return self._begun(call, sample, agent_id)

    def _question(self, call: Call, project: Project, rules: SamplingRules, basis: SamplingBasis) -> Iterable[Event]:
        language = call.demand.language or project.language
        text = basis.texts.get((project.project_id, language))
        if text is not None and rules.asked_by is not AskedBy.KEY:
            return ()
        if text is None or text.prompt is None:
            return (SamplePassed(call_id=call.call_id, reason=PassReason.NO_TEXT),)
        return (SampleAsked(call_id=call.call_id, words=text.words, sounds=(text.prompt,), language=language),)

    def _begun(self, call: Call, sample: Sample, agent_id: AgentId) -> Iterable[Event]:
        if sample.words is None:
            return
        yield SampleBegun(
            call_id=call.call_id,
            agent_id=agent_id,
            project_id=sample.project_id,
            segment_id=self._known.tapes.next_id(call.call_id),
            words=sample.words,
            longest_ms=self._longest_ms(sample) - sample.recorded_ms,
        )

    # -- parts -----------------------------------------------------------------------------------------------------------

    def _count(self, agent_id: AgentId, sample: Sample, at: Instant) -> None:
        self._taken.setdefault((agent_id, sample.project_id), {}).setdefault(sample.call_id, at)

    def _is_capped(self, agent_id: AgentId, sample: Sample, rules: SamplingRules, now: Instant) -> bool:
        if rules.agent_cap is None:
            return False
        since = now - rules.cap_days * DAY
        taken = self._taken.get((agent_id, sample.project_id), {})
        return sum(at > since for at in taken.values()) >= rules.agent_cap

    def _longest_ms(self, sample: Sample) -> int:
        project = self._known.directory.projects.get(sample.project_id)
        return 0 if project is None or project.sampling is None else project.sampling.longest_ms

    def _may_be_asked(self, sample: Sample, request: CallRequest) -> bool:
        """Whether the agent may ask: the call was drawn, and is still its project's, where agents ask."""
        call = self._known.calls.get(sample.call_id)
        rules = None if call is None else self._rules(call)
        is_open = sample.state in (SampleState.DRAWN, SampleState.ASKED) and request.agent_id is not None
        is_here = call is not None and call.terms is not None and call.terms.project_id == sample.project_id
        return is_open and is_here and rules is not None and rules.asked_by is AskedBy.AGENT

    def _project(self, call: Call) -> Project | None:
        return None if call.terms is None else self._known.directory.projects.get(call.terms.project_id)

    def _rules(self, call: Call) -> SamplingRules | None:
        project = self._project(call)
        return None if project is None else project.sampling

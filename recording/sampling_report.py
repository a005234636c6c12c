"""What became of the draw, counted: how many calls, how many drawn, asked, agreed, recorded. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from recording.sampling import wilson
from telephony.events import Envelope, Event
from telephony.identifiers import CallId, ProjectId
from telephony.order_segments import (
    ConsentPurpose,
    RecordingAgreed,
    RecordingAsked,
    RecordingRevoked,
    SegmentClosed,
    SegmentVerdict,
)
from telephony.samples import PassReason, SampleAnswer, SampleAnswered, SampleAsked, SampleDrawn, SamplePassed, SampleWithdrawn

KINDS: tuple[type[Event], ...] = (
    *(SampleDrawn, SampleAsked, SampleAnswered, SamplePassed, SampleWithdrawn),
    *(RecordingAsked, RecordingAgreed, RecordingRevoked, SegmentClosed),
)
"""The events it is counted from."""
_RECORDED = (SegmentVerdict.COMPLETE, SegmentVerdict.INCOMPLETE, SegmentVerdict.UNCONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Achieved:
    """A share of the calls, and the interval that holds the true one with 95 %."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingReport:
    """One project's draws in a period. Each line counts calls, and is no more than the one it is part of."""

    project_id: ProjectId
    rates_permille: tuple[int, ...]
    """The rates that were in force, the lowest first."""
    calls: int
    drawn: int
    asked: int
    agreed: int
    recorded: int
    withdrawn: int
    without_text: int
    over_cap: int

    @property
    def rate(self) -> Achieved:
        """The share of the calls that was drawn: what the draw has to achieve."""
        return _achieved(self.drawn, self.calls)

    @property
    def recorded_rate(self) -> Achieved:
        """The share of the calls that was recorded: less, since callers are asked."""
        return _achieved(self.recorded, self.calls)


@dataclass(slots=True)
class _Call:
    project_id: ProjectId
    is_drawn: bool
    rate_permille: int
    steps: set[str] = field(default_factory=set)


def report_of(told: Iterable[Envelope]) -> list[SamplingReport]:
    """The report of every project that drew in the period; each call is counted where it was drawn."""
    calls: dict[CallId, _Call] = {}
    for envelope in told:
        event = envelope.event
        if isinstance(event, SampleDrawn):
            calls[event.call_id] = _Call(event.project_id, event.is_drawn, event.rate_permille)
            continue
        call = None if envelope.call_id is None else calls.get(envelope.call_id)
        if call is not None and call.is_drawn:
            call.steps |= _steps(event, call)
    projects: dict[ProjectId, list[_Call]] = {}
    for call in calls.values():
        projects.setdefault(call.project_id, []).append(call)
    return [_report(project_id, of) for project_id, of in sorted(projects.items())]


def _steps(event: Event, call: _Call) -> set[str]:
    steps: set[str] = set()
    match event:
        case SampleAsked():
            steps = {"asked"}
        case SampleAnswered(answer=SampleAnswer.YES):
            steps = {"agreed"}
        case SamplePassed():
            steps = {"without_text" if event.reason is PassReason.NO_TEXT else "over_cap"}
        case RecordingAsked() if event.words.purpose is ConsentPurpose.QUALITY_SAMPLE:
            steps = {"asked", "by_agent"}
        case RecordingAgreed() if "by_agent" in call.steps:
            steps = {"agreed"}
        case SegmentClosed() if event.words.purpose is ConsentPurpose.QUALITY_SAMPLE and event.verdict in _RECORDED:
            steps = {"recorded"}
        case SampleWithdrawn() | RecordingRevoked() if "agreed" in call.steps:
            steps = {"withdrawn"}
    return steps


def _report(project_id: ProjectId, calls: list[_Call]) -> SamplingReport:
    names = ("asked", "agreed", "recorded", "withdrawn", "without_text", "over_cap")
    counts: Mapping[str, int] = {name: sum(name in call.steps for call in calls) for name in names}
    return SamplingReport(
        project_id=project_id,
        rates_permille=tuple(sorted({call.rate_permille for call in calls})),
        calls=len(calls),
        drawn=sum(call.is_drawn for call in calls),
        **counts,
    )


def _achieved(hits: int, of: int) -> Achieved:
    low, high = wilson(hits, of)
    return Achieved(share=hits / of if of else 0.0, low=low, high=high)

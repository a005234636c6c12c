"""What must hold once somebody has said no: it ends what it is about in time, and nothing of the kind begins again.

Looked at from outside: by who has spoken, by what the shelf records and by who hears. Where the line to the switch is cut or the
controller dies, a key or a word may be lost with it: then what counts is what of it is on disk.
"""

from fernamt.simulation.objecting import Objecting
from fernamt.simulation.sample_watch import SampleWatch
from fernamt.simulation.virtual_time import VirtualTime
from telephony.callback import CallbackAgreed, CallbackDeclined
from telephony.dialling import DialPermitted, DialPurpose
from telephony.events import Envelope
from telephony.identifiers import SECOND, CallId, Instant, call_of
from telephony.order_segments import RecordingAgreed, RecordingRevoked
from telephony.samples import SampleAnswer, SampleAnswered, SampleWithdrawn
from telephony.switch.simulated.shelf import SimulatedSegment
from telephony.switch.simulated.switch import SimulatedSwitch

TOLD_US, TOLD_LATE_US = SECOND, 30 * SECOND
"""So long after a no anything is recorded or heard at most; longer than a cut or a start where those happen."""


class ObjectionWatch:
    """Told of what is durable; answers name what is wrong."""

    HEARS = (
        RecordingAgreed,
        RecordingRevoked,
        SampleAnswered,
        SampleWithdrawn,
        CallbackAgreed,
        CallbackDeclined,
        DialPermitted,
    )

    def __init__(
        self,
        time: VirtualTime,
        switch: SimulatedSwitch,
        objecting: Objecting,
        samples: SampleWatch,
        *,
        is_disturbed: bool,
    ) -> None:
        self._time = time
        self._switch = switch
        self._objecting = objecting
        self._samples = samples
        self._is_disturbed = is_disturbed
        self._told_us = TOLD_LATE_US if is_disturbed else TOLD_US
        self._no: dict[CallId, Instant] = {}
        """Since when the disk has it of a call that it is not to be recorded."""
        self._never_sampled: dict[CallId, None] = {}
        self._waits_on: dict[CallId, None] = {}
        self._wrong: str | None = None

    def durable(self, envelope: Envelope) -> None:
        """The event is on disk."""
        match event := envelope.event:
            case RecordingRevoked() | SampleWithdrawn():
                self._no[event.call_id] = self._time.now()
                if isinstance(event, SampleWithdrawn):
                    self._never_sampled[event.call_id] = None
            case SampleAnswered(answer=SampleAnswer.NO):
                self._never_sampled[event.call_id] = None
            case RecordingAgreed():
                self._no.pop(event.call_id, None)
            case CallbackDeclined(is_chosen=True):
                self._waits_on[event.call_id] = None
            case CallbackAgreed() if event.call_id in self._waits_on:
                self._wrong = f"{event.call_id} is to be called back, who chose to wait on"
            case DialPermitted(purpose=DialPurpose.CALLBACK) if event.call_id in self._waits_on:
                self._wrong = f"{event.call_id} is called back, who chose to wait on"
            case _:
                pass

    def wrong_now(self, *, at_the_end: bool = False) -> str | None:
        """What is wrong with anything that is recorded, heard or kept."""
        return self._wrong or self._wrong_on_disk() or self._wrong_by_word() or (self._wrong_kept() if at_the_end else None)

    def _wrong_on_disk(self) -> str | None:
        for segment in self._switch.shelf.recording():
            at = self._no.get(_call_of(segment))
            if at is not None and self._is_late(at) and segment.began_at <= at:
                return f"{segment.segment_id} is recorded on after the no is on disk"
        return None

    def _wrong_by_word(self) -> str | None:
        """Where nothing is lost on the way, the word alone counts."""
        if self._is_disturbed:
            return None
        late = {call_id for call_id, at in self._objecting.spoken.items() if self._is_late(at)}
        taped = (each.segment_id for each in self._switch.shelf.recording() if _call_of(each) in late)
        heard = (ear_id for ear_id, ear in self._switch.listening.items() if ear.began_at is not None and call_of(ear_id) in late)
        return next((f"{each} goes on, though the caller objected" for each in (*taped, *heard)), None)

    def _wrong_kept(self) -> str | None:
        objected = self._never_sampled if self._is_disturbed else {**self._never_sampled, **self._objecting.spoken}
        kept = (call_id for call_id in objected if self._samples.is_kept(call_id))
        return next((f"a sample of {call_id} is kept, who objected" for call_id in kept), None)

    def _is_late(self, at: Instant) -> bool:
        return self._time.now() - at > self._told_us


def _call_of(segment: SimulatedSegment) -> CallId:
    return call_of(segment.segment_id) or CallId("")

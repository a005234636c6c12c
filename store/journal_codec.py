"""An envelope as a row of the journal and back. What was ever written is read for ever: old versions are lifted by upcasters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, Union, cast

import msgspec

from telephony import decisions, events, searching, transfers
from telephony.abuse import AbusiveCallEnded
from telephony.agent.judged import DesktopSeen, LineMeasured, PresenceJudged, ShiftJudged
from telephony.agent.noted import AgentNoted, ShareNoted
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.callback import CallbackAgreed, CallbackDeclined, CallbackGivenUp, CallbackOffered, CallbackRested
from telephony.consents import ConsentWithdrawn
from telephony.deaf_lines import RingAnewRequested
from telephony.dialling import (
    CalleeSpared,
    CallPlaced,
    DialDropped,
    DialPermitted,
    DialRefused,
    DialRequested,
    NumberDialled,
    OutsiderWanted,
)
from telephony.emergencies import EmergencyDialled, EmergencySeen
from telephony.errors import JournalError
from telephony.events import Envelope, Event
from telephony.machines import LegTalkBegan, LegTalkEnded, MachineHeard
from telephony.open_lines import LineBegun, LineCloseRequested, LineOpenRequested, LineTold
from telephony.order_segments import (
    HandOverWaits,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentStopForced,
    SegmentStopRequested,
    SegmentTimerFired,
    SegmentUnstoppable,
    SegmentWithdrawn,
)
from telephony.overhearing import (
    EarClosed,
    EarEnded,
    EarHears,
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningLapsed,
    ListeningRevoked,
    ListenRequested,
)
from telephony.running import ServiceStarted
from telephony.samples import SampleAnswered, SampleAsked, SampleBegun, SampleDrawn, SamplePassed, SampleWithdrawn
from telephony.segments import SegmentEnded, SegmentFaulted, SegmentMasked, SegmentProven, SignGiven
from telephony.waiting import AnnouncementBegun, CallOverflowed, MenuAnswered, MenuOpened

EVENT_TYPES: tuple[type[Event], ...] = (
    events.LegOffered,
    events.FeatureCodeDialled,
    events.LegRinging,
    events.LegAnswered,
    events.LegJoined,
    events.LegLeft,
    events.LegHeld,
    events.LegUnheld,
    events.LegTakenOver,
    events.LegPressedKey,
    events.LegHungUp,
    events.EndpointChanged,
    events.CommandFailed,
    AgentNoted,
    ShareNoted,
    PresenceJudged,
    ShiftJudged,
    LineMeasured,
    DesktopSeen,
    ShiftTold,
    PauseConfirmed,
    events.SwitchConnected,
    events.SwitchDisconnected,
    events.GapObserved,
    events.FallbackAnswered,
    SegmentProven,
    SegmentEnded,
    SegmentFaulted,
    SegmentMasked,
    SignGiven,
    RecordingAsked,
    RecordingAgreed,
    RecordingDeclined,
    RecordingRevoked,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentStopRequested,
    HandOverWaits,
    SegmentOpened,
    SegmentStopForced,
    SegmentUnstoppable,
    SegmentWithdrawn,
    SegmentClosed,
    SegmentTimerFired,
    SampleDrawn,
    SampleAsked,
    SampleAnswered,
    SamplePassed,
    SampleBegun,
    SampleWithdrawn,
    EarHears,
    EarEnded,
    ListeningAsked,
    ListeningAgreed,
    ListeningDeclined,
    ListeningRevoked,
    ListeningLapsed,
    ListenRequested,
    ListenEndRequested,
    EarClosed,
    events.CallTimerFired,
    events.AgentTimerFired,
    events.LogInRequested,
    events.LogOutRequested,
    events.AvailableRequested,
    events.PauseRequested,
    events.WrapUpCodeChosen,
    events.WrapUpExtended,
    events.HoldRequested,
    events.UnholdRequested,
    events.HangUpRequested,
    AbusiveCallEnded,
    RingAnewRequested,
    events.RequestRefused,
    events.CallAdmitted,
    events.CallTurnedAway,
    events.AgentReserved,
    events.AgentAlerted,
    events.AgentConnected,
    events.AgentLost,
    events.AgentReleased,
    events.CallQueuedAgain,
    MenuOpened,
    MenuAnswered,
    OutsiderWanted,
    NumberDialled,
    DialRequested,
    CallPlaced,
    DialPermitted,
    DialRefused,
    DialDropped,
    CalleeSpared,
    LegTalkBegan,
    LegTalkEnded,
    MachineHeard,
    LineOpenRequested,
    LineCloseRequested,
    LineBegun,
    LineTold,
    EmergencyDialled,
    EmergencySeen,
    ConsentWithdrawn,
    AnnouncementBegun,
    CallOverflowed,
    CallbackOffered,
    CallbackDeclined,
    CallbackAgreed,
    CallbackRested,
    CallbackGivenUp,
    events.CallEnded,
    events.UnexpectedHappened,
    events.DirectoryLoaded,
    ServiceStarted,
    decisions.DecisionTaken,
    searching.DemandRequested,
    transfers.TransferRequested,
    transfers.ConsultRequested,
    transfers.CompleteRequested,
    transfers.CancelRequested,
    transfers.SwapRequested,
    transfers.ConferenceRequested,
    transfers.LeaveRequested,
    transfers.ParkRequested,
    transfers.PickUpRequested,
    transfers.ConsultAnswered,
    transfers.CallMoved,
    transfers.CallParked,
)
"""Every class the journal holds. A new class is named here; a test compares the list with the modules."""

Shape: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Shape], Shape]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(kind, version) → the shape of the next version. An upcaster may rename the kind in the shape."""

Row: TypeAlias = tuple[int, str, int, int, str, int, str | None, str | None, str | None, str]
"""seq, event_id, occurred_at, received_at, kind, version, call_id, agent_id, switch, payload."""

COLUMNS = ("seq", "event_id", "occurred_at", "received_at", "kind", "version", "call_id", "agent_id", "switch", "payload")


def kind_of(event_type: type[Event]) -> str:
    """The name of the class on the wire."""
    return str(event_type.__struct_config__.tag)


class JournalCodec:
    """Encodes envelopes to rows and decodes rows of every version that was ever written."""

    def __init__(
        self,
        event_types: Sequence[type[Event]] = EVENT_TYPES,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    ) -> None:
        self._kinds = {event_type: (kind_of(event_type), event_type.version) for event_type in event_types}
        self._versions = dict(self._kinds.values())
        self._upcasters = upcasters
        self._encoder = msgspec.json.Encoder()
        self._union = cast(type[Event], Union[tuple(event_types)])  # noqa: UP007 - made of a tuple
        self._decoder = msgspec.json.Decoder(self._union)

    def names_of(self, event_types: Sequence[type[Event]]) -> list[str]:
        """The names in the journal of which events of these classes are read: their own, and old ones that may become theirs."""
        current = {name for name, _ in self._kinds.values()}
        old = {name for name, _ in self._upcasters if name not in current}
        return sorted({kind_of(event_type) for event_type in event_types} | old)

    def encode(self, envelope: Envelope) -> Row:
        """The envelope as a row. Raises `JournalError` for an event that the journal does not know or cannot write."""
        event = envelope.event
        try:
            kind, version = self._kinds[type(event)]
            payload = self._encoder.encode(event).decode()
        except KeyError:
            raise JournalError(f"{type(event).__name__} is not in EVENT_TYPES", seq=envelope.seq) from None
        except (TypeError, ValueError) as error:
            raise JournalError(f"event {envelope.seq} ({kind}) cannot be written: {error}", seq=envelope.seq) from error
        return (
            envelope.seq,
            envelope.event_id,
            envelope.occurred_at,
            envelope.received_at,
            kind,
            version,
            envelope.call_id,
            envelope.agent_id,
            envelope.switch,
            payload,
        )

    def decode(self, row: Sequence[Any]) -> Envelope:
        """The envelope of a row. Raises `JournalError` naming the row when its kind or version is not known here."""
        seq, event_id, occurred_at, received_at, kind, version, call_id, agent_id, switch, payload = row
        try:
            if self._versions.get(kind) == version:
                event = self._decoder.decode(payload)
            else:
                event = msgspec.convert(self._lifted(seq, kind, version, payload), self._union)
        except msgspec.MsgspecError as error:
            raise JournalError(f"event {seq} ({kind}, version {version}) is damaged: {error}", seq=seq, kind=kind) from error
        return Envelope(
            seq=seq,
            event_id=event_id,
            occurred_at=occurred_at,
            received_at=received_at,
            event=event,
            call_id=call_id,
            agent_id=agent_id,
            switch=switch,
        )

    def _lifted(self, seq: int, kind: str, version: int, payload: str | bytes) -> Shape:
        shape: Shape = msgspec.json.decode(payload)
        while self._versions.get(kind) != version:
            upcaster = self._upcasters.get((kind, version))
            if upcaster is None:
                raise JournalError(
                    f"event {seq} is of kind {kind!r} version {version}, which this release cannot read: "
                    "it was written by a newer one; install that release again",
                    seq=seq,
                    kind=kind,
                    version=version,
                )
            shape = upcaster(shape)
            kind, version = str(shape["kind"]), version + 1
        return shape

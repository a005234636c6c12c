"""What is to be done, in the imperative. Each is idempotent by the ids it carries; what becomes of it is again an event."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from telephony.causes import HangupCause
from telephony.dialling import DialPurpose, DialReference
from telephony.identifiers import (
    AgentId,
    BridgeId,
    CallId,
    ClientId,
    EndpointId,
    LegId,
    PartyId,
    PlaybackId,
    ProjectId,
    SwitchName,
)


class FailureReason(StrEnum):
    """Why a command did not take effect."""

    GONE = "gone"
    """The leg or bridge does not exist (any more)."""
    UNREACHABLE = "unreachable"
    """The endpoint has no phone that can be rung."""
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    DISCONNECTED = "disconnected"
    """The line was cut before the answer: whether it took effect, only a look can tell."""
    UNTOLD = "untold"
    """A look after a cut shows nothing of it: the switch was never told."""


class DialplanEntry(StrEnum):
    """Where the static dialplan takes a caller over."""

    MACHINE = "machine"
    CLOSED = "closed"
    BUSY = "busy"
    CALLBACK = "callback"
    """Told that they will be called back; then the call is ended. No machine, and no message."""


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """One thing to do for a call at the switch that carries it."""

    must_be_durable: ClassVar[bool] = False
    """True: unlawful to lose or to repeat, so it waits until its event is on disk."""

    call_id: CallId
    switch: SwitchName


def leg_of(command: Command) -> LegId | None:
    """The one leg the command is about; None where it is about none, or several."""
    leg_id: LegId | None = getattr(command, "leg_id", None)
    several: tuple[LegId, ...] = getattr(command, "leg_ids", ())
    return several[0] if len(several) == 1 else leg_id


class LegCommand(Command, frozen=True, kw_only=True):
    """A command about one leg."""

    leg_id: LegId


class AnswerLeg(LegCommand, frozen=True, kw_only=True):
    """Take the caller's call (200 OK), or that of an agent's phone, whose leg then `lasts` longer than a code takes."""

    lasts: bool = False


class IndicateRinging(LegCommand, frozen=True, kw_only=True):
    """Let the caller hear ringing, unanswered (180) or in-band where already answered."""


class StopRinging(LegCommand, frozen=True, kw_only=True):
    """End the ringing tone; harmless where none plays."""


class StartMusic(LegCommand, frozen=True, kw_only=True):
    """Play comfort music of this class to the leg."""

    music: str


class StopMusic(LegCommand, frozen=True, kw_only=True):
    """End the comfort music; harmless where none plays."""


class PlaySequence(LegCommand, frozen=True, kw_only=True):
    """Play these sounds to the leg, one after the other, in this language; then the comfort music of that class, if any.

    A leg in a bridge, or one that is not answered, is not played to.
    """

    playback_id: PlaybackId
    sounds: tuple[str, ...]
    language: str
    music: str | None = None


class StopPlaying(LegCommand, frozen=True, kw_only=True):
    """Break the sequence off at once, also before a command that would wait for its end; harmless where it is over."""

    playback_id: PlaybackId


class ReadNumberBack(LegCommand, frozen=True, kw_only=True):
    """Play sounds, the digits of that party's number one by one, and sounds again; then comfort music, as `PlaySequence` does.

    The digits are put in on the last yard (`digits`), and shown in no text made of the command.
    """

    must_be_durable: ClassVar[bool] = True
    playback_id: PlaybackId
    party_id: PartyId
    before: tuple[str, ...]
    after: tuple[str, ...]
    language: str
    music: str | None = None
    digits: str = ""

    def __repr__(self) -> str:
        return f"ReadNumberBack(leg_id={self.leg_id!r}, party_id={self.party_id!r}, playback_id={self.playback_id!r})"


class CreateBridge(Command, frozen=True, kw_only=True):
    """Make a bridge of the call; one that `mixes` is made for three, and stays so while fewer are in it."""

    bridge_id: BridgeId
    mixes: bool = False


class JoinBridge(Command, frozen=True, kw_only=True):
    """Put the legs into the bridge, in this order."""

    bridge_id: BridgeId
    leg_ids: tuple[LegId, ...]


class LeaveBridge(Command, frozen=True, kw_only=True):
    """Take the leg out of the bridge; it stays up, alone."""

    bridge_id: BridgeId
    leg_id: LegId


class DestroyBridge(Command, frozen=True, kw_only=True):
    """Remove the bridge; its legs stay up, alone."""

    bridge_id: BridgeId


class SayInBridge(Command, frozen=True, kw_only=True):
    """Play the sound to whoever is in the bridge; they stay in it. Harmless where it is gone."""

    bridge_id: BridgeId
    playback_id: PlaybackId
    sound: str


class RingEndpoint(LegCommand, frozen=True, kw_only=True):
    """Ring an agent's phone as a new leg, showing `display_name`; given up after `timeout_ms`.

    `caller_leg_id` is None where somebody is to be called only when the agent is there.
    """

    endpoint_id: EndpointId
    caller_leg_id: LegId | None
    display_name: str
    display_number: str
    timeout_ms: int
    phone_answers: bool = False
    """The phone is told to answer by itself; one that does not heed it rings."""


class AskPermission(LegCommand, frozen=True, kw_only=True):
    """Ask the desk whether that party may be dialled as this leg. It is asked of us, not of a switch; asking dials nobody."""

    must_be_durable: ClassVar[bool] = True
    party_id: PartyId
    purpose: DialPurpose
    project_id: ProjectId
    client_id: ClientId
    agent_id: AgentId | None
    rests_on: DialReference | None = None
    """None: on the call itself, whose caller is on the line."""


class DialOutside(LegCommand, frozen=True, kw_only=True):
    """Dial a party outside as a new leg, showing this number of ours; given up after `timeout_ms`.

    `caller_leg_id` is the leg they are dialled for: the caller's, or the agent's who is to have a caller back.
    The party's own number is put in on the last yard (`number`), and shown in no text made of the command.
    """

    must_be_durable: ClassVar[bool] = True
    party_id: PartyId
    caller_leg_id: LegId
    shown: str | None
    timeout_ms: int
    is_emergency: bool = False
    """By the line for emergency calls, where there is one."""
    diverted_from: str | None = None
    """The number of ours the caller had dialled, who is sent on; None: nobody is."""
    heard_in: BridgeId | None = None
    """Who is in that bridge hears them from their first sound on, and is heard: the tone and the announcements of their
    network, before any answer. They are told to have joined it when they answer. None: nobody hears them before."""
    number: str = ""

    def __repr__(self) -> str:
        return f"DialOutside(leg_id={self.leg_id!r}, party_id={self.party_id!r}, shown={self.shown!r})"


class HangUp(LegCommand, frozen=True, kw_only=True):
    """End the leg, whatever its state."""

    cause: HangupCause = HangupCause.NORMAL
    """`ANSWERED_ELSEWHERE` makes the phone list no missed call."""


class HangUpIfSilent(LegCommand, frozen=True, kw_only=True):
    """End the leg unless its media still arrives: its phone answers no probe any more, but a lost probe proves nothing."""


class MarkWaiting(LegCommand, frozen=True, kw_only=True):
    """Say whether the watchdog may redirect this caller while no controller is alive."""

    is_waiting: bool


class HandToDialplan(LegCommand, frozen=True, kw_only=True):
    """Leave the caller to the static dialplan: announcement, answering machine."""

    entry: DialplanEntry


class PlayTone(LegCommand, frozen=True, kw_only=True):
    """Answer the leg and play a confirmation (feature codes), a refusal, or that sound, then hang up. It is in no bridge."""

    is_confirmation: bool = False
    sound: str | None = None


class AnswerTransfer(LegCommand, frozen=True, kw_only=True):
    """Tell the phone what came of the transfer it asked for; harmless where its leg is gone."""

    is_taken: bool


class ListenForTalk(LegCommand, frozen=True, kw_only=True):
    """Tell when sound comes from the leg, and when it has been silent for `silence_ms`. What it hears is kept nowhere."""

    silence_ms: int


class StopListening(LegCommand, frozen=True, kw_only=True):
    """Tell it no more; harmless where nobody listens."""

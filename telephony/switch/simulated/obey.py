"""What each command does to the simulated switch. Total over the commands; repeating one changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from telephony.causes import HangupCause
from telephony.commands import (
    AnswerLeg,
    AnswerTransfer,
    AskPermission,
    Command,
    CreateBridge,
    DestroyBridge,
    DialOutside,
    DialplanEntry,
    FailureReason,
    HandToDialplan,
    HangUp,
    HangUpIfSilent,
    IndicateRinging,
    JoinBridge,
    LeaveBridge,
    LegCommand,
    ListenForTalk,
    MarkWaiting,
    PlaySequence,
    PlayTone,
    ReadNumberBack,
    RingEndpoint,
    SayInBridge,
    StartMusic,
    StopListening,
    StopMusic,
    StopPlaying,
    StopRinging,
)
from telephony.events import LegAnswered, LegJoined, LegLeft
from telephony.identifiers import Instant, LegId
from telephony.switch.simulated.ears import LISTENER_HANDLERS, Overheard
from telephony.switch.simulated.shelf import SEGMENT_HANDLERS, Recording
from telephony.switch.simulated.world import Existing, Phone, PhoneState, SimulatedLeg

MACHINE_US = 20_000_000
"""How long the static dialplan keeps a caller: announcement and message."""
TONE_US = 500_000
SOUND_US = 3_000_000
DIGIT_US = 600_000
GOODBYE_US = 5_000_000


class Obeying(Recording, Overheard, Protocol):
    """What of the switch a command acts on."""

    existing: Existing

    def fail(self, command: Command, reason: FailureReason) -> None: ...
    def ring(self, leg: SimulatedLeg, phone: Phone, display: str, timeout_us: int) -> None: ...
    def end_leg(self, leg_id: LegId, cause: HangupCause, *, by_phone: bool) -> None: ...
    def hear(self, leg: SimulatedLeg) -> None: ...
    def end_later(self, leg: SimulatedLeg, delay_us: int) -> None: ...


def _on_leg(act: Callable[[Obeying, SimulatedLeg, Any], None]) -> Callable[[Obeying, Any], None]:
    def handle(switch: Obeying, command: LegCommand) -> None:
        leg = switch.existing.legs.get(command.leg_id)
        if leg is None:
            switch.fail(command, FailureReason.GONE)
        else:
            act(switch, leg, command)

    return handle


def _answer(switch: Obeying, leg: SimulatedLeg, command: AnswerLeg | PlayTone) -> None:
    leg.lasts = leg.lasts or (isinstance(command, AnswerLeg) and command.lasts)
    if not leg.is_answered:
        leg.is_answered = True
        switch.tell(LegAnswered(leg_id=leg.leg_id))


def _nothing(switch: Obeying, leg: SimulatedLeg, command: Command) -> None:
    """Heard by the party, seen by nobody."""


def _music(switch: Obeying, leg: SimulatedLeg, command: StartMusic) -> None:
    leg.music = command.music


def _silence(switch: Obeying, leg: SimulatedLeg, command: StopMusic) -> None:
    leg.music = None


def _play(switch: Obeying, leg: SimulatedLeg, command: PlaySequence) -> None:
    leg.playing, leg.music = command.playback_id, command.music
    leg.playing_until = Instant(switch.now() + len(command.sounds) * SOUND_US)


def _read_back(switch: Obeying, leg: SimulatedLeg, command: ReadNumberBack) -> None:
    leg.playing, leg.music, leg.read_back = command.playback_id, command.music, command.digits
    sounds = len(command.before) + len(command.after)
    leg.playing_until = Instant(switch.now() + sounds * SOUND_US + len(command.digits) * DIGIT_US)


def _stop_playing(switch: Obeying, command: StopPlaying) -> None:
    leg = switch.existing.legs.get(command.leg_id)
    if leg is not None and leg.playing == command.playback_id:
        leg.playing = None


def _listen(switch: Obeying, leg: SimulatedLeg, command: ListenForTalk) -> None:
    leg.listens_ms = command.silence_ms
    switch.hear(leg)


def _stop_listening(switch: Obeying, leg: SimulatedLeg, command: StopListening) -> None:
    leg.listens_ms = leg.talks_since = None


def _waiting(switch: Obeying, leg: SimulatedLeg, command: MarkWaiting) -> None:
    leg.is_waiting = command.is_waiting


def _hang_up(switch: Obeying, leg: SimulatedLeg, command: HangUp) -> None:
    switch.end_leg(leg.leg_id, command.cause, by_phone=False)


def _hang_up_if_silent(switch: Obeying, leg: SimulatedLeg, command: HangUpIfSilent) -> None:
    if leg.is_dead:
        switch.end_leg(leg.leg_id, HangupCause.NORMAL, by_phone=False)


def _to_dialplan(switch: Obeying, leg: SimulatedLeg, command: HandToDialplan) -> None:
    leg.is_in_dialplan = True
    leg.is_answered = True
    switch.end_later(leg, GOODBYE_US if command.entry is DialplanEntry.CALLBACK else MACHINE_US)


def _tone(switch: Obeying, leg: SimulatedLeg, command: PlayTone) -> None:
    _answer(switch, leg, command)
    switch.end_later(leg, TONE_US)


def _answer_transfer(switch: Obeying, command: AnswerTransfer) -> None:
    """Heard by a phone that may be gone."""


def _create_bridge(switch: Obeying, command: CreateBridge) -> None:
    switch.existing.bridges.setdefault(command.bridge_id, {})


def _destroy_bridge(switch: Obeying, command: DestroyBridge) -> None:
    for leg_id in switch.existing.bridges.pop(command.bridge_id, {}):
        switch.existing.legs[leg_id].bridge_id = None
        switch.tell(LegLeft(leg_id=leg_id, bridge_id=command.bridge_id))


def _join(switch: Obeying, command: JoinBridge) -> None:
    """All or nothing, as a real switch does it."""
    legs = [switch.existing.legs.get(leg_id) for leg_id in command.leg_ids]
    bridge = switch.existing.bridges.get(command.bridge_id)
    if bridge is None or None in legs:
        switch.fail(command, FailureReason.GONE)
        return
    for leg in legs:
        if leg is None or leg.bridge_id == command.bridge_id:
            continue
        left = switch.existing.leave(leg)
        if left is not None:
            switch.tell(LegLeft(leg_id=leg.leg_id, bridge_id=left))
        bridge[leg.leg_id] = None
        leg.bridge_id = command.bridge_id
        switch.tell(LegJoined(leg_id=leg.leg_id, bridge_id=command.bridge_id))
    if len(bridge) > 1:
        for leg_id in bridge:
            on_joined = switch.existing.legs[leg_id].on_joined
            if on_joined is not None:
                on_joined()


def _leave(switch: Obeying, command: LeaveBridge) -> None:
    leg = switch.existing.legs.get(command.leg_id)
    if leg is None:
        switch.fail(command, FailureReason.GONE)
    elif leg.bridge_id == command.bridge_id:
        switch.existing.leave(leg)
        switch.tell(LegLeft(leg_id=leg.leg_id, bridge_id=command.bridge_id))


def _say(switch: Obeying, command: SayInBridge) -> None:
    """Heard by whoever is there, seen by nobody."""


def _ring(switch: Obeying, command: RingEndpoint) -> None:
    if command.leg_id in switch.existing.legs:
        return
    phone = switch.existing.phones.get(command.endpoint_id)
    if phone is None or phone.state is PhoneState.UNREACHABLE:
        switch.fail(command, FailureReason.UNREACHABLE)
        return
    leg = SimulatedLeg(
        leg_id=command.leg_id,
        created_at=switch.now(),
        endpoint_id=command.endpoint_id,
        is_dead=phone.state is PhoneState.DEAD,
    )
    switch.ring(leg, phone, f"{command.display_name} <{command.display_number}>", command.timeout_ms * 1_000)


def _dial(switch: Obeying, command: DialOutside) -> None:
    """A number that nobody has ends the leg as the network does; a phone that is engaged says so itself."""
    if command.leg_id in switch.existing.legs:
        return
    leg = SimulatedLeg(leg_id=command.leg_id, created_at=switch.now(), heard_in=command.heard_in)
    phone = switch.existing.outside.get(command.number)
    if phone is None:
        switch.existing.legs[leg.leg_id] = leg
        switch.end_leg(leg.leg_id, HangupCause.UNALLOCATED, by_phone=False)
        return
    switch.ring(leg, phone, command.shown or "", command.timeout_ms * 1_000)


def _no_switchs_matter(switch: Obeying, command: AskPermission) -> None:
    """Asked of us."""


HANDLERS: Mapping[type[Command], Callable[[Obeying, Any], None]] = {
    AnswerLeg: _on_leg(_answer),
    IndicateRinging: _on_leg(_nothing),
    StopRinging: _on_leg(_nothing),
    StartMusic: _on_leg(_music),
    StopMusic: _on_leg(_silence),
    PlaySequence: _on_leg(_play),
    ReadNumberBack: _on_leg(_read_back),
    StopPlaying: _stop_playing,
    CreateBridge: _create_bridge,
    JoinBridge: _join,
    LeaveBridge: _leave,
    DestroyBridge: _destroy_bridge,
    SayInBridge: _say,
    RingEndpoint: _ring,
    DialOutside: _dial,
    AskPermission: _no_switchs_matter,
    HangUp: _on_leg(_hang_up),
    HangUpIfSilent: _on_leg(_hang_up_if_silent),
    MarkWaiting: _on_leg(_waiting),
    HandToDialplan: _on_leg(_to_dialplan),
    PlayTone: _on_leg(_tone),
    AnswerTransfer: _answer_transfer,
    ListenForTalk: _on_leg(_listen),
    StopListening: _on_leg(_stop_listening),
    **SEGMENT_HANDLERS,
    **LISTENER_HANDLERS,
}

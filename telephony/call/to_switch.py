"""The commands a call gives, addressed to its switch and legs."""

from collections.abc import Mapping

from telephony.call.model import Call, Dial, Leg, require_terms
from telephony.causes import EndReason, HangupCause
from telephony.commands import (
    AnswerLeg,
    AskPermission,
    Command,
    CreateBridge,
    DestroyBridge,
    DialOutside,
    DialplanEntry,
    HandToDialplan,
    HangUp,
    HangUpIfSilent,
    IndicateRinging,
    JoinBridge,
    LeaveBridge,
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
from telephony.dialling import DialPermitted, DialPurpose
from telephony.identifiers import BridgeId, EndpointId, LegId, PartyId, playback_id

_SIGNS: Mapping[DialPurpose, str] = {
    DialPurpose.CALLBACK: "Rückruf",
    DialPurpose.MANUAL: "Anruf",
    DialPurpose.PREVIEW: "Anruf",
    DialPurpose.PROGRESSIVE: "Anruf",
}
"""Before the project's name on the phone of an agent for whom somebody is to be called: phones show few letters."""

_SENT_ON = (DialPurpose.TRANSFER, DialPurpose.OVERFLOW)
"""Who is dialled so gets a caller of ours."""

_ENTRIES: Mapping[EndReason | None, DialplanEntry] = {
    EndReason.CLOSED: DialplanEntry.CLOSED,
    EndReason.ALL_BUSY: DialplanEntry.BUSY,
}
"""Where the static dialplan takes a caller over; all others at the answering machine."""


def answer_caller(call: Call) -> AnswerLeg:
    """Take the caller's call."""
    return AnswerLeg(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id)


def let_caller_hear_ringing(call: Call) -> IndicateRinging:
    """Ringing tone for the caller."""
    return IndicateRinging(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id)


def play_music(call: Call) -> StartMusic:
    """The project's music for the caller."""
    return StartMusic(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id, music=require_terms(call).music)


def play_sequence(call: Call, sounds: tuple[str, ...], language: str, *, music: str | None) -> PlaySequence:
    """These sounds for the caller, then that music; the call's next playback."""
    return PlaySequence(
        call_id=call.call_id,
        switch=call.switch,
        leg_id=call.caller.leg_id,
        playback_id=playback_id(call.call_id, call.playbacks + 1),
        sounds=sounds,
        language=language,
        music=music,
    )


def read_number_back(
    call: Call, party_id: PartyId, before: tuple[str, ...], after: tuple[str, ...], language: str
) -> ReadNumberBack:
    """The number of that party for the caller, digit by digit between these sounds; the call's next playback."""
    return ReadNumberBack(
        call_id=call.call_id,
        switch=call.switch,
        leg_id=call.caller.leg_id,
        playback_id=playback_id(call.call_id, call.playbacks + 1),
        party_id=party_id,
        before=before,
        after=after,
        language=language,
        music=require_terms(call).music,
    )


def stop_playing(call: Call) -> tuple[StopPlaying, ...]:
    """Nothing for the caller any more of what was played last; no command where nothing was."""
    if call.playing is None:
        return ()
    leg_id = call.caller.leg_id
    return (StopPlaying(call_id=call.call_id, switch=call.switch, leg_id=leg_id, playback_id=call.playing),)


def stop_music(call: Call) -> StopMusic:
    """No music for the caller."""
    return StopMusic(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id)


def play_music_to(call: Call, leg: Leg) -> StartMusic:
    """The project's music for that leg, which is alone."""
    return StartMusic(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id, music=require_terms(call).music)


def stop_music_of(call: Call, leg: Leg) -> StopMusic:
    """No music for that leg."""
    return StopMusic(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id)


def let_hear_ringing(call: Call, leg: Leg) -> IndicateRinging:
    """Ringing tone for that leg, which is alone."""
    return IndicateRinging(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id)


def stop_ringing(call: Call, leg: Leg) -> StopRinging:
    """No ringing tone for that leg."""
    return StopRinging(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id)


def listen_for_talk(call: Call, silence_ms: int) -> ListenForTalk:
    """When the outside party speaks, and when they have been silent for so long, is told from now on."""
    return ListenForTalk(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id, silence_ms=silence_ms)


def stop_listening(call: Call) -> StopListening:
    """The same no more."""
    return StopListening(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id)


def mark_waiting(call: Call, *, is_waiting: bool) -> MarkWaiting:
    """Whether the watchdog may take the caller over when we die."""
    return MarkWaiting(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id, is_waiting=is_waiting)


def hand_over(call: Call) -> HandToDialplan:
    """The static dialplan takes the caller, where the reason of the call's end leads."""
    is_promised = call.callee is not None and call.callee.is_promised and not call.callee.was_reached
    entry = DialplanEntry.CALLBACK if is_promised else _ENTRIES.get(call.end_reason, DialplanEntry.MACHINE)
    return HandToDialplan(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id, entry=entry)


def to_machine(call: Call) -> tuple[Command, ...]:
    """Nothing is played to the caller any more, the watchdog leaves them alone, and the static dialplan takes them."""
    silence = (*stop_playing(call), *((stop_music(call),) if call.has_music else ()))
    return (*silence, mark_waiting(call, is_waiting=False), hand_over(call))


def create_bridge(call: Call, bridge_id: BridgeId | None = None, *, mixes: bool = False) -> CreateBridge:
    """The call's bridge, or another beside it; one that `mixes` takes three from its beginning."""
    return CreateBridge(call_id=call.call_id, switch=call.switch, bridge_id=bridge_id or call.bridge_id, mixes=mixes)


def destroy_bridge(call: Call, bridge_id: BridgeId | None = None) -> DestroyBridge:
    """No such bridge any more; the call's own where none is named."""
    return DestroyBridge(call_id=call.call_id, switch=call.switch, bridge_id=bridge_id or call.bridge_id)


def join(call: Call, *leg_ids: LegId, bridge_id: BridgeId | None = None) -> JoinBridge:
    """These legs into that bridge; into the call's own where none is named."""
    return JoinBridge(call_id=call.call_id, switch=call.switch, bridge_id=bridge_id or call.bridge_id, leg_ids=leg_ids)


def leave(call: Call, leg: Leg) -> LeaveBridge:
    """This leg out of the call's bridge."""
    return LeaveBridge(call_id=call.call_id, switch=call.switch, bridge_id=call.bridge_id, leg_id=leg.leg_id)


def ring_phone(call: Call, leg: Leg, endpoint_id: EndpointId, *, phone_answers: bool = False) -> RingEndpoint:
    """The agent's phone, showing the project's name and the number called; or that somebody is to be called."""
    terms, callee = require_terms(call), None if call.caller.is_live else call.callee
    return RingEndpoint(
        call_id=call.call_id,
        switch=call.switch,
        leg_id=leg.leg_id,
        endpoint_id=endpoint_id,
        caller_leg_id=call.caller.leg_id if callee is None else None,
        display_name=terms.name if callee is None else f"{_SIGNS[callee.purpose]} {terms.name}",
        display_number=call.did,
        timeout_ms=terms.ring_timeout_ms,
        phone_answers=phone_answers,
    )


def ask_permission(call: Call, dial: Dial) -> AskPermission:
    """May that party be dialled? Harmless where it was asked before: the answer counts once."""
    terms = require_terms(call)
    return AskPermission(
        call_id=call.call_id,
        switch=call.switch,
        leg_id=dial.leg_id,
        party_id=dial.party_id,
        purpose=dial.purpose,
        project_id=terms.project_id,
        client_id=terms.client_id,
        agent_id=dial.agent_id,
        rests_on=call.callee.rests_on if call.callee is not None and dial.purpose is call.callee.purpose else None,
    )


def dial_outside(
    call: Call, permit: DialPermitted, *, for_leg: Leg | None = None, heard_in: BridgeId | None = None
) -> DialOutside:
    """The party outside, under that permit; for the caller where no other leg is named. Heard there from its first sound."""
    return DialOutside(
        call_id=call.call_id,
        switch=call.switch,
        leg_id=permit.leg_id,
        party_id=permit.party_id,
        caller_leg_id=(for_leg or call.caller).leg_id,
        shown=permit.shown,
        timeout_ms=permit.ring_limit_ms,
        is_emergency=permit.is_emergency,
        diverted_from=call.did or None if permit.purpose in _SENT_ON else None,
        heard_in=heard_in,
    )


def take_call_of(call: Call, leg: Leg) -> AnswerLeg:
    """Take the call of that agent's phone, which dialled by itself."""
    return AnswerLeg(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id, lasts=True)


def say_and_end(call: Call, leg: Leg, sound: str) -> tuple[Command, ...]:
    """That leg hears the sound, alone, and ends; a lent one hears it at home."""
    if leg.home is not None:
        said_as = playback_id(call.call_id, call.playbacks + 1)
        say = SayInBridge(call_id=call.call_id, switch=call.switch, bridge_id=leg.home, playback_id=said_as, sound=sound)
        return (*let_go(call, leg, HangupCause.NORMAL), say)
    tone = PlayTone(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id, sound=sound)
    return stop_ringing(call, leg), leave(call, leg), tone


def hang_up(call: Call, leg: Leg, cause: HangupCause) -> HangUp:
    """The end of this leg."""
    return HangUp(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id, cause=cause)


def let_go(call: Call, leg: Leg, cause: HangupCause) -> tuple[Command, ...]:
    """This leg is wanted no more: it ends; a lent one goes home."""
    if leg.home is None:
        return (hang_up(call, leg, cause),)
    return stop_ringing(call, leg), stop_music_of(call, leg), join(call, leg.leg_id, bridge_id=leg.home)


def hang_up_if_silent(call: Call, leg: Leg) -> HangUpIfSilent:
    """The end of this leg, unless its media still comes."""
    return HangUpIfSilent(call_id=call.call_id, switch=call.switch, leg_id=leg.leg_id)

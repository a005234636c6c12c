"""Our commands as ARI requests. Pure and total: every command of telephony/commands.py and telephony/segments.py has an entry.

Commands about segments give no requests: how one is recorded, the node's settings say (tapes.py). HangUpIfSilent has to look
first (dead_legs.py). Permission is asked of no switch. Who listens needs several steps (listeners.py).
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

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
from telephony.errors import SwitchError
from telephony.identifiers import LegId
from telephony.overhearing import EndListening, LetListen
from telephony.segments import DiscardSegment, GiveSign, MaskSegment, SegmentCommand, StartSegment, StopSegment
from telephony.switch.asterisk.ari_wire import AriRequest
from telephony.switch.asterisk.line_out import is_dialled_in_steps, request_of, steps_of
from telephony.switch.asterisk.refer import BY_ASTERISK, BY_US, HANDLING, HEARD_OUT, NOWHERE, TRANSFER_CONTEXT
from telephony.switch.asterisk.settings import AriSettings, LineOut

TONE_SUFFIX = ".tone"
CONFIRMATION_SOUND = "sound:fernamt/beep"
REFUSAL_SOUND = "sound:fernamt/not-possible"
FALLBACK_CONTEXT = "fernamt-fallback"
CALLBACK_CONTEXT = "fernamt-callback"
"""Of its own: whoever is found in the other one was served by nobody of us."""
CODEC = "alaw"
"""The one codec of all legs."""
DIGIT_SOUND = "fernamt/digit-"
_PLAIN_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
READ_FUNCTIONS = frozenset({"CHANNEL(audionativeformat)", HEARD_OUT})
"""No other function is read: some do things, and one of a recording's ends Asterisk (see PLAIN_VARIABLES in ami.py)."""
WAITING_VARIABLE = "FERNAMT_WAITING"
ANSWERS_BY_ITSELF = msgspec.json.encode(
    {
        "variables": {
            "PJSIP_HEADER(add,Call-Info)": "<sip:fernamt.invalid>;answer-after=0",
            "PJSIP_HEADER(add,Alert-Info)": "<http://fernamt.invalid>;info=alert-autoanswer;delay=0",
        }
    }
).decode()
"""What phones take for it, of one make or the other; no standard says it. Whether they may, their owner sets at the phone."""
TALK_DETECT = "TALK_DETECT({})"
"""Asterisk's own detector of speech, which hears a leg in its bridge, changes nothing of it, and keeps nothing."""
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")


class Translator:
    """Writes requests for one node."""

    def __init__(
        self,
        *,
        call_app: str,
        fallback_context: str = FALLBACK_CONTEXT,
        line_out: LineOut | None = None,
        emergency_line: LineOut | None = None,
    ) -> None:
        self._app = call_app
        self._line_out = line_out
        self._emergency_line = emergency_line or line_out
        self._fallback = fallback_context

    @classmethod
    def of(cls, ari: AriSettings, *, fallback_context: str) -> "Translator":
        """The translator of the node with these settings."""
        return cls(call_app=ari.call_app, fallback_context=fallback_context)

    def requests_of(self, command: Command) -> tuple[AriRequest, ...]:
        """The requests that carry the command out, in this order. Raises KeyError for a command nobody knows."""
        return WRITERS[type(command)](self, command)

    def _answer(self, command: AnswerLeg) -> tuple[AriRequest, ...]:
        answer = AriRequest("POST", f"channels/{path(command.leg_id)}/answer")
        if not command.lasts:
            return (answer,)
        # The dialplan has given the leg no more time than a code takes.
        return _set(command.leg_id, "TIMEOUT(absolute)", "0"), answer

    def _ring(self, command: IndicateRinging) -> tuple[AriRequest, ...]:
        return (AriRequest("POST", f"channels/{path(command.leg_id)}/ring"),)

    def _stop_ringing(self, command: StopRinging) -> tuple[AriRequest, ...]:
        return (AriRequest("DELETE", f"channels/{path(command.leg_id)}/ring"),)

    def _start_music(self, command: StartMusic) -> tuple[AriRequest, ...]:
        return (AriRequest("POST", f"channels/{path(command.leg_id)}/moh", (("mohClass", command.music),)),)

    def _stop_music(self, command: StopMusic) -> tuple[AriRequest, ...]:
        return (AriRequest("DELETE", f"channels/{path(command.leg_id)}/moh"),)

    def _play_sequence(self, command: PlaySequence) -> tuple[AriRequest, ...]:
        # A channel works its requests off one by one: the music begins when the last sound is over, or was broken off.
        return self._play(command, command.sounds)

    def _read_number_back(self, command: ReadNumberBack) -> tuple[AriRequest, ...]:
        digits = tuple(f"{DIGIT_SOUND}{digit}" for digit in command.digits if digit in "0123456789")
        return self._play(command, (*command.before, *digits, *command.after))

    def _play(self, command: PlaySequence | ReadNumberBack, sounds: tuple[str, ...]) -> tuple[AriRequest, ...]:
        leg = path(command.leg_id)
        media = ",".join(f"sound:{sound}" for sound in sounds)
        query = (("media", media), ("lang", command.language))
        play = AriRequest("POST", f"channels/{leg}/play/{path(command.playback_id)}", query)
        if command.music is None:
            return (play,)
        return play, AriRequest("POST", f"channels/{leg}/moh", (("mohClass", command.music),))

    def _stop_playing(self, command: StopPlaying) -> tuple[AriRequest, ...]:
        return (AriRequest("DELETE", f"playbacks/{path(command.playback_id)}"),)

    def _create_bridge(self, command: CreateBridge) -> tuple[AriRequest, ...]:
        # proxy_media keeps RTP in the core: no jump in the stream when a recording starts or stops.
        # video_sfu makes it one that mixes from the first party on, though nobody shows a picture: a third who joins a bridge
        # for two, which then has to change its way, can be left without sound.
        kind = "mixing,video_sfu" if command.mixes else "mixing,proxy_media"
        return (AriRequest("POST", f"bridges/{path(command.bridge_id)}", (("type", kind),)),)

    def _join(self, command: JoinBridge) -> tuple[AriRequest, ...]:
        # Without the inhibition the phone's display would change from the project to the caller's own name.
        query = (("channel", ",".join(command.leg_ids)), ("inhibitConnectedLineUpdates", "true"))
        return (AriRequest("POST", f"bridges/{path(command.bridge_id)}/addChannel", query),)

    def _leave(self, command: LeaveBridge) -> tuple[AriRequest, ...]:
        return (AriRequest("POST", f"bridges/{path(command.bridge_id)}/removeChannel", (("channel", command.leg_id),)),)

    def _destroy_bridge(self, command: DestroyBridge) -> tuple[AriRequest, ...]:
        return (AriRequest("DELETE", f"bridges/{path(command.bridge_id)}"),)

    def _ring_endpoint(self, command: RingEndpoint) -> tuple[AriRequest, ...]:
        query = (
            ("endpoint", f"PJSIP/{command.endpoint_id}"),
            ("app", self._app),
            # ARI refuses `formats` beside `originator`, whose codec the new leg takes; without either it would take mu-law.
            ("formats", CODEC) if command.caller_leg_id is None else ("originator", command.caller_leg_id),
            ("callerId", caller_id(command.display_name, command.display_number)),
            ("timeout", str(max(1, -(-command.timeout_ms // 1000)))),
        )
        body = ANSWERS_BY_ITSELF if command.phone_answers else None
        return (AriRequest("POST", f"channels/{path(command.leg_id)}", query, body),)

    def _hang_up(self, command: HangUp) -> tuple[AriRequest, ...]:
        if command.cause is HangupCause.ANSWERED_ELSEWHERE:
            reason = ("reason", "answered_elsewhere")
        else:
            reason = ("reason_code", str(int(command.cause)))
        return (AriRequest("DELETE", f"channels/{path(command.leg_id)}", (reason,)),)

    def _listen(self, command: ListenForTalk) -> tuple[AriRequest, ...]:
        return (_set(command.leg_id, TALK_DETECT.format("set"), str(command.silence_ms)),)

    def _stop_listening(self, command: StopListening) -> tuple[AriRequest, ...]:
        return (_set(command.leg_id, TALK_DETECT.format("remove"), ""),)

    def _mark_waiting(self, command: MarkWaiting) -> tuple[AriRequest, ...]:
        return (_set(command.leg_id, WAITING_VARIABLE, "1" if command.is_waiting else "0"),)

    def _hand_to_dialplan(self, command: HandToDialplan) -> tuple[AriRequest, ...]:
        # Once out of the app its end would not be told any more, were it not subscribed to by name.
        subscribe = (("eventSource", f"channel:{command.leg_id}"),)
        context = CALLBACK_CONTEXT if command.entry is DialplanEntry.CALLBACK else self._fallback
        where = (("context", context), ("extension", command.entry.value), ("priority", "1"))
        return (
            AriRequest("POST", f"applications/{path(self._app)}/subscription", subscribe),
            AriRequest("POST", f"channels/{path(command.leg_id)}/continue", where),
        )

    def _play_tone(self, command: PlayTone) -> tuple[AriRequest, ...]:
        # Sounds of asterisk-conf/: a tone of Asterisk's own would play for ever and report no end.
        sound = CONFIRMATION_SOUND if command.is_confirmation else REFUSAL_SOUND
        if command.sound is not None:
            sound = f"sound:{command.sound}"
        leg = path(command.leg_id)
        return (
            AriRequest("POST", f"channels/{leg}/answer"),
            AriRequest("POST", f"channels/{leg}/play/{leg}{TONE_SUFFIX}", (("media", sound),)),
        )

    def _say_in_bridge(self, command: SayInBridge) -> tuple[AriRequest, ...]:
        query = (("media", f"sound:{command.sound}"),)
        return (AriRequest("POST", f"bridges/{path(command.bridge_id)}/play/{path(command.playback_id)}", query),)

    def _answer_transfer(self, command: AnswerTransfer) -> tuple[AriRequest, ...]:
        """Between two requests of the phone, never during one (refer.py says why). Who is told that it is done asks no more."""
        leg, state = command.leg_id, "channel_answered" if command.is_taken else "channel_declined"
        return (
            _set(leg, TRANSFER_CONTEXT, NOWHERE),
            _set(leg, HANDLING, BY_ASTERISK),
            reading_of(leg, HEARD_OUT),
            AriRequest("POST", f"channels/{path(leg)}/transfer_progress", (("states", state),)),
            *(() if command.is_taken else (_set(leg, HANDLING, BY_US),)),
        )

    def _dial_outside(self, command: DialOutside) -> tuple[AriRequest, ...]:
        """Nothing where there is no line out, or no number that could be dialled."""
        line = self._line(command)
        request = None if line is None else request_of(command, line, app=self._app)
        return () if request is None else (request,)

    def is_dialled_in_steps(self, command: DialOutside) -> bool:
        """Whether the request of the command makes a channel only."""
        line = self._line(command)
        return line is not None and is_dialled_in_steps(command, line)

    def steps_of(self, command: DialOutside) -> tuple[AriRequest, ...]:
        """The requests that then put the channel where it is heard, and dial it."""
        line = self._line(command)
        return () if line is None else steps_of(command, line)

    def _line(self, command: DialOutside) -> LineOut | None:
        return self._emergency_line if command.is_emergency else self._line_out

    def _nothing(
        self, _command: SegmentCommand | HangUpIfSilent | AskPermission | LetListen | EndListening
    ) -> tuple[AriRequest, ...]:
        return ()


Writer = Callable[[Translator, Any], tuple[AriRequest, ...]]

WRITERS: Mapping[type[Command], Writer] = {
    AnswerLeg: Translator._answer,
    IndicateRinging: Translator._ring,
    StopRinging: Translator._stop_ringing,
    StartMusic: Translator._start_music,
    StopMusic: Translator._stop_music,
    PlaySequence: Translator._play_sequence,
    ReadNumberBack: Translator._read_number_back,
    StopPlaying: Translator._stop_playing,
    CreateBridge: Translator._create_bridge,
    JoinBridge: Translator._join,
    LeaveBridge: Translator._leave,
    DestroyBridge: Translator._destroy_bridge,
    SayInBridge: Translator._say_in_bridge,
    RingEndpoint: Translator._ring_endpoint,
    DialOutside: Translator._dial_outside,
    HangUp: Translator._hang_up,
    MarkWaiting: Translator._mark_waiting,
    HandToDialplan: Translator._hand_to_dialplan,
    PlayTone: Translator._play_tone,
    AnswerTransfer: Translator._answer_transfer,
    ListenForTalk: Translator._listen,
    StopListening: Translator._stop_listening,
    StartSegment: Translator._nothing,
    StopSegment: Translator._nothing,
    MaskSegment: Translator._nothing,
    DiscardSegment: Translator._nothing,
    GiveSign: Translator._nothing,
    HangUpIfSilent: Translator._nothing,
    AskPermission: Translator._nothing,
    LetListen: Translator._nothing,
    EndListening: Translator._nothing,
}


def _set(leg_id: LegId, variable: str, value: str) -> AriRequest:
    return AriRequest("POST", f"channels/{path(leg_id)}/variable", (("variable", variable), ("value", value)))


def path(identifier: str) -> str:
    """The identifier as one segment of a path. Ids of ours and of Asterisk need nothing; anything else is escaped."""
    if _SAFE.issuperset(identifier) and identifier not in {"", ".", ".."}:
        return identifier
    return "".join(c if c in _SAFE and c != "." else "".join(f"%{b:02X}" for b in c.encode()) for c in identifier)


@lru_cache(maxsize=1_024)
def caller_id(name: str, number: str) -> str:
    """`"Name" <number>` as Asterisk reads it: quotes and backslashes escaped, control characters gone."""
    shown = "".join(c if c.isprintable() else " " for c in name).replace("\\", "\\\\").replace('"', '\\"').strip()
    digits = "".join(c for c in number if c in "+0123456789*#")
    return f'"{shown}" <{digits}>' if digits else f'"{shown}"'


def reading_of(channel_id: str, variable: str) -> AriRequest:
    """The request for a channel's variable. Raises `SwitchError` for what is none."""
    if variable not in READ_FUNCTIONS and not _PLAIN_VARIABLE.fullmatch(variable):
        raise SwitchError("ARI: only plain variables are read")
    return AriRequest("GET", f"channels/{path(channel_id)}/variable", (("variable", variable),))

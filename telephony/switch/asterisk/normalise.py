"""Asterisk's events as our leg facts. Pure: no clock, no I/O; remembers only what it must to say each thing once.

| Asterisk (ARI)                                   | ours                                                          |
|--------------------------------------------------|---------------------------------------------------------------|
| StasisStart, channel from a trunk                | CallerArrived (and LegAnswered where it is already up)        |
| StasisStart, channel from an agent's phone       | FeatureCodeDialled                                            |
| StasisStart, channel with an id of ours          | LegAnswered: a one-shot originate enters when it is answered  |
| the same, made to be dialled by us (early_media.py) | nothing; its bridge and its answer are told at its answer  |
| Dial PROGRESS, of such a one                     | LegRinging, once                                              |
| ChannelStateChange Ringing, Dial RINGING, of ours| LegRinging, once                                              |
| ChannelStateChange Up, of a caller or such a one | LegAnswered                                                   |
| ChannelEnteredBridge / ChannelLeftBridge         | LegJoined / LegLeft                                           |
| ChannelHold / ChannelUnhold                      | LegHeld / LegUnheld                                           |
| ChannelDtmfReceived                              | LegPressedKey                                                 |
| ChannelTalkingStarted / ChannelTalkingFinished   | LegTalkBegan / LegTalkEnded, where we listen (TALK_DETECT)    |
| ChannelTransfer, of an agent's leg of ours        | TransferDialled, once: what we tell the phone of it is echoed  |
| ChannelHangupRequest                             | nothing yet: who ended it (`soft` = Asterisk or we) and why   |
| ChannelDestroyed                                 | LegHungUp, once                                               |
| StasisEnd of a caller after ChannelHangupRequest | LegHungUp, once: no ChannelDestroyed follows for callers      |
| StasisEnd of a caller without one                | nothing: it went into the dialplan; `departed` names it       |

A phone that vanishes says no goodbye: Asterisk ends its leg when no packet has come for `rtp_timeout`. Such an end is told as
estimated, at the last proof of life.
"""

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from telephony.causes import HangupCause
from telephony.engine.ports import CallerArrived, FallbackServed, SwitchFact, TransferDialled
from telephony.events import (
    Event,
    FeatureCodeDialled,
    LegAnswered,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegPressedKey,
    LegRinging,
    LegUnheld,
)
from telephony.identifiers import BridgeId, EndpointId, Instant, LegId, SwitchName, TrunkId, call_of
from telephony.machines import LegTalkBegan, LegTalkEnded
from telephony.switch.asterisk.ari_wire import Channel, Frame, Party, instant_of
from telephony.switch.asterisk.causes import cause_of, cause_of_soft_request, is_refused_by_phone, is_rtp_timeout
from telephony.switch.asterisk.line_out import DIAL_MARK
from telephony.switch.asterisk.refer import transfer_of
from telephony.switch.asterisk.silence import Silence

ENDED_KEPT = 4096
"""So many legs that are gone are remembered, so that a repeated or late event of theirs says nothing twice."""
LEGS_KEPT = 50_000
"""More legs than any node carries: beyond it the oldest is forgotten, so that lost ends never fill the memory."""
NAME_KEPT = 256
"""Characters of a caller's name and number that go on; the network's own limits are far below."""

_WITHHELD = frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "private", "withheld"})
_NOT_LEGS = ("Snoop/", "Local/", "Announcer/", "Recorder/", "CBAnn/", "CBRec/", "UnicastRTP/", "AudioSocket/")


_UNKNOWN = ""
"""Where a leg is that was here before us: its next bridge event is told whatever it says."""


class _Leg(msgspec.Struct):
    name: str = ""
    is_ours: bool = False
    is_announced: bool = False
    is_ringing: bool = False
    is_answered: bool = False
    is_dialled: bool = False
    """Made, put into a bridge and dialled, one after the other: it is in our app, and may be heard, before it is answered."""
    is_held: bool = False
    is_hold_told: bool = False
    bridge: str | None = _UNKNOWN
    has_hangup_request: bool = False
    soft: bool = False
    request_cause: int | None = None
    request_tech_cause: int = 0
    acted_at: Instant = Instant(0)
    """When the phone last did something: it was there then."""
    last_heard_at: Instant | None = None
    """Set for a leg that ends because its phone fell silent."""
    is_in_dialplan: bool = False

    @property
    def is_early(self) -> bool:
        """In our app, maybe in a bridge, and not answered."""
        return self.is_dialled and not self.is_answered


class Normaliser:
    """Turns frames into facts; one for each switch. Works on any order and any repetition of events."""

    def __init__(
        self,
        switch: SwitchName,
        *,
        trunk_context: str = "from-trunk",
        agent_context: str = "from-agents",
        silence: Silence | None = None,
    ) -> None:
        self._switch = switch
        self._silence = silence or Silence()
        self._contexts = (trunk_context, agent_context)
        self._legs: OrderedDict[str, _Leg] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self.departed: list[LegId] = []
        """Callers that left us without a hang-up, newest last: whoever reads it empties it and looks where they are."""

    def facts_of(self, frame: Frame) -> list[SwitchFact]:
        """What the frame says, in our words; empty for what says nothing. Raises ValueError for a bad time stamp."""
        read = _READERS.get(frame.type)
        if read is None:
            return []
        channel = frame.channel if frame.channel is not None else frame.peer
        if channel is None and frame.referred_by is not None:
            channel = frame.referred_by.source_channel
        if channel is None or not channel.id or channel.id in self._ended or channel.name.startswith(_NOT_LEGS):
            return []
        leg = self._leg(channel)
        told = read(self, frame, channel, leg)
        if not told:
            return []
        at = instant_of(frame.timestamp)
        if frame.type in _BY_PHONE:
            leg.acted_at = at
        if leg.last_heard_at is None:
            return [SwitchFact(switch=self._switch, occurred_at=at, what=what) for what in told]
        ended_at = min(at, max(leg.last_heard_at, leg.acted_at))
        return [
            SwitchFact(switch=self._switch, occurred_at=ended_at if isinstance(what, LegHungUp) else at, what=what)
            for what in told
        ]

    def adopt(self, leg_id: LegId, name: str, *, is_answered: bool, bridge: BridgeId | None) -> None:
        """The leg is known as a snapshot shows it: its next events are told apart from repeated ones."""
        if leg_id in self._ended:
            return
        leg = self._leg(Channel(id=leg_id, name=name))
        leg.is_answered = leg.is_answered or is_answered
        leg.is_ringing = leg.is_ringing or is_answered
        if leg.bridge == _UNKNOWN:  # an event that came while the snapshot was read knows better
            leg.bridge = bridge

    def is_dialled(self, leg_id: LegId) -> None:
        """The leg, adopted, is in our app and not answered."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.is_dialled = True

    def name_of(self, leg_id: LegId) -> str | None:
        """The channel's name at the switch, as far as known."""
        leg = self._legs.get(leg_id)
        return leg.name or None if leg is not None else None

    def was_last_heard(self, leg_id: LegId, at: Instant) -> None:
        """The leg ends because nothing has been heard of its phone since then."""
        leg = self._legs.get(leg_id)
        if leg is not None and leg.last_heard_at is None:
            leg.last_heard_at = at

    def is_held(self, leg_id: LegId) -> bool:
        """Whether the phone holds the call."""
        leg = self._legs.get(leg_id)
        return leg is not None and leg.is_held

    def hand_to_dialplan(self, leg_id: LegId) -> None:
        """The leg is going into the dialplan at our word: its StasisEnd is no end."""
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.is_in_dialplan = True

    def end(self, leg_id: LegId, what: LegHungUp, at: Instant) -> list[SwitchFact]:
        """The end of a leg that was found gone by looking; empty if it had been told."""
        if leg_id in self._ended:
            return []
        self._forget(leg_id)
        return [SwitchFact(switch=self._switch, occurred_at=at, what=what)]

    def _leg(self, channel: Channel) -> _Leg:
        leg = self._legs.get(channel.id)
        if leg is None:
            leg = self._legs[channel.id] = _Leg(name=channel.name, is_ours=call_of(channel.id) is not None)
            if len(self._legs) > LEGS_KEPT:
                self._legs.popitem(last=False)
        elif not leg.name:
            leg.name = channel.name
        return leg

    def _forget(self, leg_id: str) -> None:
        self._legs.pop(leg_id, None)
        self._ended[leg_id] = None
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)

    def _start(self, frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        if leg.bridge == _UNKNOWN:
            leg.bridge = None
        if leg.is_ours:
            leg.is_dialled = leg.is_dialled or frame.args == (DIAL_MARK,)
            return [] if leg.is_dialled else self._answered(channel, leg)
        if leg.is_announced or leg.is_in_dialplan or "h" in frame.args[-1:]:
            return []
        leg.is_announced = True
        leg_id = LegId(channel.id)
        told: list[What] = []
        if channel.dialplan.context == self._contexts[1] or frame.args[:1] == ("agent",):
            told.append(
                FeatureCodeDialled(
                    leg_id=leg_id, endpoint_id=EndpointId(endpoint_of(channel.name)), digits=dialled(frame.args, channel)
                )
            )
        else:
            told.append(arrived(channel, frame.args))
        return told + (self._answered(channel, leg) if channel.state == "Up" else [])

    def _answered(self, channel: Channel, leg: _Leg) -> list["What"]:
        if leg.is_answered:
            return []
        leg.is_answered = leg.is_ringing = True
        leg_id = LegId(channel.id)
        told: list[What] = [LegAnswered(leg_id=leg_id)]
        if leg.is_dialled and leg.bridge:  # what was heard before was no talk
            told.append(LegJoined(leg_id=leg_id, bridge_id=BridgeId(leg.bridge)))
        return told

    def _state_change(self, _frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        if channel.state == "Up" and (leg.is_dialled or not leg.is_ours):
            return self._answered(channel, leg)
        if channel.state == "Ringing" and leg.is_ours:
            return self._ringing(channel, leg)
        return []

    def _ringing(self, channel: Channel, leg: _Leg) -> list["What"]:
        if leg.is_ringing:
            return []
        leg.is_ringing = True
        return [LegRinging(leg_id=LegId(channel.id))]

    def _dial(self, frame: Frame, _channel: Channel, _leg: _Leg) -> list["What"]:
        peer = frame.peer
        if frame.dialstatus not in {"RINGING", "PROGRESS"} or peer is None or not peer.id or peer.id in self._ended:
            return []
        leg = self._leg(peer)
        # Many networks say in sound alone that it rings.
        return self._ringing(peer, leg) if leg.is_dialled or (leg.is_ours and frame.dialstatus == "RINGING") else []

    def _entered(self, frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        if frame.bridge is None or not frame.bridge.id or leg.bridge == frame.bridge.id:
            return []
        leg.bridge = frame.bridge.id
        return [] if leg.is_early else [LegJoined(leg_id=LegId(channel.id), bridge_id=BridgeId(frame.bridge.id))]

    def _left(self, frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        if frame.bridge is None or leg.bridge not in {frame.bridge.id, _UNKNOWN}:
            return []
        leg.bridge = None
        return [] if leg.is_early else [LegLeft(leg_id=LegId(channel.id), bridge_id=BridgeId(frame.bridge.id))]

    def _held(self, _frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        if leg.is_held:
            return []
        leg.is_held = True
        if not leg.is_answered:
            # The answer of a browser that may not use the microphone yet names no address, which reads as hold;
            # nobody holds a call before taking it.
            return []
        leg.is_hold_told = True
        return [LegHeld(leg_id=LegId(channel.id))]

    def _unheld(self, _frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        # A phone says "not on hold" at odd moments (before a REFER, after a re-INVITE): only a real change counts.
        if not leg.is_held:
            return []
        leg.is_held = False
        if not leg.is_hold_told:
            return []
        leg.is_hold_told = False
        return [LegUnheld(leg_id=LegId(channel.id))]

    def _key(self, frame: Frame, channel: Channel, _leg: _Leg) -> list["What"]:
        return [LegPressedKey(leg_id=LegId(channel.id), key=frame.digit[:1])] if frame.digit else []

    def _talks(self, _frame: Frame, channel: Channel, _leg: _Leg) -> list["What"]:
        return [LegTalkBegan(leg_id=LegId(channel.id))]

    def _is_silent(self, frame: Frame, channel: Channel, _leg: _Leg) -> list["What"]:
        return [LegTalkEnded(leg_id=LegId(channel.id), talked_ms=max(frame.duration, 0))]

    def _transfer(self, frame: Frame, _channel: Channel, leg: _Leg) -> list["What"]:
        told = transfer_of(frame)
        return [told] if told is not None and leg.is_ours else []

    def _hangup_request(self, frame: Frame, _channel: Channel, leg: _Leg) -> list["What"]:
        if not leg.has_hangup_request:
            leg.has_hangup_request = True
            leg.soft = frame.soft
            leg.request_cause = frame.cause
            leg.request_tech_cause = frame.tech_cause
            if frame.soft and is_rtp_timeout(frame.cause):
                leg.last_heard_at = self._silence.began_at(instant_of(frame.timestamp), is_held=leg.is_held)
        return []

    def _stasis_end(self, _frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        if leg.is_ours:
            return []  # its ChannelDestroyed follows and knows the cause
        if not leg.has_hangup_request:
            leg.is_in_dialplan = True
            self.departed.append(LegId(channel.id))
            return []
        read = cause_of_soft_request(leg.request_cause) if leg.soft else cause_of(leg.request_cause, leg.request_tech_cause)
        return self._hung_up(channel, leg, read, by_phone=not leg.soft)

    def _destroyed(self, frame: Frame, channel: Channel, leg: _Leg) -> list["What"]:
        cause = cause_of(frame.cause, frame.tech_cause, is_refused=leg.is_early and not leg.soft)
        if leg.soft and cause is HangupCause.MEDIA_LOST and leg.last_heard_at is None:  # found silent, and ended by us
            leg.last_heard_at = self._silence.looked_at(instant_of(frame.timestamp))
        by_phone = not leg.soft if leg.has_hangup_request else is_refused_by_phone(cause)
        return self._hung_up(channel, leg, cause, by_phone=by_phone)

    def _hung_up(self, channel: Channel, leg: _Leg, cause: HangupCause, *, by_phone: bool) -> list["What"]:
        told: list[What] = []
        if leg.bridge and not leg.is_early:  # its ChannelLeftBridge was lost or is late
            told.append(LegLeft(leg_id=LegId(channel.id), bridge_id=BridgeId(leg.bridge)))
        is_estimated = leg.last_heard_at is not None
        told.append(LegHungUp(leg_id=LegId(channel.id), cause=cause, by_phone=by_phone, is_estimated=is_estimated))
        self._forget(channel.id)
        return told


What = Event | CallerArrived | FallbackServed | TransferDialled

_READERS: dict[str, Callable[[Normaliser, Frame, Channel, _Leg], list[What]]] = {
    "StasisStart": Normaliser._start,
    "StasisEnd": Normaliser._stasis_end,
    "ChannelStateChange": Normaliser._state_change,
    "Dial": Normaliser._dial,
    "ChannelEnteredBridge": Normaliser._entered,
    "ChannelLeftBridge": Normaliser._left,
    "ChannelHold": Normaliser._held,
    "ChannelUnhold": Normaliser._unheld,
    "ChannelDtmfReceived": Normaliser._key,
    "ChannelTalkingStarted": Normaliser._talks,
    "ChannelTalkingFinished": Normaliser._is_silent,
    "ChannelHangupRequest": Normaliser._hangup_request,
    "ChannelDestroyed": Normaliser._destroyed,
    "ChannelTransfer": Normaliser._transfer,
}
EVENTS_READ = tuple(_READERS)
_BY_PHONE = frozenset({"StasisStart", "ChannelStateChange", "ChannelHold", "ChannelUnhold", "ChannelDtmfReceived"})
"""What comes of a message or a key of the phone itself."""


def is_leg(channel_name: str) -> bool:
    """The channel is a phone's or a trunk's, not a piece of Asterisk's own plumbing."""
    return not channel_name.startswith(_NOT_LEGS)


def endpoint_of(channel_name: str) -> str:
    """The phone or trunk a channel belongs to: `PJSIP/anna-0000000a` is `anna`; empty for other names."""
    technology, _, rest = channel_name.partition("/")
    return rest.rpartition("-")[0] if technology == "PJSIP" else ""


def dialled(args: tuple[str, ...], channel: Channel) -> str:
    """The digits dialled: the dialplan's argument (split at commas by Asterisk), else the extension."""
    return (",".join(args[1:]) if len(args) > 1 else channel.dialplan.exten)[:NAME_KEPT]


def arrived(channel: Channel, args: tuple[str, ...]) -> CallerArrived:
    """The caller on this channel; a number or name that says "withheld" in any of its spellings is None."""
    number = _clean(channel.caller.number)
    is_withheld = number.lower() in _WITHHELD
    return CallerArrived(
        leg_id=LegId(channel.id),
        trunk_id=TrunkId(endpoint_of(channel.name)),
        dnis=dialled(args, channel),
        ani=None if is_withheld else number,
        ani_name=_name(channel.caller) if not is_withheld else None,
    )


def _name(caller: Party) -> str | None:
    name = _clean(caller.name)
    return None if name.lower() in _WITHHELD else name


def _clean(text: str) -> str:
    """One line without control characters: names come from strangers and go to logs, screens and AMI."""
    kept = text[:NAME_KEPT]
    return (kept if kept.isprintable() else "".join(c if c.isprintable() else " " for c in kept)).strip()

"""What a failed request says about the command it belonged to. Pure."""

from telephony.commands import (
    AnswerTransfer,
    Command,
    CreateBridge,
    DestroyBridge,
    DialOutside,
    FailureReason,
    JoinBridge,
    LeaveBridge,
    RingEndpoint,
    SayInBridge,
    StopMusic,
    StopPlaying,
    StopRinging,
    leg_of,
)
from telephony.events import CommandFailed
from telephony.identifiers import BridgeId
from telephony.switch.asterisk.ari import CUT, TIMED_OUT
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.translate import path

_ALREADY_SO = {
    AnswerTransfer: frozenset({400, 404, 409}),
    DestroyBridge: frozenset({404}),
    LeaveBridge: frozenset({422}),
    SayInBridge: frozenset({404, 409}),
    StopMusic: frozenset({409}),
    StopPlaying: frozenset({404, 409}),
    StopRinging: frozenset({409}),
}
"""Answers that say the wish is fulfilled already: no bridge, not in it, not ours to play music to, played to
the end, a phone that waits for no word."""

_DOUBTFUL = frozenset({409, 500})
"""A refused originate answers 500, or 409 "already exists" once a real 409 was given on that socket: only a look tells."""


def failure_of(command: Command, answer: AriAnswer) -> CommandFailed | None:
    """The failure as the engine knows it; None where the command took effect or nothing was left to do."""
    if answer.is_ok or answer.status in _ALREADY_SO.get(type(command), ()):
        return None
    return CommandFailed(
        command=type(command).__name__,
        reason=_reason(command, answer.status),
        leg_id=leg_of(command),
        bridge_id=_bridge(command),
        detail=f"ARI status {answer.status}" if answer.status > 0 else "",
    )


def where_to_look(command: Command, answer: AriAnswer) -> AriRequest | None:
    """The request that tells whether the leg or bridge is there after all, where the answer does not say."""
    if answer.status not in _DOUBTFUL:
        return None
    if isinstance(command, RingEndpoint | DialOutside):
        return AriRequest("GET", f"channels/{path(command.leg_id)}")
    if isinstance(command, CreateBridge):
        return AriRequest("GET", f"bridges/{path(command.bridge_id)}")
    return None


def _reason(command: Command, status: int) -> FailureReason:
    if status == TIMED_OUT:
        return FailureReason.TIMED_OUT
    if status == CUT:
        return FailureReason.DISCONNECTED
    if isinstance(command, RingEndpoint | DialOutside):
        return FailureReason.GONE if status in {400, 404} else FailureReason.UNREACHABLE
    if status == 404 or (status == 400 and isinstance(command, JoinBridge | LeaveBridge)):
        return FailureReason.GONE
    return FailureReason.REFUSED


def _bridge(command: Command) -> BridgeId | None:
    bridge: BridgeId | None = getattr(command, "bridge_id", None)
    return bridge

"""Asterisk's causes and SIP codes as our hang-up causes. Pure."""

from telephony.causes import HangupCause

_BY_SIP_CODE = {
    404: HangupCause.UNALLOCATED,
    480: HangupCause.NO_ANSWER,
    484: HangupCause.INVALID_NUMBER,
    486: HangupCause.BUSY,
    487: HangupCause.NORMAL,
    503: HangupCause.CONGESTION,
    600: HangupCause.BUSY,
    603: HangupCause.REJECTED,
}
"""Seen on 22.10.1 for phones that refuse; 487 is the caller's own CANCEL, which Asterisk reports as cause 127."""

_TEMPORARILY_UNAVAILABLE = 480
_SOFT_WITHOUT_CAUSE = 32
_SOFT_RTP_TIMEOUT = 1


def cause_of(cause: int | None, tech_cause: int = 0, *, is_refused: bool = False) -> HangupCause:
    """The cause of a leg that is gone. A BYE without a Reason header carries none: that is a normal goodbye.

    480 is what Asterisk writes when nobody answers in time. `is_refused`: it did not give up itself, so the network said it.
    """
    if is_refused and tech_cause == _TEMPORARILY_UNAVAILABLE:
        return HangupCause.SUBSCRIBER_ABSENT
    if tech_cause in _BY_SIP_CODE:
        return _BY_SIP_CODE[tech_cause]
    if cause is None or cause == _SOFT_WITHOUT_CAUSE:
        return HangupCause.NORMAL
    return HangupCause(cause)


def is_rtp_timeout(cause: int | None) -> bool:
    """Whether a hang-up that Asterisk itself asked for with this cause is its `rtp_timeout`'s: only that asks with 1."""
    return cause == _SOFT_RTP_TIMEOUT


def cause_of_soft_request(cause: int | None) -> HangupCause:
    """The cause behind a hang-up that Asterisk asked for itself, where no later event tells it.

    Only `rtp_timeout` asks with cause 1 (its ChannelDestroyed then says 44); our own DELETE always asks with 32.
    """
    return HangupCause.MEDIA_LOST if cause == _SOFT_RTP_TIMEOUT else cause_of(cause)


def is_refused_by_phone(cause: HangupCause) -> bool:
    """An unanswered leg that ended so was ended by the person at the phone, not by time or network."""
    return cause in {HangupCause.BUSY, HangupCause.REJECTED}

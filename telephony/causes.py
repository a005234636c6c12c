"""Hang-up causes (ITU-T Q.850) and what they mean for a call and for an agent."""

from enum import IntEnum, StrEnum


class HangupCause(IntEnum):
    """Q.850 numbers as every switch reports them; the few that decide something are named."""

    UNKNOWN = 0
    UNALLOCATED = 1
    NO_ROUTE = 3
    NORMAL = 16
    BUSY = 17
    NO_USER_RESPONDING = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    REJECTED = 21
    ANSWERED_ELSEWHERE = 26
    OUT_OF_ORDER = 27
    INVALID_NUMBER = 28
    NORMAL_UNSPECIFIED = 31
    CONGESTION = 34
    FAILURE = 38
    TEMPORARY_FAILURE = 41
    MEDIA_LOST = 44
    INTERWORKING = 127

    @classmethod
    def _missing_(cls, _value: object) -> "HangupCause":
        return cls.UNKNOWN


class EndReason(StrEnum):
    """How a call ended: our normalised reason."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    OUTSIDER_HUNG_UP = "outsider_hung_up"
    """Whom the caller was given, outside, said goodbye."""
    ENDED_BY_US = "ended_by_us"
    ABUSE = "abuse"
    """The agent ended it because of how the caller treated them."""
    ABANDONED = "abandoned"
    UNKNOWN_DID = "unknown_did"
    MALFORMED = "malformed"
    CLOSED = "closed"
    REFUSED_ANONYMOUS = "refused_anonymous"
    WAIT_LIMIT = "wait_limit"
    OVERFLOW = "overflow"
    """The project's care of the waiting sent the caller to the answering machine."""
    ALL_BUSY = "all_busy"
    """The same, to the announcement that all lines are busy."""
    TO_MACHINE = "to_machine"
    FALLBACK = "fallback"
    SWITCH_LOST = "switch_lost"
    CALLBACK_UNREACHED = "callback_unreached"
    """Who asked to be called back was tried as often as that is done."""
    CALLBACK_EXPIRED = "callback_expired"
    CALLBACK_REFUSED = "callback_refused"
    """Their number may not be called, or there is nothing left to call them for."""
    CALLEE_HUNG_UP = "callee_hung_up"
    """Whom we had called said goodbye."""
    CALLEE_BUSY = "callee_busy"
    CALLEE_NO_ANSWER = "callee_no_answer"
    CALLEE_REJECTED = "callee_rejected"
    CALLEE_INVALID = "callee_invalid"
    """Nobody has that number."""
    CALLEE_UNREACHABLE = "callee_unreachable"
    CALLEE_MACHINE = "callee_machine"
    """An answering machine took the call, and the call was ended for that."""
    CALLEE_UNCLEAR = "callee_unclear"
    """They were to be dialled, and nobody can say whether that was done: a person has to look, nobody dials again by itself."""
    NOT_PERMITTED = "not_permitted"
    """The desk did not let us dial them."""
    AGENT_UNREACHED = "agent_unreached"
    """The agent who wanted the call was not to be had for it."""
    FEATURE_CODE = "feature_code"
    FAILED = "failed"


class ReleaseReason(StrEnum):
    """How an agent's bond with a call ended; each kind of miss has its own consequence."""

    TALKED = "talked"
    ABANDONED = "abandoned"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    LOST = "lost"


def miss_of(cause: HangupCause) -> ReleaseReason:
    """What an unanswered offer that ended with `cause` says about the agent.

    SIP codes behind the causes, seen on Asterisk 22.10: 486 → 17, 480 and ring time-out → 19, 603 → 21, 404 → 1, 503 → 34.
    """
    match cause:
        case HangupCause.BUSY:
            return ReleaseReason.BUSY
        case HangupCause.REJECTED:
            return ReleaseReason.REJECTED
        case HangupCause.NO_ANSWER | HangupCause.NO_USER_RESPONDING | HangupCause.NORMAL:
            return ReleaseReason.NO_ANSWER
        case _:
            return ReleaseReason.UNREACHABLE


LOST_WITHOUT_GOODBYE = frozenset(
    {
        HangupCause.MEDIA_LOST,
        HangupCause.NO_USER_RESPONDING,
        HangupCause.OUT_OF_ORDER,
        HangupCause.TEMPORARY_FAILURE,
        HangupCause.FAILURE,
    }
)
"""Causes of a leg that went away without its person saying goodbye, when the phone did not send a plain BYE."""

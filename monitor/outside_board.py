"""Somebody outside in a call, as the board shows them: how far the leg to them has come, and what came of the last one."""

from dataclasses import dataclass

from telephony import events as ev
from telephony.causes import HangupCause
from telephony.dialling import DialPermitted
from telephony.identifiers import BridgeId, LegId, PartyId

_NOTES = {
    HangupCause.BUSY: "busy",
    HangupCause.NO_ANSWER: "no_answer",
    HangupCause.NO_USER_RESPONDING: "no_answer",
    HangupCause.REJECTED: "rejected",
    HangupCause.UNALLOCATED: "invalid",
    HangupCause.NO_ROUTE: "invalid",
    HangupCause.INVALID_NUMBER: "invalid",
    HangupCause.SUBSCRIBER_ABSENT: "unreachable",
    HangupCause.OUT_OF_ORDER: "unreachable",
    HangupCause.CONGESTION: "unreachable",
    HangupCause.FAILURE: "unreachable",
    HangupCause.TEMPORARY_FAILURE: "unreachable",
}

CONSULT = ".consult."


@dataclass(slots=True, kw_only=True)
class LiveOutsider:
    """Who was dialled for the caller, or to be asked by the agent."""

    leg_id: LegId
    party_id: PartyId
    masked: str
    is_answered: bool = False
    bridge_id: BridgeId | None = None

    @property
    def is_with_caller(self) -> bool:
        """Whether the caller hears them, held or not."""
        return self.bridge_id is not None and CONSULT not in self.bridge_id


def dialled(event: DialPermitted) -> LiveOutsider:
    """The leg begins."""
    return LiveOutsider(leg_id=event.leg_id, party_id=event.party_id, masked=event.number.masked)


def told(outsider: LiveOutsider, event: ev.LegFact) -> None:
    """The leg is as the fact says; its end is the call's to say."""
    if isinstance(event, ev.LegAnswered):
        outsider.is_answered = True
    elif isinstance(event, ev.LegJoined):
        outsider.bridge_id = event.bridge_id
    elif isinstance(event, ev.LegLeft) and outsider.bridge_id == event.bridge_id:
        outsider.bridge_id = None


def note_of(outsider: LiveOutsider, cause: HangupCause) -> str:
    """What came of the leg: answered, busy, no_answer, rejected, invalid, unreachable or failed."""
    return "answered" if outsider.is_answered else note_of_cause(cause)


def note_of_cause(cause: HangupCause) -> str:
    """The same of a leg that was not answered."""
    return _NOTES.get(cause, "failed")

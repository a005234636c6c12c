"""Legs that were permitted: followed event by event until they are gone, so that what was set aside for them can be settled."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from routing.outbound.attempts import RESTORED_LATE_MS, AttemptEnd, OpenAttempt, ended, given_up, never_dialled
from telephony.causes import HangupCause
from telephony.commands import DialOutside, FailureReason
from telephony.dialling import EMERGENCY_CLASS, DialDropped, DialPermitted
from telephony.engine.ports import Journal
from telephony.events import AgentReleased, CallEnded, CommandFailed, Envelope, LegAnswered, LegFact, LegHungUp
from telephony.identifiers import AgentId, CallId, Instant, LegId, PartyId, after_ms
from telephony.machines import MachineHeard

_UNKNOWN = (FailureReason.DISCONNECTED, FailureReason.TIMED_OUT)
"""Failures after which the leg may be there all the same: only what the switch says of it next tells."""

_NEVER = (FailureReason.GONE, FailureReason.REFUSED)
"""Failures of a wish to dial that say that nothing was dialled; another may have been tried by the carrier."""

T = TypeVar("T")
Left = tuple[CallId, AgentId]
KEPT = 4_096


class OpenAttempts:
    """All attempts whose end is not settled yet."""

    def __init__(self) -> None:
        self._open: dict[LegId, OpenAttempt] = {}
        self._unheard: set[LegId] = set()
        """Of those, whose permit is not journaled yet: nobody dials them before it is."""
        self._permitted: dict[PartyId, tuple[LegId, int]] = {}
        self._ends: list[AttemptEnd] = []
        self._left: list[Left] = []
        self.has_news = asyncio.Event()
        """Something is to be settled."""

    @property
    def unanswered(self) -> Sequence[LegId]:
        """Permitted legs that nobody has answered, as far as is known."""
        return [each.leg_id for each in self._open.values() if each.answered_at is None]

    def begin(self, attempt: OpenAttempt) -> None:
        """It is permitted; its permit will be journaled."""
        self._open[attempt.leg_id] = attempt
        self._unheard.add(attempt.leg_id)

    async def restore(self, found: Sequence[OpenAttempt], journal: Journal, now: Instant) -> None:
        """Attempts that were open when the last process ended are followed on from where the journal says they are.

        One whose permit is not in the journal was never dialled: that process died between book and journal. What happened in a
        call before an attempt's permit says nothing of the attempt.
        """
        unheard = {attempt.leg_id: attempt for attempt in found}
        for call_id in dict.fromkeys(attempt.call_id for attempt in unheard.values()):
            async for envelope in journal.read_call(call_id):
                event = envelope.event
                if isinstance(event, DialPermitted) and event.leg_id in unheard:
                    self._open[event.leg_id] = unheard.pop(event.leg_id)
                self.hear(envelope)
        for attempt in unheard.values():
            self._ends.append(never_dialled(attempt, now))
            self.has_news.set()

    def hear(self, envelope: Envelope) -> None:
        """What becomes of permitted legs is noted."""
        if not self._open:
            return
        event = envelope.event
        if isinstance(event, DialPermitted):
            self._unheard.discard(event.leg_id)
            if event.leg_id in self._open and event.number.number_class != EMERGENCY_CLASS:  # those wait for nothing
                remember(self._permitted, event.party_id, (event.leg_id, envelope.seq))
        elif isinstance(event, LegFact | CommandFailed | DialDropped):
            attempt = None if event.leg_id is None else self._open.get(event.leg_id)
            if attempt is not None:
                self._hear_of(attempt, event, envelope.occurred_at)
        elif isinstance(event, MachineHeard):
            if event.leg_id in self._open:
                self._open[event.leg_id] = replace(self._open[event.leg_id], machine_at=envelope.occurred_at)
        elif isinstance(event, AgentReleased):
            if self._of_call(event.call_id):
                self._left.append((event.call_id, event.agent_id))
                self.has_news.set()
        elif isinstance(event, CallEnded) and envelope.call_id is not None:
            for attempt in self._of_call(envelope.call_id):
                is_untold = attempt.leg_id in self._unheard  # the call was over while the desk looked: nobody is dialled any more
                at = envelope.occurred_at
                self._close(attempt, never_dialled(attempt, at) if is_untold else ended(attempt, at, None))

    def take_permitted(self, party_id: PartyId) -> tuple[LegId, int] | None:
        """The party's leg that may be dialled now, once, and the number of the event that says so."""
        return self._permitted.pop(party_id, None)

    def _of_call(self, call_id: CallId) -> list[OpenAttempt]:
        return [each for each in self._open.values() if each.call_id == call_id]

    def _hear_of(self, attempt: OpenAttempt, event: LegFact | CommandFailed | DialDropped, at: Instant) -> None:
        if isinstance(event, LegHungUp):
            self._close(attempt, given_up(attempt, at) if _is_unseen(attempt, event) else ended(attempt, at, event.cause))
        elif isinstance(event, DialDropped):
            self._close(attempt, never_dialled(attempt, at))
        elif isinstance(event, CommandFailed):
            if not attempt.was_seen and event.reason not in _UNKNOWN:
                is_untold = event.command == DialOutside.__name__ and event.reason in _NEVER
                self._close(attempt, never_dialled(attempt, at) if is_untold else ended(attempt, at, None))
        elif isinstance(event, LegAnswered) and attempt.answered_at is None:
            self._open[event.leg_id] = replace(attempt, answered_at=at, was_seen=True)
        elif not attempt.was_seen:
            self._open[event.leg_id] = replace(attempt, was_seen=True)

    def give_up(self, now: Instant) -> None:
        """Attempts that must have ended long ago, and were not seen to, count as spent."""
        for attempt in list(self._open.values()):
            if after_ms(attempt.ends_by_at, RESTORED_LATE_MS) < now:
                self._close(attempt, given_up(attempt, now))

    def _close(self, attempt: OpenAttempt, end: AttemptEnd) -> None:
        del self._open[attempt.leg_id]
        self._unheard.discard(attempt.leg_id)
        self._ends.append(end)
        self.has_news.set()

    def take_news(self) -> tuple[list[AttemptEnd], list[Left]]:
        """What is to be settled; it is taken out."""
        news = self._ends, self._left
        self._ends, self._left = [], []
        self.has_news.clear()
        return news

    def put_back(self, ends: list[AttemptEnd], left: list[Left]) -> None:
        """That could not be settled now."""
        self._ends, self._left = ends + self._ends, left + self._left
        if self._ends or self._left:
            self.has_news.set()


def _is_unseen(attempt: OpenAttempt, gone: LegHungUp) -> bool:
    """Whether nobody can tell if the party's phone rang: the leg went while nobody looked, and no record says why."""
    return gone.is_estimated and gone.cause is HangupCause.UNKNOWN and attempt.answered_at is None


def remember(what: dict[PartyId, T], party_id: PartyId, value: T) -> None:
    """Kept, and the oldest forgotten once there are too many."""
    what[party_id] = value
    if len(what) > KEPT:
        del what[next(iter(what))]

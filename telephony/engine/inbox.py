"""The way in: a fact of a switch, a due time or a request gets its id and its time, and leaves its number and name behind.

Numbers and names of people never pass this room: the event goes on with a party id made for this call, and the person store
gets what belongs to that id. What billing and the screens need of the number (class, country, masked form) goes with the event.
"""

from collections.abc import Callable
from hashlib import sha256

import msgspec

from telephony.agent.feature_codes import is_code, split_number
from telephony.dialling import NumberDialled
from telephony.engine.arrival import Arrival
from telephony.engine.ports import (
    NO_MARKS,
    CallerArrived,
    CallerBook,
    CallerMarks,
    Clock,
    FallbackServed,
    Ids,
    NumberReader,
    PartyRecord,
    SwitchFact,
    TransferDialled,
    knows_nobody,
)
from telephony.events import Event, FallbackAnswered, FeatureCodeDialled, LegOffered, NumberFacts
from telephony.identifiers import CallId, EventId, Instant, LegId, PartyId, uuid7

MAX_NUMBER = 64
MAX_NAME = 256


class Note(msgspec.Struct, frozen=True):
    """A fact at the door: its id, its time, and what is known of a caller by number."""

    fact: SwitchFact
    event_id: EventId
    received_at: Instant
    marks: CallerMarks


class Inbox:
    """Makes arrivals. `party` is told each person once, before the arrival is handled."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        read_number: NumberReader,
        party: Callable[[PartyRecord], None],
        known_callers: CallerBook = knows_nobody,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._read_number = read_number
        self._party = party
        self._known_callers = known_callers

    def note(self, fact: SwitchFact) -> Note:
        """The fact has come."""
        received_at, what = self._clock.now(), fact.what
        event_id = EventId(self._ids.new(received_at))
        marks = NO_MARKS
        if isinstance(what, CallerArrived) and what.ani is not None:
            marks = self._known_callers(what.ani[:MAX_NUMBER], PartyId(event_id))
        return Note(fact, event_id, received_at, marks)

    def from_switch(self, fact: SwitchFact, call_id: CallId | None = None) -> Arrival:
        """The fact, fit for the journal; `call_id` for a caller adopted at a restart."""
        return self.arrival_of(self.note(fact), call_id)

    def arrival_of(self, note: Note, call_id: CallId | None = None) -> Arrival:
        """What was noted, fit for the journal."""
        fact = note.fact
        if isinstance(fact.what, FallbackServed):
            call_id = _call_of_served(fact, fact.what.leg_id)
        return Arrival(
            event=self._without_person(note),
            event_id=note.event_id,
            occurred_at=fact.occurred_at,
            received_at=note.received_at,
            switch=fact.switch,
            call_id=call_id,
        )

    def of_ours(self, event: Event) -> Arrival:
        """A due time, a request, or something we noticed: our clock says when."""
        now = self._clock.now()
        return Arrival(event=event, event_id=EventId(self._ids.new(now)), occurred_at=now, received_at=now)

    def _without_person(self, note: Note) -> Event:
        what, event_id, at = note.fact.what, note.event_id, note.received_at
        if isinstance(what, FeatureCodeDialled) and not is_code(what.digits):
            return self._number_dialled(what, PartyId(event_id), at)
        if isinstance(what, Event):
            return what
        if isinstance(what, TransferDialled):
            raise TypeError("what a phone asks for is a request of its agent's, and no event")
        party_id = PartyId(event_id)
        caller = self._caller(what, party_id, at)
        if isinstance(what, FallbackServed):
            return FallbackAnswered(
                leg_id=what.leg_id,
                trunk_id=what.trunk_id,
                dnis=what.dnis[:MAX_NUMBER],
                party_id=party_id,
                caller=caller,
                answered_at=what.answered_at,
                ended_at=what.ended_at,
                message=what.message,
            )
        return LegOffered(
            leg_id=what.leg_id,
            trunk_id=what.trunk_id,
            dnis=what.dnis[:MAX_NUMBER],
            party_id=party_id,
            caller=caller,
            caller_lists=note.marks.caller_lists,
            last_agent_id=note.marks.last_agent_id,
            blocked_agents=note.marks.blocked_agents,
        )

    def _number_dialled(self, what: FeatureCodeDialled, party_id: PartyId, at: Instant) -> NumberDialled:
        """Somebody's number, maybe behind a project's code: who they are, without it."""
        dial_code, number = split_number(what.digits[:MAX_NUMBER])
        self._party(PartyRecord(party_id=party_id, number=number, name=None, seen_at=at))
        return NumberDialled(
            leg_id=what.leg_id,
            endpoint_id=what.endpoint_id,
            party_id=party_id,
            number=self._read_number(number),
            dial_code=dial_code,
        )

    def _caller(self, what: CallerArrived | FallbackServed, party_id: PartyId, at: Instant) -> NumberFacts | None:
        name = what.ani_name[:MAX_NAME] if isinstance(what, CallerArrived) and what.ani_name else None
        if what.ani is None and name is None:
            return None
        number = None if what.ani is None else what.ani[:MAX_NUMBER]
        self._party(PartyRecord(party_id=party_id, number=number, name=name, seen_at=at))
        return None if number is None else self._read_number(number)


def _call_of_served(fact: SwitchFact, leg_id: LegId) -> CallId:
    """The id of a call that ended before we heard of it: computed, since its record may be read again after a crash."""
    digest = sha256(f"{fact.switch} {leg_id}".encode()).digest()
    return CallId(uuid7(fact.occurred_at, int.from_bytes(digest[:10]) >> 6))

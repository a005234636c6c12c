"""Looks after the callers who wait: whom a project's care sends elsewhere, what they are told, and when it is to look again.

What is done for a caller is concluded as events; the looking itself, and the times for it, are not journaled. A start looks at
everybody who waits, so that nothing has to be remembered for it.
"""

from collections.abc import Iterable, Sequence

from routing.announcements import sounds_of
from routing.directory import ClosingTreatment, Project
from routing.entry import terms_of, turned_away_waiting
from routing.estimate import Pace
from routing.floor import Floor
from routing.hours import closed_since, is_open, next_change_at
from routing.overflow import LOOK_AGAIN_MS, OverflowRule, OverflowTarget, Situation, look_again_in_ms, overflow_of
from routing.queueing import WaitingCall, rank_of
from telephony.call.model import Call, CallState, require_terms
from telephony.causes import EndReason
from telephony.dialling import OutsiderWanted
from telephony.engine import callback_talk, menus
from telephony.engine.arrival import Due
from telephony.engine.callback_talk import Heard, Typed
from telephony.engine.floor_index import FloorIndex
from telephony.engine.ports import PartyRecord
from telephony.engine.requests import Floorplan
from telephony.events import CallTimerFired, CallTurnedAway, Event, LegPressedKey
from telephony.identifiers import MS, CallId, Instant, LegId, PartyId, ProjectId, after_ms
from telephony.waiting import AnnouncementBegun, CallOverflowed

CARE = "care"
"""The name of its timers; they belong to no call's state and are never journaled."""

ASKED = (CallState.CHOOSING, CallState.CONFIRMING)
"""States in which a key is waited for."""

LOOKED_AFTER = (CallState.QUEUED, CallState.PLACE_KEPT, *ASKED)

_TURNED_AWAY = {OverflowTarget.MACHINE: EndReason.OVERFLOW, OverflowTarget.ANNOUNCEMENT: EndReason.ALL_BUSY}


COMING_BACK = (CallState.RETURNING, CallState.PARKED, CallState.TALKING, CallState.HELD, CallState.CONFIRMING)
"""States from which a caller waits again, rather than begins to."""


class Care:
    """All waiting callers of one engine. Kept by the turn alone."""

    def __init__(self, known: Floorplan, floor: Floor, index: FloorIndex) -> None:
        self._known = known
        self._floor = floor
        self._index = index
        self._marked: dict[CallId, bool] = {}
        """Who is to be looked after in this turn, and whether they have just come."""
        self._due: dict[CallId, Instant] = {}
        self._choosing: dict[LegId, CallId] = {}
        """Callers whose keys are heard."""
        self._typed: dict[CallId, Typed] = {}
        """What callers have typed so far of a number."""
        self._keys: list[tuple[CallId, str]] = []
        self._paces: dict[ProjectId, Pace] = {}
        self._parties: list[PartyRecord] = []

    # -- what is to be looked at -----------------------------------------------------------------------------------------

    @property
    def is_needed(self) -> bool:
        """Whether anybody is to be looked after."""
        return bool(self._marked or self._keys)

    def call_changed(self, before: Call, after: Call, at: Instant) -> Sequence[Event]:
        """The call has another state or project; one that begins to wait is looked after in this turn.

        Returned is what happens before anybody is offered the caller: a question to them.
        """
        if before.asked_at != after.asked_at:
            self._typed.pop(after.call_id, None)
        self._listen(after)
        if after.state in ASKED:
            self._marked[after.call_id] = False
            return ()
        if after.state is CallState.QUEUED:
            is_refused = before.dial is not None and after.dial is None
            is_here = before.state is CallState.QUEUED and before.terms == after.terms and not is_refused
            if not is_here and self._is_cared_for(after):
                self._marked[after.call_id] = before.state not in COMING_BACK and not is_refused
            return menus.opened(after, self._known.directory) if before.state is CallState.OFFERED else ()
        if after.state is CallState.PLACE_KEPT:
            if before.state is CallState.PLACE_KEPT:
                return ()
            self._marked[after.call_id] = False
            return callback_talk.off_the_line(after, self._known.directory, at)
        self._marked.pop(after.call_id, None)
        self._due.pop(after.call_id, None)
        if after.state is CallState.TALKING and before.state is CallState.ALERTING:
            since = before.waiting_since if before.given_back_at is None else before.given_back_at
            self._pace(require_terms(after).project_id).served(at, since)
        return ()

    def _listen(self, call: Call) -> None:
        """Keys of this caller are heard while they are asked for one, or could ask to be called back."""
        if call.state in ASKED or (call.state is CallState.QUEUED and not call.was_offered_callback):
            self._choosing[call.caller.leg_id] = call.call_id
        else:
            self._choosing.pop(call.caller.leg_id, None)

    def _is_cared_for(self, call: Call) -> bool:
        project = self._known.directory.projects.get(require_terms(call).project_id)
        return project is not None and _cares(project)

    def take_parties(self) -> list[PartyRecord]:
        """Who was named since the last time and is not known yet: whose numbers rules send callers to."""
        taken, self._parties = self._parties, []
        return taken

    def look_at_all(self) -> None:
        """Everybody who waits is looked after in this turn: other settings hold, or their switch is back."""
        for call in self._known.calls.values():
            if call.state in LOOKED_AFTER:
                self._marked.setdefault(call.call_id, False)

    def swallows(self, event: Event) -> bool:
        """The time to look after a caller, and every key: True for these, which say nothing to anybody else.

        A key of a caller who is asked for one counts in this turn; any other is nobody's. What people type can be a PIN.
        """
        if isinstance(event, LegPressedKey):
            call_id = self._choosing.get(event.leg_id)
            if call_id is not None:
                self._keys.append((call_id, event.key))
            return True
        if not isinstance(event, CallTimerFired) or event.timer != CARE:
            return False
        if self._due.get(event.call_id) == event.due_at:
            del self._due[event.call_id]
            self._marked.setdefault(event.call_id, False)
        return True

    def all_due(self) -> list[Due]:
        """When whom is to be looked after next."""
        return [(at, _timer(call_id, at)) for call_id, at in self._due.items()]

    # -- what comes of it ------------------------------------------------------------------------------------------------

    def conclude(self, now: Instant, due: list[Due]) -> list[Event]:
        """What is done for those to be looked after; the next times are put to `due`."""
        concluded = self._choices(now)
        if concluded:
            return concluded
        marked, self._marked = self._marked, {}
        queues = _Queues(self._floor, now)
        for call_id, has_just_come in marked.items():
            call = self._known.calls.get(call_id)
            if call is None or call.state not in LOOKED_AFTER or not self._index.is_connected(call.switch):
                continue
            if call.state in ASKED:
                concluded += self._wait_for_key(call, now, due)
                continue
            if call.state is CallState.PLACE_KEPT:
                concluded += self._watch_hours(call, now, due)
                continue
            project = self._known.directory.projects.get(require_terms(call).project_id)
            if project is not None and _cares(project):
                concluded += self._look_after(call, project, has_just_come, queues, due)
        return concluded

    def _choices(self, now: Instant) -> list[Event]:
        keys, self._keys = self._keys, []
        pressed = ((self._known.calls.get(call_id), key) for call_id, key in keys)
        concluded: list[Event] = []
        for call, key in pressed:
            if call is not None and call.state is CallState.CHOOSING:
                concluded += menus.pressed(call, key, self._known.directory, now)
            elif call is not None and call.state is CallState.CONFIRMING:
                typed = self._typed.get(call.call_id)
                concluded += self._heard(call, callback_talk.pressed(call, key, typed, self._known.directory, now))
            elif call is not None and call.state is CallState.QUEUED:
                concluded += callback_talk.asked_for(call, key, self._known.directory)
        return concluded

    def _heard(self, call: Call, heard: Heard) -> Sequence[Event]:
        if heard.typed is None:
            self._typed.pop(call.call_id, None)
        else:
            self._typed[call.call_id] = heard.typed
            self._marked.setdefault(call.call_id, False)
        if heard.party is not None:
            self._parties.append(heard.party)
        return heard.events

    def _wait_for_number(self, call: Call, now: Instant, due: list[Due]) -> Iterable[Event]:
        typed = self._typed.get(call.call_id)
        concluded = self._heard(call, callback_talk.timed_out(call, typed, self._known.directory, now))
        if not concluded:
            self._marked.pop(call.call_id, None)
            self._wake(call.call_id, callback_talk.answer_due_at(call, typed), due)
        return concluded

    def _watch_hours(self, call: Call, now: Instant, due: list[Due]) -> Iterable[Event]:
        """Nobody is rung for a callback while its project is closed."""
        concluded = callback_talk.off_the_line(call, self._known.directory, now)
        at = callback_talk.closes_at(call, self._known.directory, now)
        if not concluded and at is not None:
            self._wake(call.call_id, at, due)
        return concluded

    def _wait_for_key(self, call: Call, now: Instant, due: list[Due]) -> Iterable[Event]:
        if call.state is CallState.CONFIRMING:
            return self._wait_for_number(call, now, due)
        concluded = menus.timed_out(call, self._known.directory, now)
        at = menus.answer_due_at(call, self._known.directory)
        if not concluded and at is not None:
            self._wake(call.call_id, at, due)
        return concluded

    def _wake(self, call_id: CallId, at: Instant, due: list[Due]) -> None:
        self._due[call_id] = at
        due.append((at, _timer(call_id, at)))

    def _look_after(
        self, call: Call, project: Project, has_just_come: bool, queues: "_Queues", due: list[Due]
    ) -> Iterable[Event]:
        now = queues.now
        closing_at = _closing_at(call, project, now)
        if closing_at is not None and closing_at <= now:
            return (turned_away_waiting(call.call_id, require_terms(call)),)
        waited_ms = _waited_ms(call, now)
        situation = Situation(
            has_just_come=has_just_come,
            waited_ms=waited_ms,
            others_waiting=len(queues.of(project.project_id)) - 1,
            staffed=self._staffed(project),
            estimated_wait_ms=self._estimate_ms(call, queues),
        )
        rules = [rule for rule in project.overflow if self._leads_somewhere(rule, call, now)]
        rule = overflow_of(rules, situation)
        if rule is not None:
            return self._send_elsewhere(call, rule, situation, now)
        concluded, speaks_in_ms = self._speak(call, project, queues)
        opens_in_ms = LOOK_AGAIN_MS if len(rules) < len(project.overflow) else None
        times = [look_again_in_ms(rules, waited_ms), speaks_in_ms, opens_in_ms]
        next_in_ms = min((time for time in times if time is not None), default=None)
        moments = [] if next_in_ms is None else [after_ms(now, max(next_in_ms, 1))]
        moments += [] if closing_at is None else [closing_at]
        if moments:
            self._wake(call.call_id, min(moments), due)
        return concluded

    def _leads_somewhere(self, rule: OverflowRule, call: Call, now: Instant) -> bool:
        """Not to a project that is closed at this hour; one that is out of use sends callers to the machine instead.

        Outside once only, and not while the desk is asked.
        """
        if rule.target is OverflowTarget.NUMBER and call.has_overflowed_out:
            return False
        if rule.target is OverflowTarget.CALLBACK and not callback_talk.may_be_offered(call):
            return False
        target = None if rule.project_id is None else self._known.directory.projects.get(rule.project_id)
        return target is None or is_open(target.hours, now)

    def _speak(self, call: Call, project: Project, queues: "_Queues") -> tuple[Iterable[Event], int | None]:
        """What the caller is told now, and after how long the next word is due."""
        announcements = project.announcements
        if announcements is None or call.caller.is_in_bridge or not call.has_music:
            return (), None  # whom an agent was lost for goes first, and hears music only
        if call.announced_at is None:
            wait_ms = announcements.first_after_ms - _waited_ms(call, queues.now)
        else:
            wait_ms = announcements.every_ms - (queues.now - call.announced_at) // MS
        if wait_ms > 0:
            return (), wait_ms
        place = queues.of(project.project_id).get(call.call_id, 1)
        estimated_wait_ms = self._estimate_ms(call, queues)
        begun = AnnouncementBegun(
            call_id=call.call_id,
            sounds=sounds_of(announcements, place, estimated_wait_ms),
            language=call.demand.language or project.language,
            place=place,
            estimated_wait_ms=estimated_wait_ms,
        )
        return ((begun,) if begun.sounds else ()), announcements.every_ms

    def _send_elsewhere(self, call: Call, rule: OverflowRule, found: Situation, at: Instant) -> Iterable[Event]:
        terms = require_terms(call)
        target = None if rule.project_id is None else self._known.directory.projects.get(rule.project_id)
        overflowed = CallOverflowed(
            call_id=call.call_id,
            project_id=terms.project_id,
            client_id=terms.client_id,
            reason=rule.reason,
            limit=rule.limit,
            target=rule.target,
            waited_ms=found.waited_ms,
            waiting=found.others_waiting + 1,
            staffed=found.staffed,
            estimated_wait_ms=found.estimated_wait_ms,
            to=None if target is None else terms_of(target),
        )
        if overflowed.to is not None:
            return (overflowed,)
        if rule.target is OverflowTarget.NUMBER:
            return overflowed, self._somebody_outside(call, rule, at)
        if rule.target is OverflowTarget.CALLBACK:
            return overflowed, *callback_talk.offered(call, self._known.directory)
        # A project out of use has nobody to wait for: its callers go where all others go who cannot be helped.
        reason = _TURNED_AWAY.get(rule.target, EndReason.OVERFLOW)
        away = CallTurnedAway(
            call_id=call.call_id, reason=reason, to_machine=True, project_id=terms.project_id, client_id=terms.client_id
        )
        return (overflowed, away)

    def _somebody_outside(self, call: Call, rule: OverflowRule, at: Instant) -> OutsiderWanted:
        """The number is the centre's own setting; the journal names it by an id all the same, as every other."""
        party_id = PartyId(f"{call.call_id}.overflow.{call.outsiders + 1}")
        self._parties.append(PartyRecord(party_id=party_id, number=rule.number, name=None, seen_at=at))
        return OutsiderWanted(call_id=call.call_id, party_id=party_id)

    # -- figures ---------------------------------------------------------------------------------------------------------

    def _staffed(self, project: Project) -> int:
        """Agents on duty, in a pause or a call as well, who may take the project's calls."""
        return sum(self._floor.never(agent_id, project.project_id) is None for agent_id in self._known.agents)

    def _estimate_ms(self, call: Call, queues: "_Queues") -> int | None:
        project_id = require_terms(call).project_id
        places = queues.of(project_id)
        place = places.get(call.call_id)
        return None if place is None else self._pace(project_id).estimate_ms(place, queues.now, queues.head_since(project_id))

    def _pace(self, project_id: ProjectId) -> Pace:
        pace = self._paces.get(project_id)
        if pace is None:
            pace = self._paces[project_id] = Pace()
        return pace


class _Queues:
    """The places of the waiting callers of one moment, each project's worked out once."""

    def __init__(self, floor: Floor, now: Instant) -> None:
        self.now = now
        self._floor = floor
        self._places: dict[ProjectId, dict[CallId, int]] = {}
        self._heads: dict[ProjectId, Instant] = {}

    def of(self, project_id: ProjectId) -> dict[CallId, int]:
        """Each caller's place, 1 is next."""
        places = self._places.get(project_id)
        if places is None:
            calls: Sequence[WaitingCall] = [call for call in self._floor.waiting if call.project_id == project_id]
            ordered = sorted(calls, key=lambda call: rank_of(call, self.now))
            places = self._places[project_id] = {call.call_id: place for place, call in enumerate(ordered, 1)}
            self._heads[project_id] = ordered[0].waiting_since if ordered else self.now
        return places

    def head_since(self, project_id: ProjectId) -> Instant:
        """Since when the caller who is next has waited."""
        self.of(project_id)
        return self._heads[project_id]


def _cares(project: Project) -> bool:
    """Whether there is anything to look after; most projects have hours, and nothing happens at their end."""
    return bool(project.overflow) or project.announcements is not None or project.at_closing is ClosingTreatment.CLOSE


def _closing_at(call: Call, project: Project, now: Instant) -> Instant | None:
    """When the closed treatment is due to this caller; never to one whom an agent was lost for: they were served in time."""
    if project.at_closing is not ClosingTreatment.CLOSE or call.goes_first:
        return None
    closes_at = next_change_at(project.hours, now) if is_open(project.hours, now) else closed_since(project.hours, now) or now
    return None if closes_at is None else after_ms(closes_at, project.closing_grace_ms)


def _waited_ms(call: Call, now: Instant) -> int:
    since = call.waiting_since if call.given_back_at is None else call.given_back_at
    return max(now - since, 0) // MS


def _timer(call_id: CallId, at: Instant) -> CallTimerFired:
    return CallTimerFired(call_id=call_id, timer=CARE, due_at=at)

"""The permit desk: looks up what is known, asks permission, sets the cost aside, and settles it when the leg is gone.

All who wait are served at one go, one after the other, and each permit is in the book before it is given, and on its disk before
anybody is dialled: so many asks at once cannot spend the same money, and a crash between permit and dialling leaves money set
aside, never money unseen. The disk is waited for once, with the journal: the permit's event is written behind the book into the
same log. Where the event got onto a disk in another way, the book is asked to make sure first.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from routing.directory import Directory, Project
from routing.outbound.asking import DialAsk, Permit
from routing.outbound.attempts import RESTORED_LATE_MS, AttemptEnd, OpenAttempt, ended, given_up, never_dialled, opened_by
from routing.outbound.callee import CalleeNumber, read_callee
from routing.outbound.case import client_of, consent_needed
from routing.outbound.facts import ConsentPurpose, DialFacts
from routing.outbound.permission import emergency, permit
from routing.outbound.windows import Since, counted_since
from telephony.causes import HangupCause
from telephony.commands import DialOutside, FailureReason
from telephony.dialling import EMERGENCY_CLASS, DialDropped, DialPermitted
from telephony.engine.ports import Clock, Journal, PartyRecord
from telephony.errors import FernamtError, Refusal, RefusalCode
from telephony.events import AgentReleased, CallEnded, CommandFailed, Envelope, LegAnswered, LegFact, LegHungUp
from telephony.identifiers import AgentId, CallId, ClientId, Instant, LegId, PartyId, after_ms
from telephony.machines import MachineHeard

T = TypeVar("T")
GATHERED_S = 0.1
"""So long ends wait for more before they are settled, unless somebody asks: each time costs a write that asks wait for."""
LOOK_S = 30.0
"""So often attempts are looked for whose end nobody saw."""
KEPT_NUMBERS = 4_096

_UNKNOWN = (FailureReason.DISCONNECTED, FailureReason.TIMED_OUT)
"""Failures after which the leg may be there all the same: only what the switch says of it next tells."""

_NEVER = (FailureReason.GONE, FailureReason.REFUSED)
"""Failures of a wish to dial that say that nothing was dialled; another may have been tried by the carrier."""


class BookUnavailable(FernamtError):
    """What permission rests on cannot be read or written now."""

    code = "dial_book_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An ask with what its facts are looked up by."""

    ask: DialAsk
    party_id: PartyId
    client_id: ClientId | None
    since: Since
    consent_purpose: ConsentPurpose = ConsentPurpose.ADVERTISING
    """What a consent has to be to, or to advertising, if it is to be found."""
    number: str | None = field(default=None, repr=False)
    """The party's number, where they were named a moment ago and may not be on disk yet. Who was erased stays unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What is known of the party and of who asks."""

    number: str = field(repr=False)
    facts: DialFacts


Decide = Callable[[Ask, LookedUp | None], Permit | Refusal]
"""Says what becomes of an ask; None where nobody knows the party's number any more. Pure."""


class DialBook(Protocol):
    """Keeps do-not-call lists, consents, attempts and what they cost. Raises `BookUnavailable` where it cannot."""

    async def look_up(self, ask: Ask) -> LookedUp | None:
        """The party's number and all facts, in one look; None where nobody knows the number any more."""
        ...

    async def serve(
        self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]], asks: Sequence[Ask], decide: Decide
    ) -> Sequence[Permit | Refusal]:
        """As `settle`, and then one ask after the other is looked up, decided and noted, so that each knows what those before it
        set aside. All of it is in the book when this returns, or nothing; a machine that fails may lose it until the journal is
        written into the same database, or the book has made sure. A leg that was there already is `ALREADY_DIALLED`."""
        ...

    async def note(self, ask: Ask, permit: Permit) -> bool:
        """The attempt and what is set aside for it are on disk; False, and nothing changed, where the leg was there already."""
        ...

    async def settle(self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]]) -> None:
        """These attempts have ended: what was set aside is given back, what they cost is spent. And these agents are no more in
        the calls outside that they had. All of it or nothing; twice is like once, and what a failing machine loses of it is
        settled anew from the journal."""
        ...

    async def make_sure(self, leg_id: LegId) -> None:
        """The attempt is on disk, whatever becomes of the journal."""
        ...

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """All attempts whose end is not known."""
        ...

    async def number_of(self, party_id: PartyId) -> str | None:
        """The party's number as it was written; None where nobody knows it any more."""
        ...


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody who waits for the desk's answer."""

    asked: Ask
    answer: Permit | Refusal = Refusal(code=RefusalCode.DIALLING_UNAVAILABLE)
    callee: CalleeNumber | None = None

    def decide(self, found: LookedUp | None, directory: Directory) -> Permit | Refusal:
        """The answer, if it can be noted."""
        if found is None:
            return Refusal(code=RefusalCode.NO_NUMBER, facts={"party": self.asked.party_id})
        self.callee = read_callee(found.number, directory.home_country)
        answer = permit(self.asked.ask, self.callee, found.facts, directory)
        if isinstance(answer, Permit) and answer.is_emergency:
            self.answer = answer  # whatever becomes of the note
        return answer


class Desk:
    """The permit desk of one controller."""

    def __init__(
        self, book: DialBook, directory: Callable[[], Directory], clock: Clock, stored_seq: Callable[[], int] | None = None
    ) -> None:
        """`stored_seq`: up to which event the journal is in the book's own database; None: nothing has to be waited for."""
        self._book = book
        self._stored_seq = stored_seq
        self._permitted: dict[PartyId, tuple[LegId, int]] = {}
        self._directory = directory
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._open: dict[LegId, OpenAttempt] = {}
        self._unheard: set[LegId] = set()
        """Of those, whose permit is not journaled yet: nobody dials them before it is."""
        self._ends: list[AttemptEnd] = []
        self._left: list[tuple[CallId, AgentId]] = []
        self._has_news = asyncio.Event()
        self._numbers: dict[PartyId, str] = {}
        self._emergencies: dict[PartyId, CalleeNumber] = {}
        self._just_named: dict[PartyId, str] = {}
        self._noting: set[asyncio.Task[bool]] = set()

    # -- asked by the engine ---------------------------------------------------------------------------------------------

    def expect(self, party: PartyRecord) -> None:
        """Somebody is about to ask for this party: the number is remembered for that, so that the party's record need not be on
        disk by then. Control rooms wait for no database at all."""
        if party.number is None:
            return
        _remember(self._just_named, party.party_id, party.number)
        callee = read_callee(party.number, self._directory().home_country)
        if callee.is_emergency:
            _remember(self._emergencies, party.party_id, callee)

    def expects(self, party_id: PartyId) -> bool:
        """Whether the next ask for this party can be answered although their record may not be on disk yet."""
        return party_id in self._just_named

    async def permission(self, ask: DialAsk, party_id: PartyId) -> Permit | Refusal:
        """The permit, its cost set aside and the attempt on disk; or why not. A control room's is given at once."""
        number, callee = self._just_named.pop(party_id, None), self._emergencies.get(party_id)
        asked = _looked_up_by(ask, party_id, number, self._directory())
        if callee is not None:
            return self._emergency(asked, callee)
        waiting = _Waiting(asked)
        self._waiting.append(waiting)
        try:
            async with self._one_at_a_time:  # whoever is first serves all who came meanwhile
                if waiting in self._waiting:
                    await self._serve()
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
        return waiting.answer

    async def _serve(self) -> None:
        """All who wait have their answer; who asks for a leg that is asked for already has it the next time."""
        directory = self._directory()
        waiting = {each.asked.ask.leg_id: each for each in reversed(self._waiting)}
        asks = [each.asked for each in waiting.values()]
        ends, left = self._news()
        try:
            answers = await self._book.serve(
                ends, left, asks, lambda asked, found: waiting[asked.ask.leg_id].decide(found, directory)
            )
        except BaseException as error:
            self._put_back(ends, left)
            if not isinstance(error, BookUnavailable):
                raise
            answers = [each.answer for each in waiting.values()]
        for each, answer in zip(waiting.values(), answers, strict=True):
            each.answer = answer
            self._waiting.remove(each)
            if isinstance(answer, Permit) and each.callee is not None:
                self._begin(each.asked, answer, each.callee)

    def _emergency(self, asked: Ask, callee: CalleeNumber) -> Permit:
        given = emergency(asked.ask, callee, self._directory())
        self._begin(asked, given, callee)
        noting = asyncio.create_task(self._try_to_note(asked, given))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)
        return given

    async def _try_to_note(self, asked: Ask, given: Permit) -> bool:
        try:
            return await self._book.note(asked, given)
        except BookUnavailable:
            return False  # the journal has the permit, and nothing was set aside

    def _begin(self, asked: Ask, given: Permit, callee: CalleeNumber) -> None:
        if callee.dialled is not None:
            _remember(self._numbers, asked.party_id, callee.dialled)
        self._open[given.leg_id] = opened_by(asked.ask, given)
        self._unheard.add(given.leg_id)

    async def number_to_dial(self, party_id: PartyId) -> str | None:
        """What the switch dials for that party; None where nobody knows the number any more, or it cannot be asked, or where it
        cannot be made sure that the attempt stays counted."""
        known = self._numbers.get(party_id)
        leg_id, seq = self._permitted.pop(party_id, (None, 0))
        try:
            if leg_id is not None and self._stored_seq is not None and self._stored_seq() < seq:
                await self._book.make_sure(leg_id)
            if known is not None:
                return known
            number = await self._book.number_of(party_id)
        except BookUnavailable:
            return None
        return None if number is None else read_callee(number, self._directory().home_country).dialled

    # -- beside the calls: nothing here waits ----------------------------------------------------------------------------

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """What becomes of permitted legs is noted."""
        if not self._open:
            return
        for envelope in envelopes:
            self._hear(envelope)

    def _hear(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, DialPermitted):
            self._unheard.discard(event.leg_id)
            if event.leg_id in self._open and event.number.number_class != EMERGENCY_CLASS:  # those wait for nothing
                _remember(self._permitted, event.party_id, (event.leg_id, envelope.seq))
        elif isinstance(event, LegFact | CommandFailed | DialDropped):
            attempt = None if event.leg_id is None else self._open.get(event.leg_id)
            if attempt is not None:
                self._hear_of(attempt, event, envelope.occurred_at)
        elif isinstance(event, MachineHeard):
            self._hear_machine(event, envelope.occurred_at)
        elif isinstance(event, AgentReleased):
            if any(each.call_id == event.call_id for each in self._open.values()):
                self._left.append((event.call_id, event.agent_id))
                self._has_news.set()
        elif isinstance(event, CallEnded):
            for attempt in [each for each in self._open.values() if each.call_id == envelope.call_id]:
                is_untold = attempt.leg_id in self._unheard  # the call was over while the desk looked: nobody is dialled any more
                at = envelope.occurred_at
                self._close(attempt, never_dialled(attempt, at) if is_untold else ended(attempt, at, None))

    def _hear_machine(self, event: MachineHeard, at: Instant) -> None:
        attempt = self._open.get(event.leg_id)
        if attempt is not None:
            self._open[event.leg_id] = replace(attempt, machine_at=at)

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

    def _close(self, attempt: OpenAttempt, end: AttemptEnd) -> None:
        del self._open[attempt.leg_id]
        self._unheard.discard(attempt.leg_id)
        self._ends.append(end)
        self._has_news.set()

    @property
    def unanswered(self) -> Sequence[LegId]:
        """Permitted legs that nobody has answered, as far as is known."""
        return [each.leg_id for each in self._open.values() if each.answered_at is None]

    # -- with the book ---------------------------------------------------------------------------------------------------

    async def restore(self, journal: Journal) -> None:
        """Attempts that were open when the last process ended are followed on from where the journal says they are.

        One whose permit is not in the journal was never dialled: that process died between book and journal. What happened in a
        call before an attempt's permit says nothing of the attempt.
        """
        unheard = {attempt.leg_id: attempt for attempt in await self._book.open_attempts()}
        for call_id in dict.fromkeys(attempt.call_id for attempt in unheard.values()):
            async for envelope in journal.read_call(call_id):
                event = envelope.event
                if isinstance(event, DialPermitted) and event.leg_id in unheard:
                    self._open[event.leg_id] = unheard.pop(event.leg_id)
                self._hear(envelope)
        for attempt in unheard.values():
            self._ends.append(never_dialled(attempt, self._clock.now()))
            self._has_news.set()

    async def keep(self) -> None:
        """Settles what ended, until cancelled; gives up attempts whose end nobody saw."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._has_news.wait()
            except TimeoutError:
                self.give_up(self._clock.now())
            try:
                await asyncio.sleep(GATHERED_S)
                await self.settle()
            except BookUnavailable:
                await asyncio.sleep(1.0)  # told by the journal, which needs the same database

    def give_up(self, now: Instant) -> None:
        """Attempts that must have ended long ago, and were not seen to, count as spent."""
        for attempt in list(self._open.values()):
            if after_ms(attempt.ends_by_at, RESTORED_LATE_MS) < now:
                self._close(attempt, given_up(attempt, now))

    async def settle(self) -> None:
        """All that has ended so far is settled."""
        async with self._one_at_a_time:
            await self._settle()

    async def _settle(self) -> None:
        if not self._has_news.is_set():
            return
        ends, left = self._news()
        try:
            await self._book.settle(ends, left)
        except BaseException:
            self._put_back(ends, left)
            raise

    def _news(self) -> tuple[list[AttemptEnd], list[tuple[CallId, AgentId]]]:
        """What is to be settled; it is taken out."""
        news = self._ends, self._left
        self._ends, self._left = [], []
        self._has_news.clear()
        return news

    def _put_back(self, ends: list[AttemptEnd], left: list[tuple[CallId, AgentId]]) -> None:
        self._ends, self._left = ends + self._ends, left + self._left
        if self._ends or self._left:
            self._has_news.set()


def _is_unseen(attempt: OpenAttempt, gone: LegHungUp) -> bool:
    """Whether nobody can tell if the party's phone rang: the leg went while nobody looked, and no record says why."""
    return gone.is_estimated and gone.cause is HangupCause.UNKNOWN and attempt.answered_at is None


def _project(ask: DialAsk, directory: Directory) -> Project | None:
    return directory.projects.get(ask.project_id) if ask.project_id is not None else None


def _remember(what: dict[PartyId, T], party_id: PartyId, value: T) -> None:
    what[party_id] = value
    if len(what) > KEPT_NUMBERS:
        del what[next(iter(what))]


def _looked_up_by(ask: DialAsk, party_id: PartyId, number: str | None, directory: Directory) -> Ask:
    project = _project(ask, directory)
    return Ask(
        ask=ask,
        party_id=party_id,
        client_id=client_of(ask, project),
        since=counted_since(ask.at, directory.outbound),
        consent_purpose=consent_needed(ask, project),
        number=number,
    )

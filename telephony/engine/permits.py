"""The permit desk: looks up what is known, asks permission, sets the cost aside, and settles it when the leg is gone.

All who wait are served at one go, one after the other, and each permit is in the book before it is given, and on its disk before
anybody is dialled: so many asks at once cannot spend the same money, and a crash between permit and dialling leaves money set
aside, never money unseen. The disk is waited for once, with the journal: the permit's event is written behind the book into the
same log. Where the event got onto a disk in another way, the book is asked to make sure first.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.directory import Directory, Project
from routing.outbound.asking import DialAsk, Permit
from routing.outbound.attempts import opened_by
from routing.outbound.callee import CalleeNumber, read_callee
from routing.outbound.case import client_of, consent_needed
from routing.outbound.permission import emergency, permit
from routing.outbound.windows import counted_since
from telephony.engine.dial_book import Ask, BookUnavailable, DialBook, LookedUp
from telephony.engine.open_attempts import OpenAttempts, remember
from telephony.engine.ports import Clock, Journal, PartyRecord
from telephony.errors import Refusal, RefusalCode
from telephony.events import Envelope
from telephony.identifiers import PartyId

GATHERED_S = 0.1
"""So long ends wait for more before they are settled, unless somebody asks: each time costs a write that asks wait for."""
LOOK_S = 30.0
"""So often attempts are looked for whose end nobody saw."""


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
        self.attempts = OpenAttempts()
        self._book = book
        self._stored_seq = stored_seq
        self._directory = directory
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._waiting: list[_Waiting] = []
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
        remember(self._just_named, party.party_id, party.number)
        callee = read_callee(party.number, self._directory().home_country)
        if callee.is_emergency:
            remember(self._emergencies, party.party_id, callee)

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
        ends, left = self.attempts.take_news()
        try:
            answers = await self._book.serve(
                ends, left, asks, lambda asked, found: waiting[asked.ask.leg_id].decide(found, directory)
            )
        except BaseException as error:
            self.attempts.put_back(ends, left)
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
            remember(self._numbers, asked.party_id, callee.dialled)
        self.attempts.begin(opened_by(asked.ask, given))

    async def number_to_dial(self, party_id: PartyId) -> str | None:
        """What the switch dials for that party; None where nobody knows the number any more, or it cannot be asked, or where it
        cannot be made sure that the attempt stays counted."""
        known = self._numbers.get(party_id)
        permitted = self.attempts.take_permitted(party_id)
        try:
            if permitted is not None and self._stored_seq is not None:
                leg_id, seq = permitted
                if self._stored_seq() < seq:
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
        for envelope in envelopes:
            self.attempts.hear(envelope)

    # -- with the book ---------------------------------------------------------------------------------------------------

    async def restore(self, journal: Journal) -> None:
        """Attempts that were open when the last process ended are followed on from where the journal says they are."""
        await self.attempts.restore(await self._book.open_attempts(), journal, self._clock.now())

    async def keep(self) -> None:
        """Settles what ended, until cancelled; gives up attempts whose end nobody saw."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self.attempts.has_news.wait()
            except TimeoutError:
                self.attempts.give_up(self._clock.now())
            try:
                await asyncio.sleep(GATHERED_S)
                await self.settle()
            except BookUnavailable:
                await asyncio.sleep(1.0)  # told by the journal, which needs the same database

    async def settle(self) -> None:
        """All that has ended so far is settled."""
        async with self._one_at_a_time:
            await self._settle()

    async def _settle(self) -> None:
        if not self.attempts.has_news.is_set():
            return
        ends, left = self.attempts.take_news()
        try:
            await self._book.settle(ends, left)
        except BaseException:
            self.attempts.put_back(ends, left)
            raise


def _project(ask: DialAsk, directory: Directory) -> Project | None:
    return directory.projects.get(ask.project_id) if ask.project_id is not None else None


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

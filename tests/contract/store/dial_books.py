"""A dial book with its people, whichever it is: what the suites for it share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import Directory
from routing.outbound.asking import DialAsk, DialPurpose, Permit
from routing.outbound.facts import ConsentBasis, ConsentProof, Covers, DoNotCall, ListOwner
from store.audit import Author
from store.centre import Centre
from store.consents import Consent, ConsentStore
from store.dial_book import SqlDialBook
from store.directory import DirectoryStore
from store.do_not_call import DoNotCallList, DoNotCallStore
from store.engine import writing
from store.memory_dial_book import MemoryDialBook
from store.parties import PartyKeys, lookup_form
from store.tables.journal import PARTIES
from telephony.commands import AskPermission
from telephony.dialling import DialPermitted
from telephony.dialling import DialPurpose as Journaled
from telephony.engine.dial_asks import said_of
from telephony.engine.dial_book import DialBook
from telephony.engine.permits import Desk
from telephony.engine.ports import PartyRecord
from telephony.identifiers import CallId, ClientId, Instant, LegId, PartyId, ProjectId, SwitchName, UserId
from tests.unit.routing.outbound.asks import FRIDAY_AT_TEN, an_ask, the_centre

KEYS = PartyKeys(bytes(range(32)))
CLERK = UserId("clerk")


class FixedClock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.at = FRIDAY_AT_TEN

    def now(self) -> Instant:
        return self.at


@dataclass(kw_only=True)
class World:
    """A book, its desk, and the ways to fill it."""

    book: DialBook
    desk: Desk
    clock: FixedClock
    centre: Directory
    put_person: Callable[[PartyId, str | None], Awaitable[None]]
    put_on_list: Callable[[str, ListOwner, str, Covers, Instant], Awaitable[None]]
    consent: Callable[[str, str, Instant], Awaitable[None]]
    number: int = 0

    def ask(self, purpose: DialPurpose = DialPurpose.MANUAL, *, call: str | None = None, **facts: object) -> DialAsk:
        """An ask of its own call and leg, where nothing else is said."""
        self.number += 1
        call_id = call or f"call-{self.number}"
        asked = an_ask(purpose, at=self.clock.at, call_id=CallId(call_id), leg_id=LegId(f"{call_id}.outside.{self.number}"))
        return replace(asked, **facts)  # type: ignore[arg-type]


def in_memory() -> World:
    """With the book in memory."""
    people: dict[PartyId, str | None] = {}
    book = MemoryDialBook(numbers=people.get)

    async def put_person(party_id: PartyId, number: str | None) -> None:
        people[party_id] = number

    async def put_on_list(number: str, owner: ListOwner, owner_id: str, covers: Covers, at: Instant) -> None:
        book.lists[(lookup_form(number), owner, owner_id)] = DoNotCall(owner=owner, covers=covers, added_at=at)

    async def consent(number: str, client_id: str, at: Instant) -> None:
        proof = ConsentProof(consent_id=f"of-{number}-{client_id}", basis=ConsentBasis.EXPRESS, granted_at=at)
        book.consents[(lookup_form(number), client_id)] = proof

    return _world(book, put_person, put_on_list, consent)


async def in_database(engine: AsyncEngine) -> World:
    """With the book in that database."""
    centre = the_centre()
    other = replace(centre.clients[ClientId("acme")], client_id=ClientId("other"))
    described = Centre(clients=(*centre.clients.values(), other), projects=tuple(centre.projects.values()))
    await DirectoryStore(engine).apply(described)

    async def put_person(party_id: PartyId, number: str | None) -> None:
        names = ("party_id", "seen_at", "lookup_hash", "wrapped_key", "number_cipher", "name_cipher")
        record = PartyRecord(party_id=party_id, number=number, name=None, seen_at=FRIDAY_AT_TEN)
        async with writing(engine) as connection:
            await connection.execute(PARTIES.insert().values(**dict(zip(names, KEYS.seal(record), strict=True))))

    async def put_on_list(number: str, owner: ListOwner, owner_id: str, covers: Covers, at: Instant) -> None:
        lists = DoNotCallStore(engine, KEYS)
        whose = DoNotCallList(owner=owner, owner_id=owner_id)
        await lists.add(whose, [number], covers=covers, by=Author(user_id=CLERK, at=at))

    async def consent(number: str, client_id: str, at: Instant) -> None:
        proof = Consent(
            consent_id=f"of-{number}-{client_id}",
            client_id=ClientId(client_id),
            basis=ConsentBasis.EXPRESS,
            granted_at=at,
            given_how="by form",
            wording="You may call me.",
            document="forms/1.pdf",
        )
        await ConsentStore(engine, KEYS).record(number, proof)

    return _world(SqlDialBook(engine, KEYS), put_person, put_on_list, consent)


def _world(
    book: DialBook,
    put_person: Callable[[PartyId, str | None], Awaitable[None]],
    put_on_list: Callable[[str, ListOwner, str, Covers, Instant], Awaitable[None]],
    consent: Callable[[str, str, Instant], Awaitable[None]],
) -> World:
    clock = FixedClock()
    world = World(
        book=book,
        desk=Desk(book, lambda: world.centre, clock),
        clock=clock,
        centre=the_centre(),
        put_person=put_person,
        put_on_list=put_on_list,
        consent=consent,
    )
    return world


def journaled(ask: DialAsk, given: Permit, party: PartyId) -> DialPermitted:
    """The permit as it stands in the journal."""
    purpose = Journaled.CALLBACK if ask.purpose is DialPurpose.CALLBACK else Journaled.CONSULT
    command = AskPermission(
        call_id=ask.call_id,
        switch=SwitchName("s"),
        leg_id=ask.leg_id,
        party_id=party,
        purpose=purpose,
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        agent_id=ask.agent_id,
    )
    said = said_of(command, given)
    assert isinstance(said, DialPermitted)
    return said

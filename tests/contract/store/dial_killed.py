"""A process of its own that asks the permit desk, and is killed at a moment it is told: `python -m … URL SPOOL MOMENT WHOM`.

WHOM is in the person store, or was just named: then they come with the permit's event.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from routing.outbound.asking import Permit
from routing.outbound.attempts import AttemptEnd
from store.dial_book import SqlDialBook
from store.engine import make_engine
from store.journal import SqlJournal
from telephony.commands import AskPermission
from telephony.dialling import DialPurpose
from telephony.engine.dial_asks import said_of
from telephony.engine.dial_book import Ask, Decide
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, ClientId, EventId, PartyId, ProjectId, SwitchName
from tests.contract.store.dial_books import KEYS, in_database

BEFORE_BOOK, IN_BOOK, IN_JOURNAL = "before_book", "in_book", "in_journal"
STORED, JUST_NAMED = PartyId("anna-k"), PartyId("named")
NUMBER = "030 23125 100"


def killed() -> None:
    """Nothing after this happens."""
    os.kill(os.getpid(), signal.SIGKILL)


class _KilledBook(SqlDialBook):
    moment = ""

    async def _note(self, connection: AsyncConnection, ask: Ask, permit: Permit, countries: frozenset[str] = frozenset()) -> bool:
        """The process dies when the attempt is written, and not committed."""
        is_new = await super()._note(connection, ask, permit, countries)
        if self.moment == BEFORE_BOOK:
            killed()
        return is_new

    async def serve(
        self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]], asks: Sequence[Ask], decide: Decide
    ) -> Sequence[Permit | Refusal]:
        """The process dies when the attempt is on disk."""
        answers = await super().serve(ends, left, asks, decide)
        if self.moment == IN_BOOK:
            killed()
        return answers


async def main(url: str, spool: str, moment: str, whom: PartyId) -> None:
    """The desk permits, the permit is journaled, and the process dies before anybody is dialled."""
    engine = make_engine(url)
    world = await in_database(engine)
    book = _KilledBook(engine, KEYS)
    book.moment = moment
    world.desk._book = book
    journal = await SqlJournal.open(engine, spool=Path(spool), keys=KEYS)
    ask, parties = world.ask(), list[PartyRecord]()
    if whom == JUST_NAMED:
        parties.append(PartyRecord(party_id=whom, number=NUMBER, name=None, seen_at=ask.at))
        world.desk.expect(parties[0])
    given = await world.desk.permission(ask, whom)
    assert isinstance(given, Permit), given
    command = AskPermission(
        call_id=ask.call_id,
        switch=SwitchName("s"),
        leg_id=ask.leg_id,
        party_id=whom,
        purpose=DialPurpose.CONSULT,
        project_id=ProjectId("sales"),
        client_id=ClientId("acme"),
        agent_id=ask.agent_id,
    )
    permitted = Envelope(
        seq=1,
        event_id=EventId("e1"),
        occurred_at=ask.at,
        received_at=ask.at,
        event=said_of(command, given),
        call_id=ask.call_id,
    )
    journal.append([permitted], parties)
    await journal.wait_durable(1)
    killed()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], PartyId(sys.argv[4])))

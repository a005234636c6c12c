"""Where agents work, encrypted at rest: read out where one of them calls a control room, and nowhere else."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.callee import read_callee
from routing.outbound.shown import is_showable
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import CentreRejected, Fault
from store.engine import forget_old_pages, reading, writing
from store.known_callers import raise_revision
from store.parties import PartyKeys
from store.tables.directory import AGENT_ADDRESSES, AGENTS
from store.upserts import insert_or_replace
from telephony.emergencies import AgentAddress
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import AgentId


class AddressStore:
    """Sets, tells and forgets addresses. None is ever on record: only that there was one, and who set it."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def all(self) -> Mapping[AgentId, AgentAddress]:
        """The addresses of all agents who have one. Raises `PartyError` where they cannot be opened."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(AGENT_ADDRESSES))).all()
        return {AgentId(row.agent_id): self._opened(row.agent_id, row.cipher) for row in rows}

    async def of(self, agent_id: AgentId) -> AgentAddress | None:
        """That agent's address."""
        query = select(AGENT_ADDRESSES.c.cipher).where(AGENT_ADDRESSES.c.agent_id == agent_id)
        async with reading(self._engine) as connection:
            cipher = (await connection.execute(query)).scalar()
        return None if cipher is None else self._opened(agent_id, cipher)

    async def put(self, agent_id: AgentId, address: AgentAddress, *, by: Author | None = None) -> None:
        """It is the agent's address from now on. Raises `CentreRejected` with all that is wrong."""
        sealed = self._keys.seal_secret(msgspec.json.encode((address.address, address.number)).decode(), _purpose(agent_id))
        author = by or self._author()
        async with writing(self._engine) as connection:
            known = (await connection.execute(select(AGENTS.c.agent_id).where(AGENTS.c.agent_id == agent_id))).first()
            faults = [] if known is not None else [Fault(where=f"agent {agent_id}", what=Wrong(FaultCode.DOES_NOT_EXIST))]
            faults += _faults(agent_id, address)
            if faults:
                raise CentreRejected(faults)
            row = {"agent_id": agent_id, "cipher": sealed, "set_at": author.at}
            await connection.execute(insert_or_replace(self._engine, AGENT_ADDRESSES).values(**row))
            has = {"has_number": address.number is not None}
            await put_on_record(connection, author, [Altered(deed="agent.address_set", subject=agent_id, after=has)])
            await raise_revision(connection)

    async def remove(self, agent_id: AgentId, *, by: Author | None = None) -> bool:
        """Nobody knows where the agent works; False where nobody did."""
        async with writing(self._engine) as connection:
            there = AGENT_ADDRESSES.c.agent_id == agent_id
            gone = (await connection.execute(delete(AGENT_ADDRESSES).where(there))).rowcount
            if gone:
                removed = Altered(deed="agent.address_removed", subject=agent_id)
                await put_on_record(connection, by or self._author(), [removed])
                await raise_revision(connection)
        if gone:
            await forget_old_pages(self._engine)
        return bool(gone)

    def _opened(self, agent_id: str, cipher: bytes) -> AgentAddress:
        address, number = msgspec.json.decode(self._keys.open_secret(cipher, _purpose(agent_id)), type=tuple[str, str | None])
        return AgentAddress(address=address, number=number)


def _faults(agent_id: AgentId, address: AgentAddress) -> list[Fault]:
    where, faults = f"address of {agent_id}", list[Fault]()
    if not address.address.strip():
        faults.append(Fault(where=where, what=Wrong(FaultCode.ADDRESS_EMPTY)))
    number = address.number
    if number is not None and (read_callee(number).dialled != number or not is_showable(number)):
        faults.append(Fault(where=f"{where} number", what=Wrong(FaultCode.NOT_CALLED_BACK)))
    return faults


def _purpose(agent_id: str) -> str:
    return f"address {agent_id}"

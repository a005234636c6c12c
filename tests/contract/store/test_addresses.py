"""Where agents work: encrypted at rest, told whole, forgotten whole, and on record without a word of it."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import AgentProfile
from store.addresses import AddressStore
from store.audit import AuditStore
from store.centre import CentreRejected
from store.directory import DirectoryStore
from store.engine import reading
from store.parties import PartyError, PartyKeys
from store.tables.directory import AGENT_ADDRESSES
from telephony.emergencies import AgentAddress
from telephony.identifiers import AgentId

KEYS = PartyKeys(bytes(range(32)))
ANNA = AgentId("anna")
PLACE = AgentAddress(address="Lindenstraße 1, 2. OG, 20099 Hamburg", number="+494055511")


async def a_store(engine: AsyncEngine) -> AddressStore:
    await DirectoryStore(engine).put_agent(AgentProfile(agent_id=ANNA, name="Anna", level=1))
    return AddressStore(engine, KEYS)


async def test_an_address_comes_out_as_it_went_in_and_nothing_of_it_is_readable_on_disk(engine: AsyncEngine) -> None:
    store = await a_store(engine)
    revision = await DirectoryStore(engine).revision()
    await store.put(ANNA, PLACE)
    assert await store.of(ANNA) == PLACE
    assert await store.all() == {ANNA: PLACE}
    assert await DirectoryStore(engine).revision() == revision + 1
    async with reading(engine) as connection:
        cipher = (await connection.execute(select(AGENT_ADDRESSES.c.cipher))).scalar_one()
    assert b"Linden" not in cipher
    assert b"5551" not in cipher
    with pytest.raises(PartyError):
        await AddressStore(engine, PartyKeys(bytes(32))).of(ANNA)
    moved = AgentAddress(address="Am Deich 3, 28199 Bremen")
    await store.put(ANNA, moved)
    assert await store.of(ANNA) == moved
    told = "".join(f"{each.deed} {each.subject} {each.before} {each.after}" for each in await AuditStore(engine).latest())
    assert told.count("agent.address_set anna") == 2
    assert "Linden" not in told
    assert "Deich" not in told


async def test_a_forgotten_address_is_gone(engine: AsyncEngine) -> None:
    store = await a_store(engine)
    await store.put(ANNA, PLACE)
    assert await store.remove(ANNA)
    assert await store.of(ANNA) is None
    assert not await store.remove(ANNA)


@pytest.mark.parametrize(
    ("agent", "place"),
    [
        ("nobody", PLACE),
        ("anna", AgentAddress(address="  ")),
        ("anna", AgentAddress(address="x", number="112")),
        ("anna", AgentAddress(address="x", number="+499001234567")),
        ("anna", AgentAddress(address="x", number="040 55511")),
        ("anna", AgentAddress(address="x", number="erika")),
    ],
)
async def test_what_is_no_address_is_refused_and_changes_nothing(engine: AsyncEngine, agent: str, place: AgentAddress) -> None:
    store = await a_store(engine)
    with pytest.raises(CentreRejected):
        await store.put(AgentId(agent), place)
    assert await store.all() == {}

"""A person is told of their recordings, and forgotten on all but those that prove an order or are held; on both databases."""

from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.vault_jobs import Sealer, SealSegments, ShredOverdue
from recording.retention import RecordingClass, order_kept_until
from recording.vault.canonical import decoded
from recording.vault.receipts import Receipt
from recording.vault.sealing import Vault
from store.audit import AuditStore, Author
from store.engine import writing
from store.parties import MASTER_KEY_BYTES, PartyKeys, PartyStore
from store.recording_terms import RecordingTermsStore
from store.subject_access import SubjectAccess
from store.tables.aftercall import ORDER_PEOPLE, ORDERS
from store.tables.directory import CLIENTS, PROJECTS
from store.tables.outbound import DIAL_ATTEMPTS
from store.vault import VaultStore
from store.vault_holds import HoldStore
from telephony.identifiers import CallId, Instant, UserId
from tests.recorded import FOREVER, SIGNER, STOPPED_AT, a_segment, a_vault, record, samples

KEYS = PartyKeys(bytes(MASTER_KEY_BYTES))
ERIKA, ANOTHER = "+493023125100", "+493023125999"
BY = Author(user_id=UserId("anna"), at=STOPPED_AT, reason="letter of 3 May")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return a_vault(tmp_path)


@pytest.fixture
def book(engine: AsyncEngine) -> VaultStore:
    return VaultStore(engine)


async def _worked(book: VaultStore, vault: Vault) -> None:
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)


async def _recorded(book: VaultStore, vault: Vault, *names: str) -> None:
    for name in names:
        record(vault.spool, name, samples(name, 900), samples(name + "t", 900))
        facts: dict[str, object] = {"order_id": f"order-{name}", "call_id": CallId(f"call-{name}")}
        kept_as = RecordingClass.QUALITY_SAMPLE if name == "sample" else RecordingClass.ORDER_SEGMENT
        await book.hand_in(a_segment(name, **facts), kept_as, FOREVER)
    await _worked(book, vault)


async def _of_centre(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(insert(CLIENTS).values(client_id="acme", name="Acme", is_active=True))
        await connection.execute(
            insert(PROJECTS).values(project_id="sales", client_id="acme", name="Sales", settings="{}", is_active=True)
        )


async def _ordered(engine: AsyncEngine, whose: dict[str, str], effective_at: int | None = None) -> None:
    async with writing(engine) as connection:
        for name, number in whose.items():
            wrapped, sealed = KEYS.seal_record(f"order:order-{name}", b'{"tariff":"L"}')
            row: dict[str, object] = {
                "order_id": f"order-{name}",
                "project_id": "sales",
                "client_id": "acme",
                "call_id": f"call-{name}",
            }
            row |= {"agent_id": "anna", "state": "effective", "terms": "{}", "wrapped_key": wrapped, "sealed": sealed}
            await connection.execute(insert(ORDERS).values(**row, booked_at=STOPPED_AT, effective_at=effective_at))
            person = {"order_id": f"order-{name}", "lookup_hash": KEYS.lookup_hash(number)}
            await connection.execute(insert(ORDER_PEOPLE).values(**person))


async def _dialled(engine: AsyncEngine, *names: str) -> None:
    zeros = dict.fromkeys(("day_at", "rate_micros", "cost_micros", "ends_by_at"), 0)
    async with writing(engine) as connection:
        for name in names:
            row = {"leg_id": f"call-{name}.1", "call_id": f"call-{name}", "lookup_hash": KEYS.lookup_hash(ERIKA), **zeros}
            row |= {"purpose": "service", "number_class": "landline", "occupies_agent": True, "counts_for_number": True}
            await connection.execute(insert(DIAL_ATTEMPTS).values(**row, permitted_at=STOPPED_AT))


async def test_who_is_erased_is_on_no_recording_but_those_that_prove_an_order_or_are_held(
    book: VaultStore, vault: Vault, engine: AsyncEngine
) -> None:
    await _of_centre(engine)
    await _recorded(book, vault, "proof", "unbooked", "held", "another", "sample")
    await HoldStore(engine).ask("h", "held", by=BY)
    await _ordered(engine, {"proof": ERIKA, "held": ERIKA, "another": ANOTHER})
    await _dialled(engine, "unbooked", "sample")
    receipt = await PartyStore(engine, KEYS).erase(at=STOPPED_AT, receipt_id="r", reason="letter", number=ERIKA)
    told = [(each.count, each.became) for each in receipt.parts if each.what == "recordings"]
    assert told == [(2, "erased"), (1, "restricted"), (1, "restricted")]
    assert receipt.has_found
    await _worked(book, vault)
    assert set(vault.objects.names()) == {"proof", "held", "another"}
    words = [decoded(word, Receipt) for _, word in await book.receipts()]
    assert {(word.segment_id, word.reason) for word in words} == {("unbooked", "erasure"), ("sample", "erasure")}


async def test_a_person_is_told_everything_and_nothing_of_others(book: VaultStore, vault: Vault, engine: AsyncEngine) -> None:
    await _of_centre(engine)
    await _recorded(book, vault, "proof", "another", "dialled")
    await _ordered(engine, {"proof": ERIKA, "another": ANOTHER})
    await _dialled(engine, "dialled")
    told = await SubjectAccess(engine, KEYS).tell("030 23125-100", by=BY)
    assert [each["segment_id"] for each in told.kinds["recordings"]] == ["dialled", "proof"]
    (order,) = told.kinds["orders"]
    assert (order["order_id"], order["values"]) == ("order-proof", {"tariff": "L"})
    assert [each["call_id"] for each in told.kinds["attempts"]] == ["call-dialled"]
    assert told.kinds["consents"] == []
    assert "another" not in str(told.kinds)
    (deed,) = await AuditStore(engine).latest(1)
    assert (deed.deed, deed.user_id) == ("party.told", "anna")
    assert ERIKA not in str(deed)
    assert not (await SubjectAccess(engine, KEYS).tell("+4930111222", by=BY)).has_found


async def test_an_order_is_kept_until_its_contract_can_no_longer_be_disputed(
    book: VaultStore, vault: Vault, engine: AsyncEngine
) -> None:
    await _of_centre(engine)
    await _recorded(book, vault, "proof", "another")
    begun = Instant(STOPPED_AT + 14 * 86_400_000_000)
    await _ordered(engine, {"proof": ERIKA}, effective_at=begun)
    await _ordered(engine, {"another": ANOTHER})
    terms = RecordingTermsStore(engine, UTC)
    await ShredOverdue(book, terms).run_once(lambda: False)
    until = order_kept_until(STOPPED_AT, UTC, contract_starts_at=begun)
    assert (await book.get("proof")).kept_until == until
    assert (await book.get("another")).kept_until == FOREVER
    assert await terms.follow_contracts(by=BY) == 0
    assert await book.overdue(Instant(until + 1)) == ["proof"]

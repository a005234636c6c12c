"""Each lead is given to exactly one agent, for a lease; what died with one is settled by the attempts, never dialled twice."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.leads.following import Said
from routing.leads.lists import LeadListId, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.facts import ListOwner, Outcome
from routing.outbound.lead import LeadState
from routing.outbound.order import Among, OrderPolicy
from routing.outbound.settling import Settled, Verdict
from store.consents import ConsentStore
from store.do_not_call import DoNotCallList, DoNotCallStore
from store.engine import writing
from store.lead_calls import Concluded, LeadCalls
from store.lead_claims import ClaimedLead, LeadClaims
from store.lead_settling import settle_claim
from store.parties import PartyStore
from store.tables.leads import LEAD_IMPORTS, LEADS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.identifiers import SECOND, AgentId, ClientId, Instant, WrapUpCode, after_ms
from tests.contract.store.lead_words import AT, DAY, KEYS, ROOT, House, a_list, centre, rows
from tests.contract.store.test_lead_imports import PROOF, PROVEN

ANNA, BEN = AgentId("anna"), AgentId("ben")
NUMBERS = [f"030 23125 {place}" for place in range(100, 110)]
MINUTE = 60 * SECOND


class Floor:
    """A house whose agents ask for leads."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.claims = LeadClaims(house.engine, KEYS)
        self._given = 0

    async def ask(self, agent: AgentId = ANNA, *, at: Instant = AT, claim_id: str | None = None) -> ClaimedLead | None:
        self._given += 1
        name = claim_id or f"claim-{self._given}"
        lead_list = await self.house.lists.get(LeadListId("spring"))
        assert lead_list is not None
        return await self.claims.claim(lead_list, agent, self.house.directory, claim_id=name, at=at)

    async def settle(self, claimed: ClaimedLead, verdict: Verdict, **more: Any) -> None:
        lead_list = await self.house.lists.get(LeadListId("spring"))
        assert lead_list is not None
        settled = Settled(at=more.pop("at", AT), verdict=verdict, number_place=claimed.number_place, **more)
        async with writing(self.house.engine) as connection:
            row = (await connection.execute(select(LEADS).where(LEADS.c.claim_id == claimed.claim_id))).one()
            await settle_claim(connection, row, settled, lead_list, code=WrapUpCode("sold"))

    async def attempt(self, claimed: ClaimedLead, *, outcome: Outcome | None, at: Instant = AT) -> None:
        """As the permit desk notes one."""
        row = {
            "leg_id": f"leg-{claimed.claim_id}",
            "call_id": f"call-{claimed.claim_id}",
            "lookup_hash": KEYS.hash_of(claimed.number),
            "agent_id": ANNA,
            "client_id": "acme",
            "project_id": "acme-calls",
            "purpose": "preview",
            "reference_kind": "lead",
            "reference_id": str(claimed.lead.lead_id),
            "number_class": "landline",
            "country": "DE",
            "day_at": AT,
            "permitted_at": at + 1,
            "ends_by_at": at + DAY,
            "rate_micros": 1,
            "cost_micros": 1,
            "occupies_agent": False,
            "counts_for_number": True,
            "ended_at": None if outcome is None else at + 2,
            "outcome": None if outcome is None else outcome.value,
        }
        async with writing(self.house.engine) as connection:
            await connection.execute(insert(DIAL_ATTEMPTS).values(**row))


@pytest.fixture
async def floor(engine: AsyncEngine, tmp_path: Path) -> Floor:
    house = House(engine, tmp_path, centre())
    await house.open(a_list())
    await house.took(rows(*NUMBERS))
    return Floor(house)


async def test_many_agents_at_once_get_a_lead_each_and_never_the_same(floor: Floor) -> None:
    asked = [floor.ask(AgentId(f"agent-{place}")) for place in range(12)]
    given = [each.lead.lead_id for each in await asyncio.gather(*asked) if each is not None]
    assert len(given) == len(set(given)) == 10


async def test_the_same_claim_gives_the_same_lead_however_often_it_is_asked(floor: Floor) -> None:
    first, again = await floor.ask(claim_id="one"), await floor.ask(claim_id="one")
    assert first is not None
    assert again is not None
    assert (first.lead.lead_id, first.number) == (again.lead.lead_id, again.number)
    assert first.number == "+4930 23125100".replace(" ", "")


async def test_leads_come_as_listed_and_those_settled_come_back_by_their_outcome(floor: Floor) -> None:
    first = await floor.ask()
    assert first is not None
    await floor.settle(first, Verdict.RETRY, outcome=Outcome.BUSY)
    second = await floor.ask()
    assert second is not None
    assert second.lead.lead_id == first.lead.lead_id + 1
    await floor.settle(second, Verdict.DONE, outcome=Outcome.ANSWERED)
    figures = await floor.house.lists.figures(LeadListId("spring"))
    assert figures.by_state == {LeadState.RETRY: 1, LeadState.DONE: 1, LeadState.FRESH: 8}
    assert (figures.attempts, figures.tried, figures.reached, figures.by_code) == (2, 2, 1, {"sold": 2})
    left = floor.house.lists.left
    assert [await left(LeadListId("spring"), most) for most in (1_000, 4)] == [9, 4], "the one that rests is not done"


async def test_a_promise_goes_first_to_whoever_gave_it_and_to_others_once_they_are_late(floor: Floor) -> None:
    first = await floor.ask(BEN)
    assert first is not None
    promise_at = Instant(AT + 30 * MINUTE)
    promised = {"outcome": Outcome.ANSWERED, "promise_at": promise_at, "promised_agent": BEN}
    await floor.settle(first, Verdict.CALL_BACK, **promised)
    early = await floor.ask(BEN, at=Instant(AT + 10 * MINUTE))
    other = await floor.ask(ANNA, at=promise_at)
    assert early is not None
    assert other is not None
    assert first.lead.lead_id not in (early.lead.lead_id, other.lead.lead_id)
    late = await floor.ask(ANNA, at=Instant(promise_at + 16 * MINUTE))
    assert late is not None
    assert late.lead.lead_id == first.lead.lead_id


async def test_the_newest_import_goes_first_where_the_list_says_so(engine: AsyncEngine, tmp_path: Path) -> None:
    house = House(engine, tmp_path, centre())
    await house.open(a_list(policy=OrderPolicy(among=Among.NEWEST_IMPORT)))
    await house.took(rows("030 23125 100"))
    await house.took(rows("030 23125 101"))
    given = await Floor(house).ask()
    assert given is not None
    assert given.number == "+493023125101"


async def test_a_lease_that_ran_out_without_an_attempt_gives_the_lead_back_as_it_was(floor: Floor) -> None:
    first = await floor.ask(at=AT)
    assert first is not None
    soon = await floor.ask(BEN, at=Instant(AT + MINUTE))
    assert soon is not None
    assert soon.lead.lead_id != first.lead.lead_id
    later = await floor.ask(BEN, at=Instant(AT + 11 * MINUTE))
    assert later is not None
    assert (later.lead.lead_id, later.lead.tries) == (first.lead.lead_id, 0)
    late = await LeadCalls(floor.house.engine).conclude(first.claim_id, Said(at=AT))
    assert late == Concluded(lead=None), "who lost the lease changes nothing"


async def test_a_lease_is_kept_while_somebody_says_so(floor: Floor) -> None:
    first = await floor.ask(at=AT)
    assert first is not None
    assert await floor.claims.keep(first.claim_id, at=Instant(AT + 9 * MINUTE))
    later = await floor.ask(BEN, at=Instant(AT + 15 * MINUTE))
    assert later is not None
    assert later.lead.lead_id != first.lead.lead_id


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (None, LeadState.CLAIMED),
        (Outcome.NO_ANSWER, LeadState.RETRY),
        (Outcome.INVALID, LeadState.INVALID),
        (Outcome.UNCLEAR, LeadState.UNCLEAR),
    ],
)
async def test_after_a_crash_the_attempt_tells_what_becomes_of_the_lead_and_nobody_is_dialled_twice(
    floor: Floor, outcome: Outcome | None, state: LeadState
) -> None:
    first = await floor.ask(at=AT)
    assert first is not None
    await floor.attempt(first, outcome=outcome)
    next_one = await floor.ask(BEN, at=Instant(AT + 11 * MINUTE))
    assert next_one is not None
    assert next_one.lead.lead_id != first.lead.lead_id
    async with writing(floor.house.engine) as connection:
        query = select(LEADS.c.state).where(LEADS.c.lead_id == first.lead.lead_id)
        assert (await connection.execute(query)).scalar_one() == state.value


async def test_an_unclear_lead_waits_for_a_person(floor: Floor) -> None:
    first = await floor.ask(at=AT)
    assert first is not None
    await floor.attempt(first, outcome=Outcome.UNCLEAR)
    await floor.ask(BEN, at=Instant(AT + 11 * MINUTE))
    lead_list = await floor.house.lists.get(LeadListId("spring"))
    assert lead_list is not None
    [unclear] = await floor.claims.unclear(lead_list)
    assert unclear.lead_id == first.lead.lead_id
    assert await floor.claims.decide(unclear.lead_id, lead_list, Verdict.DONE, by=ROOT)
    assert not await floor.claims.decide(unclear.lead_id, lead_list, Verdict.DONE, by=ROOT)


async def test_a_number_another_project_tried_just_now_is_left_in_peace(floor: Floor) -> None:
    first = await floor.ask(at=AT)
    assert first is not None
    await floor.attempt(first, outcome=Outcome.NO_ANSWER)
    await floor.settle(first, Verdict.SKIPPED, at=AT)
    given = [await floor.ask(AgentId(f"agent-{each}"), at=Instant(AT + 12 * MINUTE)) for each in range(10)]
    assert first.lead.lead_id not in [each.lead.lead_id for each in given if each is not None]
    assert sum(each is not None for each in given) == 9


async def test_whoever_came_on_a_do_not_call_list_since_is_not_given_out(floor: Floor) -> None:
    lists = DoNotCallStore(floor.house.engine, KEYS)
    await lists.add(DoNotCallList(owner=ListOwner.CENTRE), [NUMBERS[0]], by=ROOT)
    given = await floor.ask()
    assert given is not None
    assert given.number == "+493023125101"
    figures = await floor.house.lists.figures(LeadListId("spring"))
    assert figures.by_state[LeadState.DO_NOT_CALL] == 1


async def test_whoever_withdrew_the_consent_since_is_not_given_out(engine: AsyncEngine, tmp_path: Path) -> None:
    house = House(engine, tmp_path, centre(acme=WorkKind.ADVERTISING))
    await house.open(a_list())
    await house.took(PROVEN, mapping=PROOF)
    floor = Floor(house)
    given = await floor.ask(claim_id="one")
    assert given is not None
    await floor.settle(given, Verdict.SKIPPED)
    await ConsentStore(engine, KEYS).withdraw("+493023125100", ClientId("acme"), AT, by=ROOT)
    assert await floor.ask(at=Instant(AT + 20 * MINUTE)) is None


async def test_nothing_is_given_out_at_night_of_a_paused_or_of_an_expired_list(floor: Floor) -> None:
    night = Instant(AT + 13 * 3_600 * SECOND)
    assert await floor.ask(at=night) is None
    assert await floor.ask(at=Instant(AT + 367 * DAY)) is None
    await floor.house.lists.set_state(LeadListId("spring"), ListState.PAUSED, by=ROOT)
    assert await floor.ask(at=after_ms(AT, DAY // 1_000)) is None
    await floor.house.lists.set_state(LeadListId("spring"), ListState.OPEN, by=ROOT)
    assert await floor.ask(at=after_ms(AT, DAY // 1_000)) is not None


async def test_an_erased_person_is_given_to_nobody_and_a_claim_on_them_is_over(floor: Floor) -> None:
    first = await floor.ask()
    assert first is not None
    await PartyStore(floor.house.engine, KEYS).erase(at=AT, receipt_id="r", reason="asked", number=first.number)
    assert await LeadCalls(floor.house.engine).conclude(first.claim_id, Said(at=AT)) == Concluded(lead=None)
    assert not await floor.claims.keep(first.claim_id, at=AT)


async def test_leads_of_an_import_that_is_not_done_are_given_to_nobody(floor: Floor) -> None:
    async with writing(floor.house.engine) as connection:
        await connection.execute(update(LEAD_IMPORTS).values(state="reading"))
    assert await floor.ask() is None

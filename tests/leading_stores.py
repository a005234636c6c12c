"""The leads of a live world, in memory: given out, checked, asked, by the same pure rules as the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace as with_new

from routing.aftercall.customer import form_of
from routing.aftercall.forms import FormField, ValueKind
from routing.aftercall.surveys import (
    Answer,
    OnlyIf,
    Question,
    QuestionKind,
    Survey,
    SurveyId,
    fault_of_answer,
    follows,
    next_question,
    standing,
)
from routing.leads.lists import FieldKind, LeadField, LeadList, LeadListId
from routing.outbound.asking import WorkKind
from routing.outbound.verdicts import CodeRule, Verdict
from store.audit import Author
from store.lead_calls import OpenClaim
from store.lead_claims import ClaimedLead
from store.lead_rows import Person
from store.surveys import Published, Response, Went
from telephony.identifiers import (
    AgentId,
    ClientId,
    Instant,
    PartyId,
    ProjectId,
    WrapUpCode,
    after_ms,
)
from tests.integration.web.memory_aftercall import MemorySurveys
from tests.integration.web.memory_leads import (
    MemoryLeadCalls,
    MemoryLeadChecks,
    MemoryLeadClaims,
    MemoryLeadLists,
    a_claimed_lead,
)
from tests.live_world import LiveWorld

SUPPORT, BOOKING = ProjectId("support"), ProjectId("booking")
ANNA = AgentId("agent-0")
CODES = tuple(WrapUpCode(each) for each in ("sold", "later", "mailbox", "objection", "no-interest"))
RULES = (
    CodeRule(code=CODES[0], verdict=Verdict.DONE, is_success=True),
    CodeRule(code=CODES[1], verdict=Verdict.CALL_BACK, wait_ms=86_400_000),
    CodeRule(code=CODES[2], verdict=Verdict.RETRY, is_reached=False, wait_ms=14_400_000),
    CodeRule(code=CODES[3], verdict=Verdict.DO_NOT_CALL),
)
ORDER_FIELDS = (
    FormField(name="tariff", title="Tarif", kind=ValueKind.CHOICE, choices=("Nordlicht S", "Nordlicht L"), is_required=True),
    FormField(name="meter", title="Zählernummer", kind=ValueKind.INTEGER, is_required=True),
    FormField(name="from_day", title="Beginn der Lieferung", kind=ValueKind.DATE),
    FormField(name="price", title="Preis je kWh in Cent", kind=ValueKind.DECIMAL),
    FormField(name="moves", title="Umzug geplant", kind=ValueKind.YES_NO),
)
FIELDS = (
    LeadField(name="tariff", title="Heutiger Tarif"),
    LeadField(name="since", title="Kunde seit", kind=FieldKind.DATE),
    LeadField(name="city", title="Ort", is_required=True),
)
PEOPLE = (
    Person(
        numbers=["+493023125100", "+4917123125101"],
        name="Erika Mustermann",
        reference="K-48213",
        fields={"tariff": "Nordlicht S", "since": "2019-04-01", "city": "Bremen"},
    ),
    Person(numbers=["+494023125102"], name="Jan Petersen", company="Petersen Bau GmbH", fields={"city": "Husum"}),
    Person(numbers=["+498923125103"], name="Rosa Lang", fields={"tariff": "Nordlicht L", "city": "Passau"}),
)
MOOD = Survey(
    survey_id=SurveyId("mood"),
    version=1,
    title="Zufriedenheit",
    questions=(
        Question(name="content", text="Sind Sie mit uns zufrieden?", kind=QuestionKind.YES_NO, may_be_refused=False),
        Question(
            name="why",
            text="Was stört Sie?",
            kind=QuestionKind.MULTIPLE,
            choices=("Preis", "Service", "Abrechnung"),
            only_if=(OnlyIf(question="content", is_any_of=("no",)),),
        ),
        Question(
            name="grade", text="Wie wahrscheinlich empfehlen Sie uns weiter?", kind=QuestionKind.SCALE, lowest=0, highest=10
        ),
        Question(name="words", text="Was sollen wir besser machen?", kind=QuestionKind.TEXT),
    ),
)


def a_list(name: str, title: str, project_id: ProjectId, client: str, purpose: WorkKind) -> LeadList:
    return LeadList(
        list_id=LeadListId(name),
        project_id=project_id,
        client_id=ClientId(client),
        name=title,
        purpose=purpose,
        owner=client,
        expires_at=Instant(2**51),
        fields=FIELDS,
    )


@dataclass
class LeadBook:
    """The leads of both lists, and who has which: what the four stores below share."""

    world: LiveWorld
    people: list[Person] = field(default_factory=lambda: list(PEOPLE))
    claims: dict[str, tuple[AgentId, LeadListId, int, Instant]] = field(default_factory=dict)
    promises: dict[str, tuple[Instant, bool]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)

    def of(self, agent_id: AgentId) -> tuple[str, LeadListId, int, Instant] | None:
        now = self.world.clock.now()
        for claim_id, (owner, list_id, number, ends_at) in self.claims.items():
            if owner == agent_id and ends_at > now:
                return claim_id, list_id, number, ends_at
        return None

    def settle(self, claim_id: str) -> None:
        """The follower's part: the call is over, and nobody is at its wrap-up."""
        self.settled.append(self.claims.pop(claim_id)[2])


class Lists(MemoryLeadLists):
    def __init__(self, book: LeadBook) -> None:
        super().__init__()
        self.book = book
        made = (
            a_list("spring", "Frühjahr 2026", SUPPORT, "acme", WorkKind.ADVERTISING),
            a_list("travel", "Reisekunden", BOOKING, "bolt", WorkKind.SERVICE),
        )
        self.rows = {each.list_id: each for each in made}

    async def left(self, list_id: LeadListId, most: int) -> int:
        if list_id == "travel":
            return most
        return len(self.book.people) - len(self.book.settled) - len(self.book.claims)


class Claims(MemoryLeadClaims):
    def __init__(self, book: LeadBook) -> None:
        super().__init__()
        self.book = book

    async def claim(
        self,
        lead_list: LeadList,
        agent_id: AgentId,
        directory: Any,
        *,
        claim_id: str,
        at: Instant,
        lease_ms: int | None = None,
    ) -> ClaimedLead | None:
        book = self.book
        if claim_id not in book.claims:
            taken = {number for *_, number, _ in book.claims.values()}
            free = [number for number in range(len(book.people)) if number not in taken and number not in book.settled]
            if not free or lead_list.list_id != "spring":
                return None
            book.claims[claim_id] = (agent_id, lead_list.list_id, free[0], after_ms(at, lease_ms or 60_000))
        _, _, number, ends_at = book.claims[claim_id]
        return a_claimed_lead(claim_id, number + 1, book.people[number], number_place=0, ends_at=ends_at)

    async def keep(self, claim_id: str, *, at: Instant) -> bool:
        agent_id, list_id, number, _ = self.book.claims[claim_id]
        self.book.claims[claim_id] = (agent_id, list_id, number, after_ms(at, 3_600_000))
        return True


class Calls(MemoryLeadCalls):
    def __init__(self, book: LeadBook) -> None:
        super().__init__()
        self.book = book

    async def of_agent(self, agent_id: AgentId, at: Instant) -> OpenClaim | None:
        mine = self.book.of(agent_id)
        if mine is None:
            return None
        claim_id, list_id, number, ends_at = mine
        promise_at, is_own = self.book.promises.get(claim_id, (None, False))
        return OpenClaim(
            claim_id=claim_id,
            lead_id=number + 1,
            list_id=list_id,
            agent_id=agent_id,
            claimed_at=at,
            ends_at=ends_at,
            promise_at=promise_at,
            is_own_promise=is_own,
        )

    async def promise(self, claim_id: str, agent_id: AgentId, *, at: Instant, is_own: bool) -> bool:
        self.book.promises[claim_id] = (at, is_own)
        return True

    async def skip(self, claim_id: str, agent_id: AgentId, *, reason: str, by: Author) -> bool:
        number = self.book.claims.pop(claim_id)[2]
        self.book.said.append((self.book.people[number].name, reason))
        self.book.people.append(self.book.people[number])
        self.book.settled.append(number)
        return True


class Checks(MemoryLeadChecks):
    def __init__(self, book: LeadBook) -> None:
        super().__init__()
        self.book = book
        self.form = form_of(FIELDS)

    @property
    def found(self) -> list[tuple[str, str]]:
        return [(each.field.name, each.field.found.value) for _, each in self.kept]

    def data_of(self, lead_id: int) -> Mapping[str, str]:
        person = self.book.people[lead_id - 1]
        return {**person.fields, "name": person.name, "company": person.company}

    def note(self, lead_id: int, data: Mapping[str, str]) -> None:
        person = self.book.people[lead_id - 1]
        own = {name: value for name, value in data.items() if name in ("name", "company")}
        fields = {name: value for name, value in data.items() if name not in own}
        self.book.people[lead_id - 1] = with_new(person, fields={**person.fields, **fields}, **own)


class Surveys(MemorySurveys):
    def __init__(self) -> None:
        super().__init__()
        made = Published(survey=MOOD, project_id=SUPPORT, client_id=ClientId("acme"), published_at=Instant(1))
        self.rows = {MOOD.survey_id: made}
        self.responses = {}

    async def begin(self, response: Response, *, party_id: PartyId | None = None, lead_id: int | None = None) -> Question | None:
        self.responses.setdefault(response.response_id, response)
        return next_question(MOOD, self.answers.setdefault(response.response_id, []))

    async def answer(self, response_id: str, question: str, values: tuple[str, ...], *, at: Instant) -> Went | None:
        given = self.answers[response_id]
        asked = next(each for each in MOOD.questions if each.name == question)
        if not follows(asked, standing(MOOD, given)):
            return Went(fault="not_asked")
        if (fault := fault_of_answer(asked, values)) is not None:
            return Went(fault=fault)
        given.append(Answer(question=question, values=values, at=at))
        return Went(next_question=next_question(MOOD, given))

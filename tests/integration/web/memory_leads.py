"""Lead lists of the web edge's surroundings, in memory."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fernamt.leads.sealed import Sealer
from routing.aftercall.customer import checked, faults_of_check, form_of
from routing.leads.lists import FieldKind, LeadField, LeadList, LeadListId, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from routing.outbound.settling import Verdict
from store.audit import Author
from store.centre import CentreRejected, Fault
from store.lead_calls import OpenClaim
from store.lead_checks import CheckKept, CheckSaid, LeadChecked
from store.lead_claims import ClaimedLead
from store.lead_imports import ImportState, Instructions, LeadImport, Report
from store.lead_lists import ListFigures
from store.lead_rows import Person
from store.parties import PartyKeys
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, UserId


def a_lead_list(client: str) -> LeadList:
    """A list of that client's project."""
    return LeadList(
        list_id=LeadListId(f"list-{client}"),
        project_id=ProjectId(f"{client}-service"),
        client_id=ClientId(client),
        name="Spring",
        purpose=WorkKind.SERVICE,
        owner=client,
        expires_at=Instant(2**51),
    )


class MemoryLeadLists:
    """A list of each client, and an import of each list."""

    def __init__(self) -> None:
        self.rows = {each.list_id: each for each in (a_lead_list("acme"), a_lead_list("bolt"))}

    async def lists(self) -> Sequence[LeadList]:
        return list(self.rows.values())

    async def get(self, list_id: LeadListId) -> LeadList | None:
        return self.rows.get(list_id)

    async def add(self, lead_list: LeadList, *, by: Author | None = None) -> None:
        if lead_list.list_id in self.rows:
            raise CentreRejected([Fault(where=f"lead list {lead_list.list_id}", what="exists already")])
        self.rows[lead_list.list_id] = replace(lead_list, client_id=ClientId(lead_list.project_id.partition("-")[0]))

    async def set_state(self, list_id: LeadListId, state: ListState, *, by: Author | None = None) -> bool:
        if self.rows[list_id].state is ListState.CLOSED:
            return False
        self.rows[list_id] = replace(self.rows[list_id], state=state)
        return True

    async def delete(self, list_id: LeadListId, *, reason: str, by: Author | None = None) -> bool:
        return self.rows.pop(list_id, None) is not None

    async def left(self, list_id: LeadListId, most: int) -> int:
        return 3

    async def figures(self, list_id: LeadListId) -> ListFigures:
        return ListFigures(by_state={LeadState.FRESH: 3, LeadState.DONE: 1}, attempts=2, tried=1, reached=1, by_code={"sold": 1})


class MemoryLeadImports:
    """Imports 1 of acme's and 2 of bolt's list, uploaded."""

    def __init__(self) -> None:
        self.rows = {number: self._made(number, LeadListId(f"list-{client}")) for number, client in ((1, "acme"), (2, "bolt"))}

    def _made(self, number: int, list_id: LeadListId, stored_as: str = "x.csv", file_name: str = "leads.csv") -> LeadImport:
        return LeadImport(
            import_no=number,
            list_id=list_id,
            state=ImportState.UPLOADED,
            file_name=file_name,
            stored_as=stored_as,
            instructions=Instructions(),
            asked_at=Instant(0),
            asked_by=UserId("root"),
            ended_at=None,
            is_cancelled=False,
            rows_read=0,
            read_permille=0,
            leads=0,
            report=Report(faults=[(2, 1, "bad_number")], counts={"bad_number": 1}),
        )

    async def ask(
        self,
        list_id: LeadListId,
        *,
        file_name: str,
        stored_as: str,
        state: ImportState,
        by: Author | None = None,
        instructions: Instructions | None = None,
    ) -> int:
        number = len(self.rows) + 1
        self.rows[number] = self._made(number, list_id, stored_as, file_name)
        return number

    async def start(self, import_no: int, instructions: Instructions, *, by: Author | None = None) -> bool:
        if self.rows[import_no].state is not ImportState.UPLOADED:
            return False
        self.rows[import_no] = replace(self.rows[import_no], state=ImportState.WAITING, instructions=instructions)
        return True

    async def cancel(self, import_no: int, *, by: Author | None = None) -> bool:
        if self.rows[import_no].is_cancelled:
            return False
        self.rows[import_no] = replace(self.rows[import_no], is_cancelled=True)
        return True

    async def get(self, import_no: int) -> LeadImport | None:
        return self.rows.get(import_no)

    async def of_list(self, list_id: LeadListId, limit: int = 200) -> Sequence[LeadImport]:
        return [each for each in self.rows.values() if each.list_id == list_id]


class MemoryLeadDecisions:
    """One unclear lead, 7, on every list."""

    def __init__(self) -> None:
        self.decided: list[tuple[int, str, Verdict]] = []

    async def unclear(self, lead_list: LeadList, limit: int = 200) -> Sequence[LeadNow]:
        return [LeadNow(lead_id=7, state=LeadState.UNCLEAR, next_at=Instant(0), numbers=())]

    async def decide(self, lead_id: int, lead_list: LeadList, verdict: Verdict, *, by: Author) -> bool:
        self.decided.append((lead_id, lead_list.list_id, verdict))
        return lead_id == 7


ANNAS_LEAD = "00000000-0000-7000-8000-0000000001ea"


def a_claimed_lead(claim_id: str, lead_id: int, person: Person, *, number_place: int, ends_at: Instant) -> ClaimedLead:
    """That person, whom nobody has called yet; one number is at home, another at work."""
    kinds = ("home", "work")[: len(person.numbers)]
    numbers = tuple(NumberNow(number_class="landline", country="DE", kind=kind) for kind in kinds)
    lead = LeadNow(lead_id=lead_id, state=LeadState.FRESH, next_at=Instant(0), numbers=numbers)
    return ClaimedLead(claim_id=claim_id, lead=lead, person=person, number_place=number_place, ends_at=ends_at)


class MemoryLeadClaims:
    """One lead for whoever asks first."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int | None]] = []
        self.is_kept = True

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
        self.asked.append((claim_id, lease_ms))
        person = Person(numbers=["+493023125100", "+493023125101"], name="Erika Muster", fields={"tariff": "M"})
        return a_claimed_lead(claim_id, 7, person, number_place=1, ends_at=at)

    async def keep(self, claim_id: str, *, at: Instant) -> bool:
        return self.is_kept


class MemoryLeadChecks:
    """The data of one lead, with its city, checked by the same pure rules; values in clear: this is a test."""

    def __init__(self) -> None:
        self.data = {"name": "Erika Muster", "tariff": "M"}
        self.form = form_of((LeadField(name="tariff", is_required=True), LeadField(name="since", kind=FieldKind.DATE)))
        self.kept: list[tuple[str, CheckKept]] = []

    async def check(
        self,
        lead_id: int,
        lead_list: LeadList,
        stated: Mapping[str, str],
        *,
        by: Author,
        agent_id: AgentId | None = None,
        call_id: CallId | None = None,
    ) -> CheckSaid | None:
        if faults := faults_of_check(self.form, stated):
            return faults
        found = checked(self.form, self.data_of(lead_id), stated)
        self.note(lead_id, {each.name: each.after for each in found})
        self.kept += [(lead_list.list_id, CheckKept(field=each, at=by.at, user_id=by.user_id, call_id=call_id)) for each in found]
        return found

    def data_of(self, lead_id: int) -> Mapping[str, str]:
        """As it stands."""
        return self.data

    def note(self, lead_id: int, data: Mapping[str, str]) -> None:
        """It stands so from now on, as far as it is named."""
        self.data |= data

    async def of_lead(self, lead_id: int, lead_list: LeadList) -> Sequence[CheckKept]:
        return [kept for list_id, kept in self.kept if list_id == lead_list.list_id]

    async def checked(self, lead_list: LeadList) -> Sequence[LeadChecked]:
        kept = await self.of_lead(7, lead_list)
        found = Counter(each.field.found for each in kept)
        return [LeadChecked(lead_id=7, last_at=max(each.at for each in kept), found=found)] if kept else []


class MemoryLeadCalls:
    """Whose lead it is, and what was said of it."""

    def __init__(self) -> None:
        self.owner: AgentId | None = None
        self.said: list[tuple[str, str]] = []
        self.promised: tuple[Instant, bool] | None = None

    async def of_agent(self, agent_id: AgentId, at: Instant) -> OpenClaim | None:
        if agent_id != self.owner:
            return None
        return OpenClaim(
            claim_id=ANNAS_LEAD,
            lead_id=7,
            list_id=LeadListId("list-acme"),
            agent_id=agent_id,
            claimed_at=at,
            ends_at=at,
            promise_at=None if self.promised is None else self.promised[0],
            is_own_promise=self.promised is not None and self.promised[1],
        )

    async def promise(self, claim_id: str, agent_id: AgentId, *, at: Instant, is_own: bool) -> bool:
        self.said.append(("promise", claim_id))
        self.promised = (at, is_own)
        return True

    async def skip(self, claim_id: str, agent_id: AgentId, *, reason: str, by: Author) -> bool:
        self.said.append((reason, claim_id))
        return True


FILE_KEYS = PartyKeys(bytes(range(32)))


class PlayedLeadFiles:
    """Says what it was asked for."""

    def __init__(self) -> None:
        self.previewed: list[tuple[str, str, str | None, tuple[str, ...]]] = []

    def sealer(self, stored_as: str) -> Sealer:
        return Sealer(FILE_KEYS, stored_as)

    async def preview(
        self, stored_as: str, list_id: LeadListId, *, file_name: str, sheet: str | None, mapping: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        self.previewed.append((stored_as, list_id, sheet, tuple(mapping)))
        return {"refused": "no_such_sheet", "row": 0} if sheet == "none" else {"columns": []}

    async def results(self, list_id: LeadListId) -> AsyncGenerator[bytes]:
        yield b"lead_id\r\n"
        yield b"7\r\n"

"""What the edge needs for lead lists."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Protocol

from routing.directory import Directory
from routing.leads.lists import LeadList, LeadListId, ListState
from routing.outbound.lead import LeadNow
from routing.outbound.settling import Verdict
from store.audit import Author
from store.lead_calls import OpenClaim
from store.lead_checks import CheckKept, CheckSaid, LeadChecked
from store.lead_claims import ClaimedLead
from store.lead_imports import ImportState, Instructions, LeadImport
from store.lead_lists import ListFigures
from telephony.identifiers import AgentId, CallId, Instant


class LeadLists(Protocol):
    """Lists of people clients want called. Raises `CentreRejected` for what cannot be one."""

    async def lists(self) -> Sequence[LeadList]:
        """All, the newest first."""
        ...

    async def get(self, list_id: LeadListId) -> LeadList | None:
        """That list."""
        ...

    async def add(self, lead_list: LeadList, *, by: Author | None = None) -> None:
        """The list exists, empty."""
        ...

    async def set_state(self, list_id: LeadListId, state: ListState, *, by: Author | None = None) -> bool:
        """False where it is closed, or there is none."""
        ...

    async def delete(self, list_id: LeadListId, *, reason: str, by: Author | None = None) -> bool:
        """Nobody sees it any more; False where there is none."""
        ...

    async def left(self, list_id: LeadListId, most: int) -> int:
        """How many of its leads may yet be given out; counted no further than `most`."""
        ...

    async def figures(self, list_id: LeadListId) -> ListFigures:
        """How far it is."""
        ...


class LeadImports(Protocol):
    """Files on their way into a list."""

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
        """The import's number."""
        ...

    async def start(self, import_no: int, instructions: Instructions, *, by: Author | None = None) -> bool:
        """It waits for its turn; False where it was started or has ended."""
        ...

    async def cancel(self, import_no: int, *, by: Author | None = None) -> bool:
        """No lead of it will exist; False where it has ended."""
        ...

    async def get(self, import_no: int) -> LeadImport | None:
        """That import."""
        ...

    async def of_list(self, list_id: LeadListId, limit: int = 200) -> Sequence[LeadImport]:
        """The list's, the newest first."""
        ...


class LeadDecisions(Protocol):
    """Leads that wait for a person."""

    async def unclear(self, lead_list: LeadList, limit: int = 200) -> Sequence[LeadNow]:
        """Those with an attempt whose end nobody saw."""
        ...

    async def decide(self, lead_id: int, lead_list: LeadList, verdict: Verdict, *, by: Author) -> bool:
        """False where it is no unclear lead of that list."""
        ...


class LeadGiving(Protocol):
    """Leads given out, each to one agent."""

    async def claim(
        self,
        lead_list: LeadList,
        agent_id: AgentId,
        directory: Directory,
        *,
        claim_id: str,
        at: Instant,
        lease_ms: int | None = None,
    ) -> ClaimedLead | None:
        """The list's next lead, or that of the claim; None where nobody may be called now."""
        ...


class LeadClaims(LeadGiving, Protocol):
    """Leads given out, and kept."""

    async def keep(self, claim_id: str, *, at: Instant) -> bool:
        """The lease begins anew; False where the lead is somebody else's by now."""
        ...


class LeadCalls(Protocol):
    """What agents say of the leads they have."""

    async def of_agent(self, agent_id: AgentId, at: Instant) -> OpenClaim | None:
        """The lead this agent has."""
        ...

    async def promise(self, claim_id: str, agent_id: AgentId, *, at: Instant, is_own: bool) -> bool:
        """False where it is not theirs any more."""
        ...

    async def skip(self, claim_id: str, agent_id: AgentId, *, reason: str, by: Author) -> bool:
        """False where it is not theirs any more, or was dialled."""
        ...


class FileSealer(Protocol):
    """Seals a file as it comes."""

    def feed(self, clear: bytes) -> bytes:
        """What is to be written now."""
        ...

    def end(self) -> bytes:
        """The rest of it."""
        ...


class LeadChecks(Protocol):
    """The data of leads, checked and completed."""

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
        """The lead's data is as stated, or why it cannot be; None where there is no such lead, or it is not that agent's."""
        ...

    async def of_lead(self, lead_id: int, lead_list: LeadList) -> Sequence[CheckKept]:
        """All that was ever checked of that lead of the list, in its order."""
        ...

    async def checked(self, lead_list: LeadList) -> Sequence[LeadChecked]:
        """The leads of the list whose data was checked, those checked last first; nothing of what it says."""
        ...


class LeadFiles(Protocol):
    """Files of leads, read and made in processes beside the service. Raises `ExportsBusy` where as many run as may."""

    def sealer(self, stored_as: str) -> FileSealer:
        """Seals the file that will be stored under that name; who reads it opens it."""
        ...

    async def preview(
        self, stored_as: str, list_id: LeadListId, *, file_name: str, sheet: str | None, mapping: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """What the file would be taken for; `refused` and why where it cannot be read."""
        ...

    def results(self, list_id: LeadListId) -> AsyncGenerator[bytes]:
        """What came of the list, as CSV, piece by piece."""
        ...

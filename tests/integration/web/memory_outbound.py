"""Calls outside of the web edge's surroundings, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from routing.outbound.facts import Covers
from routing.outbound.phone_use import Known, PhoneUse, UnclearCall, UseRules
from routing.outbound.shown import OURS, AssignedTo, ShownRight
from store.audit import Author
from store.centre import CentreRejected, Fault
from store.consents import Consent, Document, Recorded, Withdrawn
from store.do_not_call import DoNotCallList, Entry
from store.documents import paper_of, plain_name
from store.right_documents import KeptDocument, faults_of_file
from telephony.consents import ConsentWithdrawn
from telephony.emergencies import AgentAddress, EmergencySeen
from telephony.identifiers import AgentId, CallId, ClientId, Instant, LegId, PartyId, UserId

HEAD_OFFICE = ShownRight(
    right_id="head-office",
    number="+493055500",
    owner=OURS,
    document="contract 7",
    assigned_to=AssignedTo.CENTRE,
    assigned_id="",
    valid_from=Instant(0),
)
A_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class MemoryDoNotCall:
    """Lists in clear: this is a test."""

    def __init__(self) -> None:
        self.rows: dict[tuple[DoNotCallList, str], Entry] = {}

    async def counts(self) -> Mapping[DoNotCallList, int]:
        lists = [whose for whose, _ in self.rows]
        return {whose: lists.count(whose) for whose in lists}

    async def entries_of(self, number: str) -> Mapping[DoNotCallList, Entry]:
        return {whose: entry for (whose, listed), entry in self.rows.items() if listed == number}

    async def add(
        self, whose: DoNotCallList, numbers: Sequence[str], *, covers: Covers, reason: str, by: Author | None = None
    ) -> int:
        if whose.owner_id == "nobody":
            raise CentreRejected([Fault(where="do-not-call list", what="there is no such client")])
        for number in numbers:
            self.rows[(whose, number)] = Entry(covers=covers, reason=reason, added_at=by.at if by else Instant(0))
        return len(numbers)

    async def remove(self, whose: DoNotCallList, number: str, *, reason: str, by: Author | None = None) -> bool:
        return self.rows.pop((whose, number), None) is not None


class MemoryConsents:
    """Consents in clear: this is a test. Of every call one consent of the party's is withdrawn, while it goes on."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, Recorded]] = []
        self.documents: dict[str, tuple[ClientId, Document]] = {}

    async def record(
        self, number: str, consent: Consent, document: Document | None = None, *, by: Author | None = None
    ) -> Recorded:
        if consent.client_id == "nobody" or (document is None and not consent.document):
            raise CentreRejected([Fault(where="consent", what="proves nothing")])
        document_id = None if document is None else f"{consent.consent_id}.document"
        if document is not None and document_id is not None:
            self.documents[document_id] = (consent.client_id, document)
        recorded = Recorded(
            consent=consent,
            document_id=document_id,
            document_name=None if document is None else document.name,
            withdrawn_at=None,
            restricted_at=None,
            used_at=None,
            kept_until=consent.granted_at,
        )
        self.rows.append((number, recorded))
        return recorded

    async def history(self, number: str, client_ids: Sequence[ClientId] | None = None) -> Sequence[Recorded]:
        found = [each for listed, each in self.rows if listed == number]
        return [each for each in found if client_ids is None or each.consent.client_id in client_ids]

    async def document(self, document_id: str) -> tuple[ClientId, Document] | None:
        return self.documents.get(document_id)

    async def withdraw(
        self, number: str, client_id: ClientId, at: Instant, *, reason: str = "", by: Author | None = None
    ) -> Withdrawn:
        theirs = [(listed, each) for listed, each in self.rows if listed == number and each.consent.client_id == client_id]
        self.rows = [row for row in self.rows if row not in theirs]
        self.rows += [(listed, replace(each, withdrawn_at=at)) for listed, each in theirs]
        return Withdrawn(consent_ids=tuple(each.consent.consent_id for _, each in theirs), running=())

    async def withdraw_of_call(
        self, call_id: CallId, party_id: PartyId | None, client_id: ClientId, at: Instant, *, reason: str, by: Author
    ) -> Withdrawn | None:
        running = (call_id, LegId(f"{call_id}.outside.1"), AgentId("anna"))
        return None if party_id is None else Withdrawn(consent_ids=("first",), running=(running,))


class PlayedPhoneUse:
    """Two agents who call; what was asked for is kept. Calls nobody saw ending are those of `rows`, by who called."""

    def __init__(self) -> None:
        self.asked: list[frozenset[AgentId] | None] = []
        self.rows = {CallId(f"call-of-{agent}"): AgentId(agent) for agent in ("anna", "carla")}
        self.cleared: list[tuple[CallId, Known, str, UserId]] = []

    async def of_agents(
        self, from_at: Instant, to_at: Instant, rules: UseRules, agent_ids: Collection[AgentId] | None = None
    ) -> Sequence[PhoneUse]:
        self.asked.append(None if agent_ids is None else frozenset(agent_ids))
        return [a_use(each) for each in ("anna", "carla") if agent_ids is None or each in agent_ids]

    async def unclear(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Sequence[UnclearCall]:
        return [an_unclear_call(*each) for each in self.rows.items() if agent_ids is None or each[1] in agent_ids]

    async def clear(
        self, call_id: CallId, known: Known, note: str, *, by: Author, agent_ids: Collection[AgentId] | None = None
    ) -> bool:
        agent_id = self.rows.get(call_id)
        if agent_id is None or (agent_ids is not None and agent_id not in agent_ids):
            return False
        del self.rows[call_id]
        self.cleared.append((call_id, known, note, by.user_id))
        return True


def an_unclear_call(call_id: CallId, agent_id: AgentId) -> UnclearCall:
    return UnclearCall(
        call_id=call_id,
        agent_id=agent_id,
        project_id=None,
        at=Instant(1_800_000_000_000_000),
        number_class="mobile",
        country="DE",
        reference_kind="task",
        reference_id="t1",
    )


def a_use(agent_id: str) -> PhoneUse:
    shares = {"calls": 20, "by_hand": 19, "from_lists": 0, "answered": 5, "in_vain": 15, "short": 1}
    return PhoneUse(agent_id=AgentId(agent_id), **shares, repeated_numbers=1, most_tries=6, countries=2, cost_micros=1_000)


class MemoryAddresses:
    """Where agents work, in clear: this is a test."""

    def __init__(self) -> None:
        self.rows = {AgentId(each): AgentAddress(address=f"{each}'s street 1", number="+493055511") for each in ("anna", "carla")}

    async def of(self, agent_id: AgentId) -> AgentAddress | None:
        return self.rows.get(agent_id)

    async def put(self, agent_id: AgentId, address: AgentAddress, *, by: Author | None = None) -> None:
        self.rows[agent_id] = address

    async def remove(self, agent_id: AgentId, *, by: Author | None = None) -> bool:
        return self.rows.pop(agent_id, None) is not None


class PlayedNotes:
    """Keeps what was told."""

    def __init__(self) -> None:
        self.seen: list[EmergencySeen | ConsentWithdrawn] = []

    def tell(self, said: EmergencySeen | ConsentWithdrawn) -> None:
        self.seen.append(said)


class MemoryRights:
    """The register."""

    def __init__(self) -> None:
        self.rows = {HEAD_OFFICE.right_id: HEAD_OFFICE}

    async def rights(self) -> Sequence[ShownRight]:
        return list(self.rows.values())

    async def add(self, right: ShownRight, *, by: Author | None = None) -> None:
        if right.right_id in self.rows:
            raise CentreRejected([Fault(where=f"right {right.right_id}", what="exists already")])
        self.rows[right.right_id] = right

    async def end(self, right_id: str, at: Instant, *, by: Author | None = None) -> None:
        self.rows[right_id] = replace(self.rows[right_id], valid_until=at)


class MemoryRightDocuments:
    """Documents in clear: this is a test. The head office has one."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], tuple[KeptDocument, bytes]] = {}
        self.rows[(HEAD_OFFICE.right_id, 1)] = (self._kept(1, "contract.pdf", A_PDF, "user-7", Instant(0)), A_PDF)

    async def counts(self) -> Mapping[str, int]:
        rights = [right_id for right_id, _ in self.rows]
        return {each: rights.count(each) for each in rights}

    async def of(self, right_id: str) -> Sequence[KeptDocument]:
        return [kept for (right, _), (kept, _) in reversed(self.rows.items()) if right == right_id]

    async def add(self, right_id: str, name: str, content: bytes, *, by: Author | None = None) -> KeptDocument:
        if faults := faults_of_file(right_id, content):
            raise CentreRejected(faults)
        assert by is not None
        version = len(await self.of(right_id)) + 1
        kept = self._kept(version, name, content, by.user_id, by.at)
        self.rows[(right_id, version)] = (kept, content)
        return kept

    async def open(self, right_id: str, version: int) -> Document | None:
        kept, content = self.rows.get((right_id, version), (None, b""))
        return None if kept is None else Document(name=kept.name, media_type=kept.media_type, content=content)

    def _kept(self, version: int, name: str, content: bytes, user_id: str, at: Instant) -> KeptDocument:
        paper = paper_of(content)
        assert paper is not None
        return KeptDocument(
            version=version,
            name=plain_name(name, paper),
            media_type=paper.value,
            size=len(content),
            sha256=b"\0" * 32,
            added_at=at,
            added_by=UserId(user_id),
        )

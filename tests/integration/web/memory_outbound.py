"""Calls outside of the web edge's surroundings, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from routing.outbound.facts import Covers
from routing.outbound.shown import OURS, AssignedTo, ShownRight
from store.audit import Author
from store.centre import CentreRejected, Fault
from store.do_not_call import DoNotCallList, Entry
from telephony.emergencies import AgentAddress, EmergencySeen
from telephony.identifiers import AgentId, Instant

HEAD_OFFICE = ShownRight(
    right_id="head-office",
    number="+493055500",
    owner=OURS,
    document="contract 7",
    assigned_to=AssignedTo.CENTRE,
    assigned_id="",
    valid_from=Instant(0),
)


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


class PlayedEmergencies:
    """Keeps what was looked after."""

    def __init__(self) -> None:
        self.seen: list[EmergencySeen] = []

    def look_after(self, seen: EmergencySeen) -> None:
        self.seen.append(seen)


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

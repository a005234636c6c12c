"""Attendance read from the journal and the plan; also as what the room of levels asks for. In a process of its own."""

from collections.abc import Collection, Mapping

from fernamt.moment import now
from fernamt.whatif.journaled import LEAD_US
from routing.levels.reliability import PlannedTime
from routing.shifts.attendance import OF_SERVICE, Attendance, Figures
from routing.whatif.observe import OF_AGENTS
from store.journal_reading import JournalReader
from store.shifts import ShiftStore
from telephony.agent.model import AgentRules
from telephony.identifiers import MS, AgentId, Instant


async def attendance(
    journal: JournalReader,
    shifts: ShiftStore,
    rules: AgentRules,
    *,
    from_at: Instant,
    to_at: Instant,
    agent_ids: Collection[AgentId] | None = None,
) -> Mapping[AgentId, Figures]:
    """Of these agents, or of all, who had a shift or worked in [from, to). Memory: the plan of the period."""
    plan = await shifts.spans(from_at, to_at, agent_ids)
    fold = Attendance(plan, rules, from_at=from_at, to_at=to_at)
    lead = await journal.first_seq_at(Instant(from_at - LEAD_US))
    last = await journal.first_seq_at(to_at)
    async for envelope in journal.read_since(lead - 1, last - 1, (*OF_AGENTS, *OF_SERVICE)):
        fold.take(envelope)
    found = fold.finish(now())
    return {agent_id: figures for agent_id, figures in found.items() if agent_ids is None or agent_id in agent_ids}


class AttendanceReliability:
    """The room of levels' `Reliability`: time that was nobody's to keep, the service being down, is in neither figure."""

    def __init__(self, journal: JournalReader, shifts: ShiftStore, rules: AgentRules) -> None:
        self._journal = journal
        self._shifts = shifts
        self._rules = rules

    async def planned(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Mapping[AgentId, PlannedTime]:
        """Of these agents, or of all; whoever had no plan is missing."""
        found = await attendance(self._journal, self._shifts, self._rules, from_at=from_at, to_at=to_at, agent_ids=agent_ids)
        times = {agent_id: figures for agent_id, figures in found.items() if figures.planned > figures.down}
        return {
            agent_id: PlannedTime(planned_ms=(figures.planned - figures.down) // MS, kept_ms=(figures.kept - figures.down) // MS)
            for agent_id, figures in times.items()
        }

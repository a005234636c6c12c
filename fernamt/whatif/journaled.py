"""A stretch of the journal, read into what it asked of the centre. In a process of its own, never in the service's."""

from routing.directory import Directory
from routing.whatif.observe import OF_AGENTS, OF_CALLS, Observer
from store.journal_reading import JournalReader
from telephony.agent.model import AgentRules
from telephony.identifiers import SECOND, Instant

LEAD_US = 16 * 3_600 * SECOND
"""How far before the stretch log-ins are looked for: longer than any shift."""
RUN_OUT_US = 2 * 3_600 * SECOND
"""How far past its end callers of the stretch are followed."""


async def observe(
    journal: JournalReader, directory: Directory, rules: AgentRules, *, from_at: Instant, to_at: Instant, threshold_ms: int
) -> Observer:
    """The stretch, with every caller of it followed to the end. Memory: see routing/whatif/demand.py."""
    observer = Observer(directory, rules, from_at=from_at, to_at=to_at, threshold_ms=threshold_ms)
    lead = await journal.first_seq_at(Instant(from_at - LEAD_US))
    first = await journal.first_seq_at(from_at)
    async for envelope in journal.read_since(lead - 1, first - 1, OF_AGENTS):
        observer.take(envelope)
    last = await journal.first_seq_at(Instant(to_at + RUN_OUT_US))
    async for envelope in journal.read_since(first - 1, last - 1, (*OF_CALLS, *OF_AGENTS)):
        observer.take(envelope)
        if observer.is_done:
            break
    observer.finish()
    return observer

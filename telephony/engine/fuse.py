"""The fuse of a turn: one event may conclude only so much of one call, or of one agent.

What the tables conclude comes to rest by itself, after a few steps. A rule that leads back to itself never does: without a
bound its turn would take all memory and every other call with it.
"""

from collections.abc import Iterable

from telephony.agent.model import Agent
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.transitions import TRANSITIONS
from telephony.decisions import DecisionTaken
from telephony.dialling import DialDropped
from telephony.events import (
    AgentReleased,
    AgentReserved,
    CallEnded,
    Envelope,
    Event,
    UnexpectedHappened,
)
from telephony.identifiers import CallId
from telephony.order_segments import SegmentClosed, SegmentStopForced
from telephony.overhearing import EarClosed, ListeningLapsed

MOST_OF_ONE = 64
"""Nine times what any turn concluded of one call or agent in 240 days of the simulation with every fault: seven events, where a
recording ended and a transfer went on that found its next agent at once."""
TOLD_KINDS = 6
"""So many kinds of event the report names: a ring of rules is seldom longer."""

KEPT = (
    DecisionTaken,
    AgentReserved,
    AgentReleased,
    CallEnded,
    DialDropped,
    SegmentClosed,
    SegmentStopForced,
    EarClosed,
    ListeningLapsed,
)
"""Concluded for as long again when the fuse has blown. The floor has claimed already whom a decision names; the others leave
nobody bound, nobody listening, and nothing recorded."""


class Fuse:
    """Counts what one turn concludes of each call and each agent."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._most = self._all = 0
        self._blown: list[str] = []
        self._has_blown = False

    def turn_begins(self, live: int) -> None:
        """Nothing is concluded yet. So many calls and agents there are: they bound what a turn concludes of new ones, too."""
        self._counts.clear()
        self._blown.clear()
        self._has_blown = False
        self._most, self._all = MOST_OF_ONE * (1 + live), 0

    def admits(self, event: Event, address: str) -> bool:
        """Whether one more event may be concluded of that call or agent, or of nobody (`""`)."""
        count = self._counts[address] = self._counts.get(address, 0) + 1
        if count == MOST_OF_ONE + 1 or (self._all == self._most and not self._has_blown):
            self._has_blown = True
            self._blown.append(address)
        times = 2 if isinstance(event, KEPT) else 1
        if count > times * MOST_OF_ONE or self._all >= times * self._most:
            return False
        self._all += 1
        return True

    def take_blown(self) -> list[str]:
        """Of whom too much was concluded since this was asked last."""
        if not self._blown:
            return []
        blown, self._blown = self._blown, []
        return blown


def last_kinds(envelopes: Iterable[Envelope], address: str) -> str:
    """The kinds of the last events of that call or agent, in their order."""
    kinds = [type(each.event).__name__ for each in envelopes if address in (each.call_id, each.agent_id, "")]
    return ", ".join(kinds[-TOLD_KINDS:])


def reported(address: str, call: Call | None, agent: Agent | None, kinds: str) -> UnexpectedHappened:
    """What the journal, the log and the figures are told."""
    known = call or agent
    return UnexpectedHappened(
        machine="turn",
        state="" if known is None else known.state.value,
        event=kinds,
        call_id=CallId(address) if agent is None and address else None,
        agent_id=None if agent is None else agent.agent_id,
    )


def is_with_nobody(call: Call) -> bool:
    """Whether the caller waits, for whatever it be. Whoever talks to somebody goes on talking, whatever we conclude."""
    return call.state is not CallState.TALKING and (call.state, CallFact.SENT_TO_MACHINE) in TRANSITIONS

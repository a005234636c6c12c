"""What of a turn its effects touch, and how they touch a machine."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from routing.directory import Directory
from routing.floor import Floor
from telephony.agent.model import Agent, AgentRules
from telephony.call.model import Call
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.ears import Ears
from telephony.engine.floor_index import FloorIndex
from telephony.engine.presence_watch import PresenceWatch
from telephony.engine.registry import Registry
from telephony.engine.sampling import Samples
from telephony.engine.shift_watch import ShiftWatch
from telephony.engine.taping import Tapes
from telephony.engine.waiting import Care
from telephony.errors import UnexpectedEvent
from telephony.events import Envelope, Event, UnexpectedHappened
from telephony.identifiers import AgentId, CallId

T = TypeVar("T")


class Course(Protocol):
    """What of a turn its effects touch."""

    directory: Directory
    rules: AgentRules
    floor: Floor
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]
    index: FloorIndex
    registry: Registry
    care: Care
    watch: PresenceWatch
    shifts: ShiftWatch
    tapes: Tapes
    ears: Ears
    samples: Samples
    result: TurnResult

    def conclude(self, event: Event, cause: Envelope | Arrival) -> None: ...
    def is_reachable(self, agent_id: AgentId) -> bool: ...


def guarded(turn: Course, run: Callable[[], T], envelope: Envelope, machine: str, state: str) -> T | None:
    """A machine that meets the impossible changes nothing; that it happened is journaled and counted."""
    try:
        return run()
    except UnexpectedEvent:
        happened = UnexpectedHappened(
            machine=machine,
            state=state,
            event=type(envelope.event).__name__,
            call_id=envelope.call_id,
            agent_id=envelope.agent_id,
        )
        turn.conclude(happened, envelope)
        return None

"""What the witnesses of an agent's presence tell, and the verdict that is journaled when it changes."""

from telephony.agent.evidence import Absence
from telephony.agent.line_quality import LineFault
from telephony.events import AgentRequest, Event
from telephony.identifiers import AgentId, EndpointId, Instant, ProjectId


class LineMeasured(Event, frozen=True, kw_only=True):
    """A phone's voice was measured in mid-call. Not kept: the verdict is.

    `lost` of `expected` packets since the last measurement, in the worse direction; jitter of the worse direction.
    """

    endpoint_id: EndpointId
    expected: int
    lost: int
    jitter_us: int | None = None
    round_trip_us: int | None = None


class DesktopSeen(AgentRequest, frozen=True, kw_only=True):
    """The agent's desktop is there, and will say so again within the lease. Not kept: the verdict is."""

    lease_ms: int


class ShiftJudged(Event, frozen=True, kw_only=True):
    """From here on the agent is offered nothing of the projects `barred`: outside a shift they refuse who is not booked.

    `noted`: projects whose calls the agent gets all the same, and that want it on record.
    """

    agent_id: AgentId
    barred: tuple[ProjectId, ...] = ()
    noted: tuple[ProjectId, ...] = ()


class PresenceJudged(Event, frozen=True, kw_only=True):
    """From here on the agent is offered nothing for that reason, or (None) may be again. Figures: those of the line then."""

    agent_id: AgentId
    endpoint_id: EndpointId
    absence: Absence | None = None
    until_at: Instant | None = None
    fault: LineFault | None = None
    round_trip_ms: int | None = None
    jitter_ms: int | None = None
    loss_permille: int | None = None
    mos_hundredths: int | None = None

"""What the witnesses of an agent's presence tell, and the verdict that is journaled when it changes."""

from telephony.agent.evidence import Absence
from telephony.agent.line_quality import LineFault
from telephony.events import AgentRequest, Event
from telephony.identifiers import AgentId, EndpointId, Instant


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

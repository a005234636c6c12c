"""The waiting calls of the projects."""

from dataclasses import dataclass

from telephony.identifiers import CallId, ClientId, Instant, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCall:
    """A caller who waits. `goes_first`: an agent was lost in mid-call. `offers`: how many agents were asked so far."""

    call_id: CallId
    project_id: ProjectId
    client_id: ClientId
    waiting_since: Instant
    priority_weight: float = 1.0
    goes_first: bool = False
    offers: int = 0

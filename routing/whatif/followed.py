"""What is remembered of a caller and of an agent while a stretch of the journal is read."""

from dataclasses import dataclass

from routing.whatif.demand import Mark
from routing.whatif.promised import Asked
from telephony.agent.model import Agent
from telephony.identifiers import AgentId, CallId, Instant, ProjectId


@dataclass(slots=True)
class FollowedCall:
    """A caller of the stretch, until the call is over."""

    mark: Mark
    came: Instant
    agent_id: AgentId | None = None
    offered_at: Instant = Instant(0)
    level: int = 1
    answered_at: Instant | None = None
    is_served: bool = False
    is_asked: bool = False
    """A key menu was opened for them."""
    is_counted: bool = False
    """They stand in the demand: what they bring along is known."""
    queued: Instant | None = None
    sent_at: Instant | None = None
    """When a rule sent them to be asked whether to be called back."""
    asked: Asked | None = None

    @property
    def is_promised(self) -> bool:
        """Whether they are called back."""
        return self.asked is not None and self.asked.promise is not None


@dataclass(slots=True)
class FollowedAgent:
    agent: Agent
    since: Instant | None = None
    """Since when the time counts; None: it does not."""
    bound_to: CallId | None = None
    """A call that the replay does not play."""
    talk: tuple[ProjectId, int, Instant] | None = None
    """The last conversation, until its wrap-up is over: project, how long, when it ended."""

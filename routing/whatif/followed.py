"""What is remembered of a caller and of an agent while a stretch of the journal is read."""

from dataclasses import dataclass

from routing.whatif.demand import Mark
from routing.whatif.promised import Asked
from telephony.agent.model import Agent
from telephony.causes import EndReason
from telephony.identifiers import AgentId, CallId, Instant, ProjectId, after_ms


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
    out_at: Instant | None = None
    """When a rule sent them to somebody outside, of whom is not known yet whether they took the call."""
    left_at: Instant | None = None
    """When the waiting was over that nobody answered: what came after, a message or a conversation outside, is none of it."""
    limit_ms: int | None = None
    """Of waiting, in the project they wait for."""
    earlier: "FollowedCall | None" = None
    """What they were before an agent handed them on."""

    def ceased_waiting_at(self, ended_at: Instant, reason: EndReason) -> Instant:
        """When the waiting ended of a caller whose call has: sooner, where a machine or somebody outside had them then."""
        if self.out_at is not None and reason is not EndReason.ABANDONED:
            return self.out_at
        if reason is EndReason.WAIT_LIMIT and self.limit_ms is not None:
            return min(ended_at, after_ms(self.queued or self.came, self.limit_ms))
        return ended_at if self.left_at is None else self.left_at

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

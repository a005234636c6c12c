"""A caller of a replay, and the place they have on the floor. Pure."""

from dataclasses import dataclass

from routing.directory import Directory, Project
from routing.entry import priority_of
from routing.queueing import WaitingCall
from routing.whatif.demand import Mark
from telephony.demands import CallDemand, merged, needs_of, preferred, relaxed, required, stage_at, stages
from telephony.identifiers import MS, AgentId, CallId, Instant, after_ms


@dataclass(slots=True)
class Caller:
    """Where a caller stands. `seeks_since`: when they stood in the queue: what is asked for wears off from there, as in the
    service; a key menu is no waiting."""

    number: int
    came: Instant
    seeks_since: Instant
    mark: Mark
    project: Project
    limit_since: Instant
    """From when on the limit of waiting counts."""
    offers: int = 0
    rings_at: AgentId | None = None
    level: int = 1
    stage: int = 0
    is_sticky: bool = False
    has_queued: bool = False
    is_asked: bool = False
    """The question whether to be called back is put to them, or it rings outside for them: no agent gets them."""
    was_asked: bool = False
    is_handed_on: bool = False
    """By an agent: they wait a second time, which counts in no figure."""
    has_been_out: bool = False
    """A rule sent them to somebody outside, who did not take them."""
    is_promised: bool = False
    expires_at: Instant = Instant(0)
    attempts: int = 0
    rests_until: Instant = Instant(0)

    @property
    def call_id(self) -> CallId:
        """Their name on the floor."""
        return CallId(str(self.number))

    @property
    def may_be_asked(self) -> bool:
        """Whether they can hear the question, and were not asked before."""
        return self.project.answers_early and not self.was_asked


def place_of(caller: Caller, directory: Directory, now: Instant) -> WaitingCall:
    """The caller as the floor has them at that instant: what they ask for, relaxed as far as their waiting allows."""
    project, mark = caller.project, caller.mark
    matching, sought_ms = project.matching, (now - caller.seeks_since) // MS
    demand = CallDemand(
        language=mark.demand.language,
        skills=mark.demand.skills,
        priority_ms=priority_of(directory, mark.caller_lists) + mark.demand.priority_ms,
    )
    demand = merged(matching.demand, demand)
    caller.stage = stage_at(matching, sought_ms)
    caller.is_sticky = caller.is_sticky and not caller.offers and sought_ms < project.sticky_ms
    needs = relaxed(needs_of(demand, matching.language), matching.relaxation, stages(matching)[caller.stage])
    return WaitingCall(
        call_id=caller.call_id,
        project_id=project.project_id,
        client_id=project.client_id,
        waiting_since=caller.came,
        priority_weight=project.priority_weight,
        offers=caller.offers,
        needs=required(needs),
        preferred=preferred(needs),
        preferred_until=after_ms(caller.seeks_since, matching.preference_ms),
        relaxation_stage=caller.stage,
        priority_ms=demand.priority_ms,
        sticky_agent_id=mark.last_agent_id if caller.is_sticky else None,
        blocked_agents=mark.blocked_agents,
    )

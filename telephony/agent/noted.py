"""An agent's state, written down whenever a call is over: a start reads from there, not from the morning's log-in.

The same for the agent's place in the fair share, whenever that changes otherwise than by a claim.
"""

import msgspec
from msgspec.structs import replace

from telephony.agent.model import Agent, AgentState
from telephony.agent.open_line import OpenLine
from telephony.events import AgentReserved, Event
from telephony.identifiers import AgentId, EndpointId, Instant, ProjectId


class Share(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of the weighted fair share is the agent's own, as `routing/floor.py` counts."""

    share_pass: float
    since: Instant | None = None
    """Idle since, while free to be offered calls; None while not."""
    is_back_from_call: bool = False
    behind: dict[ProjectId, float] = {}
    """How far behind the others the agent was on going away; less than nothing: ahead."""
    marks: dict[ProjectId, float] = {}
    """Of each project whose calls the agent may have, the greatest that the smallest pass had been by then."""
    former_marks: dict[ProjectId, float] = {}
    """The same of projects that are not theirs any more, as it was when they ceased to be."""
    outside: tuple[ProjectId, ...] = ()
    """Projects whose calls are kept away, the agent being outside their shift."""


class ShareNoted(Event, frozen=True, kw_only=True):
    """The agent came to the floor or left it, not by a claim."""

    agent_id: AgentId
    share: Share


class LastShare(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's share as the journal's end leaves it."""

    share: Share
    left: dict[ProjectId, tuple[int, float]] = {}
    """By project: with which event the agent last left those who stand there, and with which pass."""


class AgentNoted(Event, frozen=True, kw_only=True):
    """The agent has no call any more, and this is all there is to know of them."""

    agent_id: AgentId
    state: AgentState
    since: Instant
    endpoint_id: EndpointId | None
    idle_since: Instant
    pause_reason: str | None = None
    misses: int = 0
    rest_until: Instant | None = None
    shift_until: Instant | None = None
    forced_until: Instant | None = None
    share: Share | None = None  # where it changed with this
    line: OpenLine | None = None


FREE = (AgentState.AVAILABLE, AgentState.PAUSED)


def is_to_note(before: Agent, after: Agent) -> bool:
    """Whether this change is written down: the agent's state once the call, and the wrap-up, are over."""
    return before.call_id is not None and after.call_id is None and after.state in FREE


def note_of(after: Agent, share: Share | None) -> AgentNoted:
    """The agent's state, and their share where that has changed."""
    return AgentNoted(
        agent_id=after.agent_id,
        state=after.state,
        since=after.since,
        endpoint_id=after.endpoint_id,
        idle_since=after.idle_since,
        pause_reason=after.pause_reason,
        misses=after.misses,
        rest_until=after.rest_until,
        shift_until=after.shift_until,
        forced_until=after.forced_until,
        share=share,
        line=after.line,
    )


def agent_of(note: AgentNoted) -> Agent:
    """The agent as noted."""
    return Agent(
        agent_id=note.agent_id,
        state=note.state,
        since=note.since,
        endpoint_id=note.endpoint_id,
        idle_since=note.idle_since,
        pause_reason=note.pause_reason,
        misses=note.misses,
        rest_until=note.rest_until,
        shift_until=note.shift_until,
        forced_until=note.forced_until,
        line=note.line,
    )


def share_after(before: LastShare | None, event: Event, seq: int) -> LastShare | None:
    """The agent's share after the event of that number, which is in the agent's stream; None where it says nothing of it.

    The pass with which somebody stood is known from their coming, so a claim need not say with which they left.
    """
    if isinstance(event, AgentReserved):
        if before is None:
            claimed = Share(share_pass=event.pass_after, is_back_from_call=True)
            return LastShare(share=claimed, left={event.project_id: (seq, event.pass_after)})
        share = replace(before.share, share_pass=event.pass_after, since=None, is_back_from_call=True)
    elif isinstance(event, AgentNoted | ShareNoted) and event.share is not None:
        share = event.share
    else:
        return None
    if before is None:
        return LastShare(share=share)
    stands_in = () if share.since is None else share.marks
    stood_in = () if before.share.since is None else before.share.marks
    # Who may have a project's calls no more left it with a mark that says all; whoever left the floor, with their pass.
    left_with = before.share.share_pass if share.since is None else 0.0
    gone = {project_id: (seq, left_with) for project_id in stood_in if project_id not in stands_in}
    return LastShare(share=share, left={**before.left, **gone} if gone else before.left)

"""When a waiting caller is sent elsewhere, and where to: a project's rules against the figures of the moment. Pure.

Rules are looked at in their order, and the first that holds counts:

| reason         | holds                                                                                   | `limit`      |
|----------------|-----------------------------------------------------------------------------------------|--------------|
| queue_length   | for who comes while that many others wait already; never for one who waits already      | callers      |
| waiting_time   | once the caller has waited so long                                                      | milliseconds |
| estimated_wait | while the estimate of the wait to come is above it; an unknown estimate is never above  | milliseconds |
| nobody_staffed | while no agent who may take the project's calls is on duty, once waited so long         | milliseconds |

An agent in a pause is on duty: they come back. Nobody is sent away whom an agent takes in the same moment.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from routing.outbound.number import e164
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import ClientId, ProjectId

LOOK_AGAIN_MS = 10_000
"""How often rules whose figures change by others' doing are looked at while the caller waits."""
LONGEST_MS = 24 * 3_600_000


class OverflowReason(StrEnum):
    """Which limit is passed."""

    QUEUE_LENGTH = "queue_length"
    WAITING_TIME = "waiting_time"
    ESTIMATED_WAIT = "estimated_wait"
    NOBODY_STAFFED = "nobody_staffed"


class OverflowTarget(StrEnum):
    """Where the caller goes."""

    PROJECT = "project"
    """Waits for another project of the same client, with the waiting time kept."""
    MACHINE = "machine"
    """The answering machine."""
    ANNOUNCEMENT = "announcement"
    """Hears that all lines are busy, then the call is ended."""
    CALLBACK = "callback"
    """Is asked, once, whether they would rather be called back: their place is kept. Who says no waits on."""
    NUMBER = "number"
    """Somebody outside, if that is permitted; the caller keeps the place until they answer, and waits on where they do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowRule:
    """One limit of a project and where callers go beyond it; `limit` in callers or milliseconds, as `reason` has it."""

    reason: OverflowReason
    target: OverflowTarget
    limit: int = 0
    project_id: ProjectId | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the rules look at. `has_just_come`: the caller begins to wait for this project at this moment."""

    has_just_come: bool
    waited_ms: int
    others_waiting: int
    staffed: int
    estimated_wait_ms: int | None = None


def overflow_of(rules: Sequence[OverflowRule], now: Situation) -> OverflowRule | None:
    """The rule that sends the caller elsewhere now; None: the caller waits on."""
    return next((rule for rule in rules if _holds(rule, now)), None)


def _holds(rule: OverflowRule, now: Situation) -> bool:
    match rule.reason:
        case OverflowReason.QUEUE_LENGTH:
            return now.has_just_come and now.others_waiting >= rule.limit
        case OverflowReason.WAITING_TIME:
            return now.waited_ms >= rule.limit
        case OverflowReason.ESTIMATED_WAIT:
            return now.estimated_wait_ms is not None and now.estimated_wait_ms > rule.limit
        case OverflowReason.NOBODY_STAFFED:
            return not now.staffed and now.waited_ms >= rule.limit


def look_again_in_ms(rules: Sequence[OverflowRule], waited_ms: int) -> int | None:
    """After how much more waiting the rules are to be looked at next; None: they say nothing new to this caller."""
    times = [wait for rule in rules if (wait := _wait_of(rule, waited_ms)) is not None]
    return min(times, default=None)


def _wait_of(rule: OverflowRule, waited_ms: int) -> int | None:
    match rule.reason:
        case OverflowReason.QUEUE_LENGTH:
            return None
        case OverflowReason.ESTIMATED_WAIT:
            return LOOK_AGAIN_MS
        case OverflowReason.WAITING_TIME:
            return max(rule.limit - waited_ms, 0)
        case OverflowReason.NOBODY_STAFFED:
            return rule.limit - waited_ms if waited_ms < rule.limit else LOOK_AGAIN_MS


# -- what a configuration cannot mean --------------------------------------------------------------------------------


class Overflowing(Protocol):
    """What of a project is looked at."""

    @property
    def project_id(self) -> ProjectId: ...
    @property
    def client_id(self) -> ClientId: ...
    @property
    def answers_early(self) -> bool: ...
    @property
    def overflow(self) -> tuple[OverflowRule, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowFault:
    """A rule that cannot be meant, counted from 1, and the way out."""

    project_id: ProjectId
    place: int
    what: Wrong


def faults_of(projects: Mapping[ProjectId, Overflowing]) -> list[OverflowFault]:
    """Everything in these projects' rules that cannot be meant, each loop between projects once; empty where all is well.

    A loop of projects would send a caller in circles: two that help each other out need a third, a machine, or no way back.
    """
    found: list[OverflowFault] = []
    for project in projects.values():
        for place, rule in enumerate(project.overflow, 1):
            told = _faults(project, rule, projects)
            found += (OverflowFault(project_id=project.project_id, place=place, what=what) for what in told)
    if not found:
        found += _loops(projects)
    return found


def _faults(project: Overflowing, rule: OverflowRule, projects: Mapping[ProjectId, Overflowing]) -> Iterator[Wrong]:
    if not 0 <= rule.limit <= LONGEST_MS:
        yield Wrong(FaultCode.OUT_OF_RANGE, key="limit", value=rule.limit, lowest=0, highest=LONGEST_MS)
    if rule.target is OverflowTarget.CALLBACK and not project.answers_early:
        yield Wrong(FaultCode.NOT_ANSWERED_EARLY)
    if rule.target is OverflowTarget.NUMBER:
        if rule.number is None or e164(rule.number) is None:
            yield Wrong(FaultCode.BAD_NUMBER_OUTSIDE, value=rule.number or "")
    elif rule.number is not None:
        yield Wrong(FaultCode.TARGET_WITHOUT_NUMBER, target=rule.target.value)
    if rule.target is not OverflowTarget.PROJECT:
        if rule.project_id is not None:
            yield Wrong(FaultCode.TARGET_WITHOUT_PROJECT, target=rule.target.value)
        return
    target = None if rule.project_id is None else projects.get(rule.project_id)
    if rule.project_id is None:
        yield Wrong(FaultCode.TARGET_NEEDS_PROJECT)
    elif target is None:
        yield Wrong(FaultCode.UNKNOWN_PROJECT, project=rule.project_id)
    elif target.client_id != project.client_id:
        yield Wrong(FaultCode.ANOTHER_CLIENTS, project=rule.project_id)


def _loops(projects: Mapping[ProjectId, Overflowing]) -> Iterable[OverflowFault]:
    settled: set[ProjectId] = set()
    for start in sorted(projects):
        path: list[ProjectId] = []
        loop = _walk(start, projects, path, settled)
        if loop is not None:
            first = min(loop)
            turned = [*loop[loop.index(first) :], *loop[: loop.index(first)], first]
            place = next(n for n, rule in enumerate(projects[first].overflow, 1) if rule.project_id == turned[1])
            what = Wrong(FaultCode.CALLERS_IN_CIRCLES, circle=" → ".join(turned))
            yield OverflowFault(project_id=first, place=place, what=what)


def _walk(
    project_id: ProjectId, projects: Mapping[ProjectId, Overflowing], path: list[ProjectId], settled: set[ProjectId]
) -> list[ProjectId] | None:
    """The first loop found from there on; what was walked through without one is settled."""
    if project_id in path:
        settled.update(path)
        return path[path.index(project_id) :]
    if project_id in settled:
        return None
    path.append(project_id)
    for rule in projects[project_id].overflow:
        if rule.target is OverflowTarget.PROJECT and rule.project_id is not None:
            loop = _walk(rule.project_id, projects, path, settled)
            if loop is not None:
                return loop
    path.pop()
    settled.add(project_id)
    return None

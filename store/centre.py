"""What may be said about the centre in one go, what comes of it, and what makes it impossible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from routing.directory import AgentProfile, Client, OutsideShift, Project, Team
from routing.levels.rule import LevelRule
from routing.outbound.rules import OutboundRules
from telephony.errors import FernamtError
from telephony.faults import Fact, Wrong
from telephony.identifiers import AgentId, EndpointId, ProjectId

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A phone and the agent it belongs to."""

    endpoint_id: EndpointId
    agent_id: AgentId
    is_browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPlan:
    """A team as it is to be; where members or leaders are not said, they stay."""

    team_id: str
    name: str
    members: frozenset[AgentId] | None = None
    leaders: frozenset[str] | None = None
    """Log-ins of users whose role is team leader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamListed:
    """A team with its people."""

    team: Team
    members: tuple[AgentId, ...]
    leaders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """What is to hold: a whole centre, or the part of it that is to change. An agent's own `endpoint_id` need not be listed."""

    clients: Sequence[Client] = ()
    projects: Sequence[Project] = ()
    numbers: Mapping[str, ProjectId] = field(default_factory=dict)
    agents: Sequence[AgentProfile] = ()
    endpoints: Sequence[Endpoint] = ()
    teams: Sequence[TeamPlan] = ()
    default_weights: tuple[float, float, float] | None = None
    home_country: str | None = None
    ageing_ms: int | None = None
    outside_shift: OutsideShift | None = None
    outbound: OutboundRules | None = None
    """What holds for calls outside; None: as it is."""
    level_rule: LevelRule | None = None
    deciders: frozenset[str] = frozenset()
    """Log-ins of supervisors and administrators that come with this description."""
    """From which evidence levels are proposed; a different one is a new version."""
    caller_lists: Mapping[str, int] | None = None
    """All lists of known callers, with the priority of each in milliseconds."""


class How(StrEnum):
    """What happened to a thing of the centre."""

    ADDED = "added"
    CHANGED = "changed"
    DEACTIVATED = "deactivated"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is different now. `what`: client, project, number, agent, endpoint, team or centre; user, where somebody
    leads another team.

    What held of it before and after is for the record: in plain values, without secrets.
    """

    what: str
    id: str
    how: How
    before: Any = field(default=None, compare=False, repr=False)
    after: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What applying changed, and the revision that holds now: the old one where nothing changed."""

    changes: tuple[Change, ...]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: where, and what it is with the way out."""

    where: str
    what: str

    @property
    def code(self) -> str:
        """Its stable id; `inconsistent` where it has none of its own."""
        return self.what.code.value if isinstance(self.what, Wrong) else "inconsistent"

    @property
    def facts(self) -> Mapping[str, Fact]:
        """What the sentence is made of."""
        return self.what.facts if isinstance(self.what, Wrong) else {}


class CentreRejected(FernamtError):
    """The centre cannot be as described; nothing has changed. `faults` has all that is wrong at once."""

    code = "centre_rejected"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.what}" for fault in faults), faults=len(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """A thing of the centre, and whether it is in use."""

    item: T
    is_active: bool

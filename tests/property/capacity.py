"""Whether shares by weight can be had at all: enough calls the agents may take, and enough time to take them."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from routing.directory import Directory
from routing.eligibility import ineligible
from telephony.identifiers import AgentId, ProjectId


def entitled(directory: Directory) -> dict[AgentId, float]:
    """Each agent's part of all calls by the default weights, whatever the certificates."""
    weights = {agent.agent_id: directory.default_weights[agent.level - 1] for agent in directory.agents.values()}
    return {agent_id: weight / sum(weights.values()) for agent_id, weight in weights.items()}


def may_take(directory: Directory) -> dict[AgentId, frozenset[ProjectId]]:
    """The projects whose calls each agent may have."""
    projects = directory.projects.values()
    return {a.agent_id: frozenset(p.project_id for p in projects if ineligible(a, p) is None) for a in directory.agents.values()}


def demand_of_entitlements(directory: Directory) -> dict[ProjectId, float]:
    """Parts of the calls for which the shares can be had: each agent's, spread evenly over the projects they may take."""
    demand = dict.fromkeys(directory.projects, 0.0)
    mine = may_take(directory)
    for agent_id, part in entitled(directory).items():
        for project_id in sorted(mine[agent_id]):
            demand[project_id] += part / len(mine[agent_id])
    return demand


def allows_the_shares(
    directory: Directory, demand: Mapping[ProjectId, float], load: float, *, margin: float = 0.0, busiest: float = 1.0
) -> bool:
    """Whether calls can be dealt out so that every agent has exactly the part the weights give.

    A flow from projects to agents exists just if no set of projects brings more calls than its agents are entitled to (Hall, or
    max-flow min-cut); `margin` asks for that much to spare in each set whose agents are not everybody. And nobody's part
    may be more talk than `busiest` of their time, where `load` is all talk over all time.
    """
    parts, mine = entitled(directory), may_take(directory)
    if any(part * load * len(parts) > busiest for part in parts.values()):
        return False
    for chosen in _sets(tuple(demand)):
        theirs = [agent_id for agent_id in parts if not mine[agent_id].isdisjoint(chosen)]
        calls = sum(demand[p] for p in chosen) / sum(demand.values())
        if len(theirs) < len(parts) and calls * (1 + margin) > sum(parts[a] for a in theirs):
            return False
    return True


def _sets(projects: tuple[ProjectId, ...]) -> Iterator[tuple[ProjectId, ...]]:
    for size in range(1, len(projects)):
        yield from combinations(projects, size)

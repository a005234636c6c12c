"""Replays side by side, on as many processors as there are; each pair has the same callers and the same luck."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from routing.directory import Directory
from routing.whatif.demand import Demand
from routing.whatif.figures import Tally
from routing.whatif.patience import Patience
from routing.whatif.play import Replay
from telephony.agent.model import AgentRules
from telephony.identifiers import AgentId, ProjectId

WORTH_A_PROCESS = 20_000
"""Played callers below which starting processes takes longer than playing."""
NICE = 10
"""Live calls on the same machine go first."""

Pair = tuple[Tally, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is played: the demand, the directory of now and the new one."""

    demand: Demand
    now: Directory
    new: Directory
    rules: AgentRules
    threshold_ms: int
    works_like: Mapping[AgentId, AgentId] = field(default_factory=dict)


class _Player:
    def __init__(self, question: Question) -> None:
        self._question = question
        self._patience: Mapping[ProjectId, Patience] = question.demand.patience()

    def pair(self, seed: int) -> Pair:
        return self._play(self._question.now, seed), self._play(self._question.new, seed)

    def _play(self, directory: Directory, seed: int) -> Tally:
        asked = self._question
        replay = Replay(
            asked.demand,
            directory,
            asked.rules,
            seed=seed,
            threshold_ms=asked.threshold_ms,
            patience=self._patience,
            works_like=asked.works_like if directory is asked.new else None,
        )
        return replay.run()


_here: list[_Player] = []
"""Of a process that plays: set once, at its start."""


def played(question: Question, seeds: Sequence[int]) -> Iterator[Pair]:
    """One pair for each seed, in their order."""
    if 2 * len(question.demand) * len(seeds) < WORTH_A_PROCESS:
        player = _Player(question)
        yield from map(player.pair, seeds)
        return
    count = min(os.cpu_count() or 1, len(seeds))
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin, initargs=(question,)) as processes:
        yield from processes.map(_pair, seeds)


def _begin(question: Question) -> None:
    os.nice(NICE)
    _here.append(_Player(question))


def _pair(seed: int) -> Pair:
    return _here[0].pair(seed)

"""What a team leader's screen shows is the whole board filtered: for any floor, any teams and any moves between them."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feed import Feed
from monitor.frames import Deltas, Resume, Snapshot
from monitor.live_view import BoardSettings, LiveView
from monitor.rows import BoardSnapshot, CallRow
from monitor.scope import WHOLE_FLOOR, Scope
from monitor.subscription import SightChanged, Subscription
from routing.directory import Directory
from telephony import events as ev
from telephony.events import Envelope
from telephony.identifiers import AgentId, EventId, LegId, PartyId, ProjectId, TrunkId, UserId
from tests.property.test_live_board import AGENTS, CALLS, MASKED, PROJECTS, START, Lot, centre, replay, reserved, terms
from web.live import of_reach
from web.permissions import Role
from web.permissions import Scope as Permitted
from web.reach import Principal, reach_of

LENA = Principal(user_id=UserId("lena"), login="lena", role=Role.TEAM_LEADER, team="red")
TEAMS = ("red", "blue", None)
Moves = tuple[tuple[str | None, frozenset[str]], ...]
"""For each agent the team, and the projects they are certified for."""

MOVES = st.tuples(*(st.tuples(st.sampled_from(TEAMS), st.frozensets(st.sampled_from(list(PROJECTS)))) for _ in AGENTS))
PAIRS = st.permutations(AGENTS).map(lambda agents: {"agent": agents[0], "colleague": agents[1]})
STEPS = st.lists(st.one_of(st.integers(0, 2**32), MOVES, PAIRS, st.just("flush"), st.just("away")), min_size=1, max_size=80)


def moved(revision: int, moves: Moves) -> Directory:
    known = centre(1)
    agents = {
        agent_id: replace(known.agents[agent_id], team=team, certificates=certificates)
        for agent_id, (team, certificates) in zip(AGENTS, moves, strict=True)
    }
    return replace(known, revision=revision, agents=agents)


def consultation(lot: Lot, agent: AgentId, colleague: AgentId) -> list[Envelope]:
    """A caller talks with an agent, who asks a colleague."""
    call_id, project_id = CALLS[lot.seq % len(CALLS)], ProjectId("p0")
    leg = LegId(f"{call_id}.agent.1")
    happened = (
        ev.LegOffered(leg_id=LegId(f"{call_id}-in"), trunk_id=TrunkId("t"), dnis="1", party_id=PartyId("x"), caller=MASKED),
        ev.CallAdmitted(call_id=call_id, terms=terms(project_id), did="+491", number_class="geographic"),
        reserved(call_id, agent, project_id),
        ev.AgentConnected(call_id=call_id, agent_id=agent, leg_id=leg),
        reserved(call_id, colleague, project_id),
    )
    told = []
    for event in happened:
        lot.seq += 1
        of = getattr(event, "agent_id", None)
        told.append(
            Envelope(
                seq=lot.seq,
                event_id=EventId(f"e{lot.seq}"),
                occurred_at=lot.at,
                received_at=lot.at,
                event=event,
                call_id=call_id,
                agent_id=of,
            )
        )
    return told


def sight(directory: Directory) -> Scope:
    return of_reach(reach_of(LENA, Permitted.TEAM, directory))


def oracle(whole: BoardSnapshot, directory: Directory) -> Mapping[str, Any]:
    """The rows of a leader of the red team, of all rows."""
    red = {agent_id for agent_id, agent in directory.agents.items() if agent.team == "red"}
    calls = [named(row, red) for row in whole.calls if {row.agent_id, row.colleague_id} & red]
    theirs = set().union(*(directory.agents[agent_id].certificates for agent_id in red))
    staff = {
        p: [row.state for row in whole.agents if row.agent_id in red and certified(directory, row.agent_id, p)] for p in theirs
    }
    return {
        "agents": [row for row in whole.agents if row.agent_id in red],
        "calls": calls,
        "queues": [
            msgspec.structs.replace(row, agents=Counter(staff[row.project_id]))
            for row in whole.queues
            if row.project_id in theirs
        ],
        "states": Counter(row.state for row in whole.agents if row.agent_id in red),
        "waiting": sum(row.waiting for row in whole.queues if row.project_id in theirs),
    }


def certified(directory: Directory, agent_id: AgentId, project_id: str) -> bool:
    return project_id in directory.agents[agent_id].certificates


def named(row: CallRow, red: set[AgentId]) -> CallRow:
    kept = {name: getattr(row, name) if getattr(row, name) in red else None for name in ("agent_id", "colleague_id")}
    return msgspec.structs.replace(row, **kept)


def rows(board: BoardSnapshot) -> Mapping[str, Any]:
    return {
        "agents": list(board.agents),
        "calls": list(board.calls),
        "queues": list(board.queues),
        "states": board.header.agents,
        "waiting": board.header.waiting,
    }


SNAPSHOT, DELTAS = msgspec.json.Decoder(Snapshot), msgspec.json.Decoder(Deltas)


@dataclass
class Screen:
    """A board that keeps what it is told, and says where it stood when it comes back."""

    feed: Feed
    scope: Scope
    place: Subscription | None = None
    board: BoardSnapshot | None = None
    seq: int = 0
    told: str = ""

    def come(self, scope: Scope) -> None:
        self.scope = scope
        self.place = self.feed.subscribe(scope, Resume(epoch=self.feed.epoch, seq=self.seq) if self.board else None)
        self.place.__enter__()

    def go(self) -> None:
        if self.place is not None:
            self.place.__exit__()
            self.place = None

    async def hear(self) -> None:
        """All that waits is told. Raises `SightChanged`."""
        assert self.place is not None
        self.place.put_beat(self.feed.beat_frame())
        while True:
            frame = await self.place.next()
            kind = json.loads(frame.payload)["type"]
            if kind == "beat":
                return
            self.told += frame.payload.decode()
            self.seq = frame.seq
            if kind == "snapshot":
                self.board = SNAPSHOT.decode(frame.payload).board
            elif self.board is not None:
                self.board = replay(self.board, DELTAS.decode(frame.payload).changes)


async def play(steps: list[Any]) -> None:
    lot, directory = Lot(), moved(1, (("red", frozenset(PROJECTS)), ("blue", frozenset(PROJECTS)), ("red", frozenset())))
    view = LiveView(directory, BoardSettings(zone=ZoneInfo("Europe/Berlin")), START)
    feed = Feed(view, epoch="life", now=lambda: lot.at)
    whole, lena = Screen(feed, WHOLE_FLOOR), Screen(feed, sight(directory))
    whole.come(WHOLE_FLOOR)
    lena.come(sight(directory))
    for step in [*steps, "flush"]:
        if isinstance(step, int):
            feed.publish([lot.envelope(step)])
            continue
        if isinstance(step, dict):
            feed.publish(consultation(lot, **step))
            continue
        if step == "away":
            lena.go()
            continue
        if step != "flush":
            directory = moved(directory.revision + 1, step)
            feed.use(directory)
            lena.told = ""
        feed.flush()
        if lena.place is None:
            lena.come(sight(directory))
        try:
            await lena.hear()
        except SightChanged:
            lena.go()
            lena.come(sight(directory))
            await lena.hear()
        await whole.hear()
        assert whole.board is not None
        assert lena.board is not None
        assert rows(lena.board) == oracle(whole.board, directory)
        foreign = [agent_id for agent_id, agent in directory.agents.items() if agent.team != "red"]
        assert [agent_id for agent_id in foreign if f'"{agent_id}"' in lena.told] == []


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_a_team_leaders_board_is_the_whole_board_filtered(steps: list[Any]) -> None:
    asyncio.run(play(steps))

"""The live feed over a real socket: hello, snapshot, deltas, resume, overflow, the end of a session, and who sees what."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import WSMsgType

from monitor.scope import WHOLE_FLOOR
from monitor.subscription import FeedSettings
from telephony import events as ev
from telephony.identifiers import AgentId
from tests.live_world import PASSWORD, LiveWorld, a_live_world
from web.auth import shut_out
from web.live import CloseCode, LiveSettings

QUICK = FeedSettings(interval_s=0.01, beat_s=0.05)


class Screen:
    """A client of the live socket that keeps what it is told, as a board does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.words: list[dict[str, Any]] = []
        self.text = ""

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of that type; those before it are kept."""
        async with asyncio.timeout(10):
            while True:
                message = await self.socket.receive()
                assert message.type is WSMsgType.TEXT, (message, self.socket.close_code)
                self.text += message.data
                word: dict[str, Any] = json.loads(message.data)
                self.words.append(word)
                if word["type"] == kind:
                    return word

    async def say(self, **word: Any) -> None:
        await self.socket.send_str(json.dumps(word))

    async def start(self) -> dict[str, Any]:
        await self.hear("hello")
        await self.say(type="start")
        return (await self.hear("snapshot"))["board"]  # type: ignore[no-any-return]

    async def caught_up(self, world: LiveWorld) -> None:
        """Everything published until now has come."""
        world.feed.flush()
        while (await self.hear("beat"))["seq"] < world.feed.seq:
            pass

    async def closed_with(self) -> int | None:
        async with asyncio.timeout(10):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


@pytest.fixture
async def world() -> AsyncIterator[LiveWorld]:
    async with a_live_world(feed_settings=QUICK, live_settings=LiveSettings(recheck_s=0.05), history_s=300) as running:
        running.engine_lives()
        yield running


@asynccontextmanager
async def at(world: LiveWorld, login: str, **headers: str) -> AsyncIterator[Screen]:
    """A screen of that person."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await enter(world, client, login)
        sent = {"Origin": world.url, **headers}
        async with client.ws_connect(world.url + "/api/v1/live", headers=sent) as socket:
            yield Screen(socket)


async def enter(world: LiveWorld, client: aiohttp.ClientSession, login: str) -> None:
    body = {"login": login, "password": PASSWORD}
    async with client.post(world.url + "/api/v1/session", json=body, headers={"Origin": world.url}) as answer:
        assert answer.status == 200


async def status_of(world: LiveWorld, login: str | None, origin: str | None) -> int:
    """What asking for the socket is answered with."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        if login is not None:
            await enter(world, client, login)
        headers = {"Origin": origin} if origin is not None else {}
        try:
            async with client.ws_connect(world.url + "/api/v1/live", headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status


async def test_hello_then_snapshot_then_deltas(world: LiveWorld) -> None:
    async with at(world, "sven") as screen:
        board = await screen.start()
        assert screen.words[0]["epoch"] == world.feed.epoch
        assert len(board["queues"]) == 6
        assert len(board["agents"]) == 14
        world.play(60)
        delta = await screen.hear("delta")
        assert {"queue", "call", "header"} <= {change["kind"] for change in delta["changes"]}
        assert delta["seq"] > screen.words[1]["seq"]


async def test_a_beat_tells_the_servers_clock_and_up_to_when_the_board_is_true(world: LiveWorld) -> None:
    async with at(world, "sven") as screen:
        await screen.start()
        beat = await screen.hear("beat")
        assert 0 <= beat["server_at"] - beat["as_of_at"] < 1_000_000
        world.engine_hangs()
        stale = [await screen.hear("beat") for _ in range(6)]
        assert stale[-1]["as_of_at"] == stale[-2]["as_of_at"]
        assert stale[-1]["server_at"] > stale[-2]["server_at"]


async def test_a_screen_that_comes_back_gets_the_deltas_it_missed(world: LiveWorld) -> None:
    async with at(world, "sven") as screen:
        await screen.start()
        await screen.caught_up(world)
        stood_at = world.feed.seq
    for _ in range(3):
        world.play(20)
        world.feed.flush()
    async with at(world, "sven") as screen:
        await screen.hear("hello")
        await screen.say(type="resume", epoch=world.feed.epoch, seq=stood_at)
        await screen.caught_up(world)
        missed = [word["seq"] for word in screen.words if word["type"] == "delta"]
        assert missed == list(range(stood_at + 1, world.feed.seq + 1))
        assert len(missed) >= 3
        assert all(word["type"] != "snapshot" for word in screen.words)


@pytest.mark.parametrize("resume", [{"epoch": "another life", "seq": 1}, {"seq": 10**9}, {"seq": -1}])
async def test_a_number_that_means_nothing_here_is_answered_with_a_snapshot(world: LiveWorld, resume: dict[str, Any]) -> None:
    async with at(world, "sven") as screen:
        await screen.hear("hello")
        await screen.say(**{"type": "resume", "epoch": world.feed.epoch, **resume})
        await screen.hear("snapshot")
        assert [word["type"] for word in screen.words] == ["hello", "snapshot"]


async def test_a_screen_too_slow_for_its_queue_gets_a_snapshot_instead() -> None:
    settings = FeedSettings(interval_s=0.01, beat_s=0.05, queue_frames=3)
    async with a_live_world(feed_settings=settings, history_s=60) as world:
        with world.feed.subscribe(WHOLE_FLOOR) as slow:
            assert b'"snapshot"' in (await slow.next()).payload
            for _ in range(4):
                world.play(30)
                world.feed.flush()
            fresh = await slow.next()
            assert b'"snapshot"' in fresh.payload
            assert fresh.seq == world.feed.seq
            world.play(30)
            world.feed.flush()
            after = [(await slow.next()).payload for _ in range(2)]
            assert any(b'"delta"' in payload for payload in after)


async def test_what_is_replayed_from_deltas_is_what_a_fresh_screen_sees(world: LiveWorld) -> None:
    async with at(world, "sven") as old, at(world, "sven") as fresh:
        board = await old.start()
        for _ in range(10):
            world.play(30)
            world.feed.flush()
        await old.caught_up(world)
        keys = {"queue": "project_id", "agent": "agent_id", "call": "call_id", "switch": "switch", "minute": "minute_at"}
        tables = {"queue": "queues", "agent": "agents", "call": "calls", "switch": "switches", "minute": "minutes"}
        rows = {tables[k]: {str(row[keys[k]]): row for row in board[tables[k]]} for k in keys}
        header = board["header"]
        for word in old.words:
            for change in word.get("changes", ()):
                if change["kind"] == "header":
                    header = change["row"]
                elif change["kind"] == "gone":
                    rows[change["table"]].pop(change["key"], None)
                else:
                    rows[tables[change["kind"]]][str(change["row"][keys[change["kind"]]])] = change["row"]
        now = await fresh.start()
        assert header == now["header"]
        for table, by_key in rows.items():
            assert [by_key[key] for key in sorted(by_key)] == now[table], table


async def test_a_client_is_never_sent_another_clients_data_nor_peoples(world: LiveWorld) -> None:
    async with at(world, "bolt") as screen:
        await screen.start()
        for _ in range(20):
            world.play(30)
            world.feed.flush()
        await screen.caught_up(world)
        assert any(word["type"] == "delta" for word in screen.words)
        for word in ("acme", "cura", "Nordlicht", "support", "outage", "agent-", "***", "Anna", "phone-", "-7000-8000-"):
            assert word not in screen.text


async def test_a_team_leader_is_sent_the_own_team_only(world: LiveWorld) -> None:
    async with at(world, "lena") as screen:
        await screen.start()
        for _ in range(20):
            world.play(30)
            world.feed.flush()
        await screen.caught_up(world)
        for agent_id, profile in world.directory.current.agents.items():
            assert (f'"{agent_id}"' in screen.text) == (profile.team == "red")


@pytest.mark.parametrize(
    ("login", "origin", "status"),
    [
        ("sven", "own", 101),
        ("sven", "https://evil.example", 403),
        ("sven", None, 403),
        (None, "own", 401),
        ("kurt", "own", 403),
    ],
)
async def test_the_door_asks_for_session_role_and_origin(
    world: LiveWorld, login: str | None, origin: str | None, status: int
) -> None:
    assert await status_of(world, login, world.url if origin == "own" else origin) == status


async def test_a_session_that_ends_closes_its_socket(world: LiveWorld) -> None:
    async with at(world, "sven") as screen:
        await screen.start()
        world.sessions.rows.clear()
        assert await screen.closed_with() == CloseCode.SESSION_OVER


async def test_a_session_that_grows_too_old_closes_its_socket(world: LiveWorld) -> None:
    async with at(world, "sven") as screen:
        await screen.start()
        world.clock.pass_s(25 * 3_600)
        assert await screen.closed_with() == CloseCode.SESSION_OVER


async def test_a_team_that_changes_sends_its_leader_to_connect_again(world: LiveWorld) -> None:
    async with at(world, "lena") as screen:
        await screen.start()
        await move_to_red(world, AgentId("agent-0"))
        assert await screen.closed_with() == CloseCode.SCOPE_CHANGED


async def move_to_red(world: LiveWorld, agent_id: AgentId) -> None:
    now = world.directory.current
    agents = {**now.agents, agent_id: replace(now.agents[agent_id], team="red")}
    world.directory.current = replace(now, agents=agents)


@asynccontextmanager
async def a_slow_look() -> AsyncIterator[LiveWorld]:
    """A world in which a session is looked at again after an hour: what happens sooner happens by itself."""
    settings = LiveSettings(recheck_s=3_600)
    async with a_live_world(feed_settings=QUICK, live_settings=settings, history_s=300) as running:
        running.engine_lives()
        yield running


def put_into(world: LiveWorld, agent_id: str, team: str) -> None:
    """The change of the team is in force, as after any change of the centre."""
    now, moved = world.directory.current, AgentId(agent_id)
    agents = {**now.agents, moved: replace(now.agents[moved], team=team)}
    world.directory.current = replace(now, revision=now.revision + 1, agents=agents)
    world.feed.use(world.directory.current)


async def test_who_is_moved_out_of_a_team_is_gone_from_open_boards_at_once_and_from_what_they_resume() -> None:
    async with a_slow_look() as world:
        async with at(world, "lena") as screen:
            assert "agent-1" in [row["agent_id"] for row in (await screen.start())["agents"]]
            await screen.caught_up(world)
            put_into(world, "agent-1", "blue")
            stood_at, told = world.feed.seq, len(screen.text)
            world.play(60)
            world.feed.flush()
            assert await screen.closed_with() == CloseCode.SCOPE_CHANGED
            assert '"agent-1"' not in screen.text[told:]
        for resume in (stood_at, stood_at - 1, world.feed.seq):
            async with at(world, "lena") as screen:
                await screen.hear("hello")
                await screen.say(type="resume", epoch=world.feed.epoch, seq=resume)
                if resume < stood_at:
                    await screen.hear("snapshot")
                world.play(60)
                await screen.caught_up(world)
                assert '"agent-1"' not in screen.text


async def test_what_somebody_did_in_another_team_is_not_resumed_when_they_come_back() -> None:
    async with a_slow_look() as world:
        async with at(world, "lena") as screen:
            await screen.start()
            await screen.caught_up(world)
        stood_at = world.feed.seq
        put_into(world, "agent-1", "blue")
        world.feed.flush()
        for _ in range(5):
            world.play(60)
            world.feed.flush()
        put_into(world, "agent-1", "red")
        async with at(world, "lena") as screen:
            await screen.hear("hello")
            await screen.say(type="resume", epoch=world.feed.epoch, seq=stood_at)
            assert "agent-1" in [row["agent_id"] for row in (await screen.hear("snapshot"))["board"]["agents"]]
            assert [word["type"] for word in screen.words] == ["hello", "snapshot"]


async def test_a_change_that_moves_nobody_leaves_a_leaders_board_open() -> None:
    async with a_slow_look() as world, at(world, "lena") as screen:
        await screen.start()
        world.feed.use(world.directory.current)
        await screen.hear("snapshot")
        world.play(60)
        assert await screen.hear("delta")


async def test_who_is_shut_out_by_an_administrator_loses_the_board_at_once() -> None:
    async with a_slow_look() as world, at(world, "lena") as screen:
        await screen.start()
        await shut_out(world.deps, next(user.user_id for user in world.users.rows.values() if user.login == "lena"))
        assert await screen.closed_with() == CloseCode.SESSION_OVER


async def test_a_leader_of_another_team_is_sent_away_at_once() -> None:
    async with a_slow_look() as world, at(world, "lena") as screen, at(world, "sven") as other:
        await screen.start()
        await other.start()
        lena = next(user for user in world.users.rows.values() if user.login == "lena")
        world.users.rows[lena.user_id] = replace(lena, team="blue")
        world.feed.look_again()
        assert await screen.closed_with() == CloseCode.SCOPE_CHANGED
        await other.hear("snapshot")


@pytest.mark.parametrize("word", ["nonsense", '{"type": "delta"}', '{"type": "resume"}', "x" * 5_000])
async def test_what_is_not_our_protocol_is_hung_up_on(world: LiveWorld, word: str) -> None:
    async with at(world, "sven") as screen:
        await screen.hear("hello")
        await screen.socket.send_str(word)
        assert await screen.closed_with() in (CloseCode.NOT_OUR_PROTOCOL, aiohttp.WSCloseCode.MESSAGE_TOO_BIG)


async def test_a_board_listens_after_its_first_word_only(world: LiveWorld) -> None:
    async with at(world, "sven") as screen:
        await screen.start()
        await screen.say(type="start")
        assert await screen.closed_with() == CloseCode.NOT_OUR_PROTOCOL


async def test_the_api_sees_the_floor_without_waiting_for_the_next_delta(world: LiveWorld) -> None:
    agent_id = AgentId("agent-8")
    before = world.feed.agent(agent_id)
    assert before is not None
    envelope = world.floor.open()[0]
    asked = ev.LogInRequested(agent_id=agent_id, endpoint_id=world.directory.current.agents[agent_id].endpoint_id or "")
    world.feed.publish([msgspec.structs.replace(envelope, event=asked)])
    after = world.feed.agent(agent_id)
    assert after is not None
    assert (before.state, after.state) == ("logged_out", "available")


async def test_server_sent_events_carry_the_same_and_resume_by_their_id(world: LiveWorld) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await enter(world, client, "sven")
        url = world.url + "/api/v1/live/events"
        async with client.get(url) as stream:
            assert stream.content_type == "text/event-stream"
            event_id, word = await next_event(stream)
            assert word["type"] == "snapshot"
        world.play(30)
        world.feed.flush()
        async with client.get(url, headers={"Last-Event-ID": event_id}) as stream:
            assert (await next_event(stream))[1]["type"] == "delta"


async def next_event(stream: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    async with asyncio.timeout(10):
        lines = [(await stream.content.readline()).decode().rstrip("\n") for _ in range(3)]
    assert lines[2] == ""
    return lines[0].removeprefix("id: "), json.loads(lines[1].removeprefix("data: "))


async def test_the_service_going_down_says_so() -> None:
    async with a_live_world(feed_settings=QUICK) as world, at(world, "sven") as screen:
        await screen.start()
        going = asyncio.create_task(world.go_down())
        assert await screen.closed_with() == CloseCode.GOING_AWAY
        await going

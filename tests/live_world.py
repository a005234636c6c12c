"""The web edge with a live feed, running on a free loopback port, its time either real or turned by hand.

    python -m tests.live_world [--port N] [--agents N] [--rate N]

serves the built front end over a floor that is played in real time: `sven` (supervisor), `lena` (team leader), `acme` (client),
password `correct horse battery`; `nora` enters with the one-time password `one-time-for-nora`.
"""

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from aiohttp import web
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from fernamt.leads.places import MAY_LEAVE_OUT
from monitor.feed import Feed
from monitor.live_view import BoardSettings, LiveView
from monitor.subscription import FeedSettings
from routing.directory import Directory
from telephony.events import Envelope
from telephony.identifiers import SECOND, AgentId, ClientId, Instant, UserId
from tests.integration.web import memory
from tests.integration.web.memory_aftercall import MemoryOrders, MemorySuggestions, MemorySurveys, PlayedCampaigns
from tests.integration.web.memory_audit import MemoryAudit
from tests.integration.web.memory_keeping import a_keeping
from tests.integration.web.memory_leads import (
    MemoryLeadCalls,
    MemoryLeadChecks,
    MemoryLeadClaims,
    MemoryLeadDecisions,
    MemoryLeadImports,
    MemoryLeadLists,
    PlayedLeadFiles,
)
from tests.integration.web.memory_levels import MemoryContests, MemoryLevels, PlayedStatements
from tests.integration.web.memory_messages import MemoryMessages
from tests.integration.web.memory_outbound import (
    MemoryAddresses,
    MemoryConsents,
    MemoryDoNotCall,
    MemoryRightDocuments,
    MemoryRights,
    PlayedNotes,
    PlayedPhoneUse,
)
from tests.integration.web.memory_quality import MemoryQualityForms, MemoryQualityReviews, PlayedAssigning
from tests.integration.web.memory_recording import (
    MemoryConsentTexts,
    MemorySamplingReports,
    MemorySealedSegments,
    NobodysAccess,
    Silence,
)
from tests.integration.web.memory_shifts import MemoryShifts, PlayedShiftFigures
from tests.integration.web.memory_telling import MemoryTelling
from tests.integration.web.memory_webhooks import MemoryWebhooks
from tests.integration.web.memory_what_ifs import MemoryWhatIfs
from tests.live_floor import a_centre
from tests.live_stories import StoryFloor
from web.accounts import User
from web.app import make_app
from web.deps import Deps
from web.live import LIVE, LiveSettings, live_board
from web.pages import front_end
from web.passwords import Passwords, new_secret, secret_hash
from web.permissions import Role
from web.recording_ports import RecordingSound
from web.settings import WebSettings
from web.throttle import LoginGate

PASSWORD = "correct horse battery"
ONE_TIME = "one-time-for-nora"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DIST = Path(__file__).parent.parent / "web" / "frontend" / "dist"
PEOPLE: dict[str, tuple[str, Role, dict[str, str]]] = {
    "sven": ("Sven Ostermann", Role.SUPERVISOR, {}),
    "lena": ("Lena Petersen", Role.TEAM_LEADER, {"team": "red"}),
    "acme": ("Nordlicht Energie", Role.CLIENT, {"client_id": "acme"}),
    "bolt": ("Reiseland Krüger", Role.CLIENT, {"client_id": "bolt"}),
    "kurt": ("Kurt Wagner", Role.CLERK, {}),
    "nora": ("Nora Lindner", Role.SUPERVISOR, {}),
    "root": ("Ruth Vogel", Role.ADMIN, {}),
    "anna": ("Anna Albrecht", Role.AGENT, {"agent_id": "agent-0"}),
    "ben": ("Ben Brandt", Role.AGENT, {"agent_id": "agent-1"}),
    "ida": ("Ida von der Heide", Role.AGENT, {"agent_id": "agent-8"}),
}


class RealClock(memory.StepClock):
    """The machine's time, and what a test has added to it."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_us = 0

    def now(self) -> Instant:
        return Instant(time.time_ns() // 1_000 + self.ahead_us)

    def pass_s(self, seconds: float) -> None:
        self.ahead_us += int(seconds * SECOND)


@dataclass(kw_only=True)
class LiveWorld:
    """What a test can look at and turn."""

    url: str
    deps: Deps
    clock: RealClock
    users: memory.MemoryUsers
    sessions: memory.MemorySessions
    journal: memory.MemoryJournal
    directory: memory.MemoryDirectory
    feed: Feed
    floor: StoryFloor
    messages: MemoryMessages
    what_ifs: MemoryWhatIfs
    _tasks: list[asyncio.Task[None]]
    _runner: web.AppRunner

    def play(self, seconds: int) -> None:
        """The next seconds of the floor happen at once."""
        self.happen(self.floor.play(seconds))

    def happen(self, envelopes: list[Envelope]) -> None:
        """The floor said this."""
        self.journal.envelopes.extend(envelopes)
        self.feed.publish(envelopes)

    def play_on(self) -> None:
        """The floor goes on by itself, in real time."""
        self._tasks.append(asyncio.create_task(self._play_on()))

    async def _play_on(self) -> None:
        while True:
            behind_s = (self.clock.now() - self.floor.at) // SECOND
            self.play(int(behind_s))
            await asyncio.sleep(0.5)

    def engine_lives(self) -> None:
        """The engine gives its sign of life from here on, ten times a second."""
        self._tasks.append(asyncio.create_task(self._live()))

    async def _live(self) -> None:
        while True:
            self.feed.beat(self.clock.now())
            await asyncio.sleep(0.1)

    async def cut_lines(self) -> None:
        """Every live socket breaks off; whoever was there may come back."""
        app = self._runner.app
        for line in list(app[LIVE].sockets if app is not None else ()):
            await line.close(code=1011)

    async def go_down(self) -> None:
        """The service stops serving."""
        await self._runner.cleanup()

    def engine_hangs(self) -> None:
        """Neither signs of life nor events any more."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()


def a_user(login: str, clock: RealClock) -> User:
    name, role, facts = PEOPLE[login]
    is_new = login == "nora"
    return User(
        user_id=UserId(f"user-{login}"),
        login=login,
        display_name=name,
        role=role,
        created_at=clock.now(),
        password_hash=None if is_new else CHEAP.hash(PASSWORD),
        must_set_password=is_new,
        one_time_hash=secret_hash(ONE_TIME) if is_new else None,
        one_time_expires_at=Instant(clock.now() + 3_600 * SECOND) if is_new else None,
        team=facts.get("team"),
        agent_id=AgentId(facts["agent_id"]) if "agent_id" in facts else None,
        client_id=ClientId(facts["client_id"]) if "client_id" in facts else None,
    )


@asynccontextmanager
async def a_live_world(
    *,
    centre: Directory | None = None,
    floor: StoryFloor | None = None,
    port: int = 0,
    feed_settings: FeedSettings | None = None,
    live_settings: LiveSettings | None = None,
    history_s: int = 0,
    messages_folder: Path | None = None,
    leads_folder: Path | None = None,
    stored: Mapping[str, Any] | None = None,
) -> AsyncIterator[LiveWorld]:
    """A running edge with a floor that has been open for `history_s` seconds; `stored` replaces parts in memory by real ones."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    clock, users, sessions, journal = RealClock(), memory.MemoryUsers(), memory.MemorySessions(), memory.MemoryJournal()
    for login in PEOPLE:
        users.rows[UserId(f"user-{login}")] = a_user(login, clock)
    directory = memory.MemoryDirectory(centre or a_centre())
    began_at = Instant(clock.now() - history_s * SECOND)
    floor = floor or StoryFloor(directory.current, began_at)
    floor.at = began_at
    view = LiveView(directory.current, BoardSettings(zone=ZoneInfo("Europe/Berlin")), began_at)
    feed = Feed(view, epoch=new_secret()[:12], now=clock.now, settings=feed_settings)
    messages, what_ifs = MemoryMessages(), MemoryWhatIfs()
    deps = the_deps(url=url, clock=clock, users=users, sessions=sessions, journal=journal, directory=directory, feed=feed)
    settings = replace(
        deps.settings,
        messages_folder=messages_folder,
        message_days=90,
        leads_folder=leads_folder,
        lead_faults_left_out=MAY_LEAVE_OUT,
    )
    deps = replace(deps, settings=settings, messages=messages, what_ifs=what_ifs, **stored or {})
    app = make_app(deps, extensions=[lambda a: live_board(a, feed, live_settings), lambda a: front_end(a, DIST)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    task = asyncio.create_task(feed.run())
    world = LiveWorld(
        url=url,
        deps=deps,
        clock=clock,
        users=users,
        sessions=sessions,
        journal=journal,
        directory=directory,
        feed=feed,
        floor=floor,
        messages=messages,
        what_ifs=what_ifs,
        _tasks=[],
        _runner=runner,
    )
    opened = floor.open()
    journal.envelopes.extend(opened)
    feed.publish(opened)
    world.play(history_s)
    feed.flush()
    try:
        yield world
    finally:
        world.engine_hangs()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await runner.cleanup()


def the_deps(
    *,
    url: str,
    clock: RealClock,
    users: memory.MemoryUsers,
    sessions: memory.MemorySessions,
    journal: memory.MemoryJournal,
    directory: memory.MemoryDirectory,
    feed: Feed,
) -> Deps:
    settings = WebSettings(origins=frozenset({url}), is_tls=False)
    levels, forms = MemoryLevels(), MemoryQualityForms()
    return Deps(
        settings=settings,
        clock=clock,
        ids=memory.CountedIds(),
        new_secret=new_secret,
        passwords=Passwords(CHEAP),
        login_gate=LoginGate(tries_free=settings.login_tries_free, longest_s=settings.login_backoff_longest_s),
        intents=memory.PlayedIntents(),
        floor=feed,
        standings=memory.PlayedStandings(directory.current),
        users=users,
        sessions=sessions,
        tokens=memory.MemoryTokens(),
        directory=directory,
        journal=journal,
        minutes=memory.PlayedMinutes(),
        what_ifs=MemoryWhatIfs(),
        shifts=MemoryShifts(),
        shift_figures=PlayedShiftFigures(),
        parties=memory.MemoryParties(),
        telling=MemoryTelling(),
        callers=memory.MemoryCallers(),
        do_not_call=MemoryDoNotCall(),
        shown_rights=MemoryRights(),
        right_documents=MemoryRightDocuments(),
        addresses=MemoryAddresses(),
        notes=PlayedNotes(),
        consents=MemoryConsents(),
        consent_texts=MemoryConsentTexts(),
        sealed_segments=MemorySealedSegments(),
        keeping=a_keeping(),
        sampling=MemorySamplingReports(),
        recording_access=NobodysAccess(),
        recording_sound=cast(RecordingSound, Silence()),
        quality_forms=forms,
        quality_reviews=MemoryQualityReviews(forms, users.rows),
        quality_assigning=PlayedAssigning(),
        phone_use=PlayedPhoneUse(),
        levels=levels,
        contests=MemoryContests(levels),
        statements=PlayedStatements(),
        lead_lists=MemoryLeadLists(),
        lead_imports=MemoryLeadImports(),
        lead_decisions=MemoryLeadDecisions(),
        lead_checks=MemoryLeadChecks(),
        lead_files=PlayedLeadFiles(),
        lead_claims=MemoryLeadClaims(),
        lead_calls=MemoryLeadCalls(),
        campaigns=PlayedCampaigns(),
        orders=MemoryOrders(),
        surveys=MemorySurveys(),
        suggestions=MemorySuggestions(),
        messages=MemoryMessages(),
        webhooks=MemoryWebhooks(),
        readiness=memory.PlayedReadiness(),
        audit=MemoryAudit(),
        registry=CollectorRegistry(),
        look_again=feed.look_again,
    )


async def serve(port: int, agents: int, rate: float) -> None:
    """Serves until interrupted."""
    centre = a_centre(agents, 6 if agents < 40 else 20)
    floor = StoryFloor(centre, Instant(0), calls_per_minute=rate)
    async with a_live_world(centre=centre, floor=floor, port=port, history_s=4_000) as world:
        world.engine_lives()
        world.play_on()
        print(world.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--agents", type=int, default=14)
    parser.add_argument("--rate", type=float, default=4.5)
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port, arguments.agents, arguments.rate))
    sys.exit(0)

"""`fernamt serve`: the composition root of the service. Everything is made here, once, and handed to who needs it.

The switches are not children of this process: calls outlive it, and the next start finds them.
"""

import asyncio
import gc
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

import web as web_room
from config.settings import Settings
from fernamt import parts, pauses
from fernamt.installation import Database, Places, opened
from fernamt.moment import MachineClock, RandomIds, now
from fernamt.node.credentials import load_credentials
from fernamt.worker_process import WorkerProcess, worker_command
from monitor.feed import Feed
from monitor.live_view import BoardSettings, LiveView, local_day
from monitor.metrics import Metrics
from routing.directory import Directory
from routing.outbound.number import describe, load_plans
from store.audit import AuditStore
from store.endpoints import EndpointStore
from store.journal import SqlJournal
from store.lease import Lease, LeaseStore
from store.messages import MessageStore
from store.parties import PartyKeys
from store.sessions import SessionStore
from store.webhooks import WebhookStore
from telephony.engine.engine import Engine
from telephony.engine.turn import Turn
from telephony.errors import FernamtError, SwitchError
from telephony.events import Envelope
from telephony.identifiers import SECOND, EndpointId, Instant
from telephony.switch.asterisk.switch import AsteriskSwitch
from web.app import make_app
from web.deps import Deps
from web.directory_book import StoredDirectory
from web.live import live_board
from web.minutes_process import ProcessMinutes
from web.pages import front_end
from web.passwords import Passwords, new_secret
from web.throttle import LoginGate

LEASE = "engine"
LEASE_TERM_MS = 15_000
LEASE_RENEW_S = 4.0
REVISION_EVERY_S = 1.0
FEED_BEAT_S = 0.5
LOOP_WATCH_S = 0.25
BEFORE_MIDNIGHT_US = 7_200 * SECOND
"""Calls under way at midnight are counted on the day they were answered."""
FRONT_END = Path(web_room.__file__).parent / "frontend" / "dist"

Standing = tuple[int, tuple[bool, ...]]
"""The centre's revision, and which switches are connected: what the phones' accounts were last put for."""

_log = structlog.get_logger("fernamt.serve")


class OneSwitchOnly(FernamtError):
    """The settings name more switches than are served yet."""

    code = "one_switch_only"


class AlreadyServing(FernamtError):
    """Another process serves from this state folder."""

    code = "already_serving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The running service, for whoever stands beside it in this process."""

    engine: Engine
    feed: Feed
    url: str


async def serve(settings: Settings, config_options: Sequence[str] = ()) -> int:
    """The service ran until SIGTERM or SIGINT; live calls stay up at their switches. Returns the exit code."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings, config_options) as service:
        _log.info("serving", url=service.url)
        await stopping.wait()
        _log.info("stopping: no more offers, calls stay up", calls=len(service.engine.turn.calls))
    return 0


@asynccontextmanager
async def running(settings: Settings, config_options: Sequence[str] = ()) -> AsyncIterator[Service]:
    """The service, made and running; drained and taken down at the end. `config_options` lead the worker to the same settings."""
    if len(settings.switch) > 1:
        # Routing does not know yet at which switch an agent's phone stands.
        raise OneSwitchOnly(f"one switch is served, the settings name {', '.join(settings.switch)}: leave one [switch.NAME]")
    places = Places(settings)
    places.make()
    async with AsyncExitStack() as stack:
        _lock(places.state / "serve.lock", stack)
        keys = places.party_keys()
        database = await stack.enter_async_context(opened(settings))
        lease = await _leased(database, places, stack)
        journal = await SqlJournal.open(
            database.engine, spool=places.spool, keys=keys, lease=lease, settings=parts.journal_settings(settings)
        )
        stack.push_async_callback(journal.close)
        site = await _site(settings, database, journal)
        app = _app(settings, database, keys, site)
        works: list[Coroutine[Any, Any, object]] = [
            site.engine.run(),
            _follow_directory(site, EndpointStore(database.engine, keys)),
            _beat_feed(site.engine, site.feed),
            _watch_loop(site.metrics),
        ]
        if settings.service.has_worker:
            works.append(WorkerProcess(worker_command(config_options)).run())
        known = site.engine.turn.last_seq
        await stack.enter_async_context(_background(*works))
        await _restore_board(site, settings, known)  # calls are served by now; a long day's figures take a while to read
        await stack.enter_async_context(_background(site.feed.run()))
        await _listen(app, settings, stack)
        pauses.keep_short()
        yield Service(engine=site.engine, feed=site.feed, url=parts.base_url(settings))
        await site.engine.drain()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    engine: Engine
    feed: Feed
    book: StoredDirectory
    switches: Sequence[AsteriskSwitch]
    journal: SqlJournal
    registry: CollectorRegistry
    metrics: Metrics


async def _site(settings: Settings, database: Database, journal: SqlJournal) -> _Site:
    """Engine, board and figures, as the journal left them."""
    load_plans()  # now, and not under the first caller
    clock, ids = MachineClock(), RandomIds()
    directory = await database.directory.load()
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.watch_journal(lag_events=lambda: journal.health.waiting_events, spool_bytes=lambda: journal.health.spool_bytes)
    zone = ZoneInfo(settings.service.time_zone)
    view = LiveView(directory, BoardSettings(zone=zone, rules=parts.agent_rules(settings)), now())
    feed = Feed(view, epoch=new_secret()[:12], now=now, also=metrics.follow)
    metrics.watch(feed)
    nodes = {name: parts.node_settings(settings, name) for name in settings.switch}
    switches = [
        AsteriskSwitch(parts.asterisk_settings(settings, name, load_credentials(node.directory)), clock)
        for name, node in nodes.items()
    ]
    turn = Turn(directory=directory, rules=parts.agent_rules(settings), ids=ids, next_seq=await journal.last_seq() + 1)
    gc.collect()
    gc.freeze()  # the directory stays: looking through it again and again would hold up live calls
    engine = Engine(
        turn=turn,
        switches=switches,
        journal=journal,
        clock=clock,
        ids=ids,
        read_number=partial(describe, home_country=settings.service.country),
        listeners=[feed.publish],
        on_turn=lambda took_ns: metrics.turn_seconds.observe(took_ns / 1e9),
    )
    await engine.restore()

    def use(revision: Directory) -> None:
        engine.use(revision)
        feed.use(revision)

    book = StoredDirectory(database.directory, directory, use)
    return _Site(engine=engine, feed=feed, book=book, switches=switches, journal=journal, registry=registry, metrics=metrics)


def _app(settings: Settings, database: Database, keys: PartyKeys, site: _Site) -> web.Application:
    web_settings = parts.web_settings(settings)
    deps = Deps(
        settings=web_settings,
        clock=MachineClock(),
        ids=RandomIds(),
        new_secret=new_secret,
        passwords=Passwords(),
        login_gate=LoginGate(tries_free=web_settings.login_tries_free, longest_s=web_settings.login_backoff_longest_s),
        intents=site.engine,
        floor=site.feed,
        users=database.users,
        sessions=SessionStore(database.engine),
        tokens=database.tokens,
        directory=site.book,
        journal=site.journal,
        minutes=ProcessMinutes(database=Places(settings).database_url, zone=settings.service.time_zone),
        parties=database.parties(keys),
        messages=MessageStore(database.engine),
        webhooks=WebhookStore(database.engine, keys),
        readiness=_Readiness(site),
        audit=AuditStore(database.engine),
        registry=site.registry,
        observe=site.metrics.request_answered,
    )
    return make_app(deps, extensions=[lambda app: live_board(app, site.feed), lambda app: front_end(app, FRONT_END)])


@dataclass(frozen=True, slots=True)
class _Readiness:
    site: _Site

    def checks(self) -> dict[str, bool]:
        """Whether calls can be served."""
        return {
            "switches": self.site.engine.is_reconciled,
            "journal": self.site.journal.health.is_healthy,
            "directory": bool(self.site.book.current.revision),
        }


# -- beside the engine -----------------------------------------------------------------------------------------------------


async def _follow_directory(site: _Site, endpoints: EndpointStore) -> None:
    """Changes made by other processes are in force within a second, and every phone of the centre can register."""
    provisioned: Standing | None = None
    known: frozenset[EndpointId] | None = None
    while True:
        # While the database or a switch is away, what is in force stays so; they are asked again at the next look.
        with suppress(SQLAlchemyError, OSError, SwitchError):
            await site.book.refresh()
            standing = (site.book.current.revision, tuple(link.is_connected for link in site.engine.core.links.values()))
            if standing != provisioned and any(standing[1]):
                known = await _provision(site, endpoints, known)
                provisioned = standing
        await asyncio.sleep(REVISION_EVERY_S)


async def _provision(site: _Site, endpoints: EndpointStore, known: frozenset[EndpointId] | None) -> frozenset[EndpointId]:
    """Every phone in use can register, and no other; returns them. `known` had been able to, None where nobody remembers."""
    for endpoint_id in await endpoints.without_password():
        await endpoints.set_password(endpoint_id, new_secret())
    accounts = await endpoints.accounts()
    in_use = frozenset(account.endpoint_id for account in accounts)
    gone = sorted((frozenset(await endpoints.out_of_use()) if known is None else known) - in_use)
    for switch in site.switches:
        await switch.provision(accounts)
        await switch.withdraw(gone)
    return in_use


async def _restore_board(site: _Site, settings: Settings, known: int) -> None:
    """The board has today's figures, from the journal up to number `known`; what came since then waits in the feed."""
    day_began_at, _ = local_day(now(), ZoneInfo(settings.service.time_zone))
    first = await site.journal.first_seq_at(Instant(day_began_at - BEFORE_MIDNIGHT_US))

    async def open_streams() -> AsyncIterator[Envelope]:
        async for envelope in site.journal.read_open():
            if envelope.seq <= known:
                yield envelope

    await site.feed.restore(open_streams(), site.journal.read_since(first - 1, known))


async def _beat_feed(engine: Engine, feed: Feed) -> None:
    """Boards stay fresh while the engine's loop turns and its switches are connected."""
    while True:
        if engine.is_reconciled:
            feed.beat(now())
        await asyncio.sleep(FEED_BEAT_S)


async def _watch_loop(metrics: Metrics) -> None:
    """How late the loop gets to what is due: the first sign of work that does not belong here."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOP_WATCH_S
        await asyncio.sleep(LOOP_WATCH_S)
        metrics.event_loop_lag_seconds.observe(max(0.0, loop.time() - due))


async def _keep_lease(leases: LeaseStore, lease: Lease) -> None:
    while True:
        await asyncio.sleep(LEASE_RENEW_S)
        with suppress(OSError, SQLAlchemyError):  # away for a while; who else would take the lease is asked by every write
            lease = await leases.renew(lease, now=now(), term_ms=LEASE_TERM_MS)


async def _released(leases: LeaseStore, lease: Lease) -> None:
    with suppress(OSError, SQLAlchemyError):  # without a database it runs out by itself
        await leases.release(lease)


async def _leased(database: Database, places: Places, stack: AsyncExitStack) -> Lease:
    """The right to write this database. The holder is the folder, whose lock we have: a crash is followed by a start at once."""
    leases = LeaseStore(database.engine)
    holder = f"{socket.gethostname()}:{places.state}"
    lease = await leases.take(LEASE, holder, now=now(), term_ms=LEASE_TERM_MS)
    stack.push_async_callback(_released, leases, lease)
    await stack.enter_async_context(_background(_keep_lease(leases, lease)))
    return lease


@asynccontextmanager
async def _background(*works: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """The works run beside the block and end with it; one that fails ends the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def _lock(path: Path, stack: AsyncExitStack) -> None:
    file = stack.enter_context(path.open("a"))
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyServing(f"another `fernamt serve` has {path.parent}: stop it first") from error


async def _listen(app: web.Application, settings: Settings, stack: AsyncExitStack) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    service = settings.service
    context: ssl.SSLContext | None = None
    if service.certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(service.certificate, service.private_key)
    try:
        await web.TCPSite(runner, service.listen, service.port, ssl_context=context).start()
    except OSError as error:
        raise PortTaken(
            f"{service.listen}:{service.port} cannot be listened on ({error.strerror}): set [service] port"
        ) from error


class PortTaken(FernamtError):
    """The port of the API is not free."""

    code = "port_taken"

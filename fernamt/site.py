"""The site: engine, board and figures of one centre, made of what the database holds. All that calls need, and no more."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from config.settings import Settings
from fernamt import parts
from fernamt.emergencies import Addresses, log_alerts
from fernamt.installation import Database
from fernamt.leads.working import LeadWork
from fernamt.moment import RandomIds, SteadyClock, now
from fernamt.node.credentials import load_credentials
from fernamt.shift_plan import plan_now
from fernamt.unexpected import log_unexpected
from monitor.feed import Feed
from monitor.live_view import BoardSettings, LiveView
from monitor.metrics import Metrics
from routing.directory import Directory
from routing.outbound.number import describe
from store.addresses import AddressStore
from store.dial_book import SqlDialBook
from store.journal import SqlJournal
from store.known_callers import KnownCallers
from store.parties import PartyKeys
from store.shifts import ShiftStore
from telephony.engine.engine import Engine
from telephony.engine.permits import Desk
from telephony.engine.ports import Clock
from telephony.engine.turn import Turn
from telephony.events import Envelope, SwitchConnected
from telephony.switch.asterisk.switch import AsteriskSwitch
from web.directory_book import StoredDirectory

EPOCH_BYTES = 9
_LOGS = (log_alerts, log_unexpected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One centre, as the service runs it."""

    settings: Settings
    database: Database
    keys: PartyKeys
    engine: Engine
    feed: Feed
    book: StoredDirectory
    desk: Desk
    leads: LeadWork
    callers: KnownCallers
    addresses: Addresses
    shifts: ShiftStore
    plan_revision: int
    """That of the plan of shifts which the engine began with."""
    switches: Sequence[AsteriskSwitch]
    journal: SqlJournal
    registry: CollectorRegistry
    metrics: Metrics
    journaled: int
    """The journal's last number before this start."""
    has_calls_back: asyncio.Event
    """Set once a switch is reconciled: its callers are offered."""


async def make_site(settings: Settings, database: Database, keys: PartyKeys, journal: SqlJournal) -> Site:
    """Engine, board and figures; the engine knows nothing of the journal's calls yet, and nothing runs."""
    clock, ids = SteadyClock(), RandomIds()
    directory, journaled = await database.directory.load(), await journal.last_seq()
    rules = parts.agent_rules(settings)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.watch_journal(lag_events=lambda: journal.health.waiting_events, spool_bytes=lambda: journal.health.spool_bytes)
    addresses = Addresses(AddressStore(database.engine, keys))
    feed = Feed(new_board(settings, directory, addresses), epoch=secrets.token_urlsafe(EPOCH_BYTES), now=now, also=metrics.follow)
    feed.keep()
    metrics.watch(feed)
    switches = [_switch(settings, name, clock) for name in settings.switch]
    has_calls_back = asyncio.Event()
    callers = await _callers(database, keys, directory)
    shifts = ShiftStore(database.engine, parts.shift_rules(settings))
    plan_revision, turn = await shifts.revision(), Turn(directory=directory, rules=rules, ids=ids, next_seq=journaled + 1)
    turn.shifts.use(await plan_now(shifts, now()))
    desk = Desk(SqlDialBook(database.engine, keys), lambda: book.current, clock, lambda: journal.stored_seq)
    leads = LeadWork(database.engine, keys, turn, clock, ids)
    engine = Engine(
        turn=turn,
        switches=switches,
        journal=journal,
        clock=clock,
        ids=ids,
        read_number=partial(describe, home_country=settings.service.country),
        known_callers=callers,
        desk=desk,
        listeners=[feed.publish, _sets(has_calls_back), callers.publish, desk.publish, leads.publish, *_LOGS],
        on_turn=lambda took_ns: metrics.turn_seconds.observe(took_ns / 1e9),
    )

    def use(revision: Directory) -> None:
        engine.use(revision)
        feed.use(revision)

    book = StoredDirectory(database.directory, directory, use)
    return Site(
        settings=settings,
        database=database,
        keys=keys,
        engine=engine,
        feed=feed,
        book=book,
        desk=desk,
        leads=leads,
        callers=callers,
        addresses=addresses,
        shifts=shifts,
        plan_revision=plan_revision,
        switches=switches,
        journal=journal,
        registry=registry,
        metrics=metrics,
        journaled=journaled,
        has_calls_back=has_calls_back,
    )


def _sets(has_calls_back: asyncio.Event) -> Callable[[Sequence[Envelope]], None]:
    def listen_for_calls(envelopes: Sequence[Envelope]) -> None:
        if not has_calls_back.is_set() and any(isinstance(envelope.event, SwitchConnected) for envelope in envelopes):
            has_calls_back.set()

    return listen_for_calls


async def _callers(database: Database, keys: PartyKeys, directory: Directory) -> KnownCallers:
    callers = KnownCallers(database.engine, keys)
    callers.remembers_agents = remembers_agents(directory)
    await callers.load(now())
    return callers


def remembers_agents(directory: Directory) -> bool:
    """Whether any project's callers wait for whom they talked to last."""
    return any(project.sticky_ms for project in directory.projects.values())


def new_board(settings: Settings, directory: Directory, addresses: Addresses) -> LiveView:
    """A board on which nothing has happened yet."""
    zone = ZoneInfo(settings.service.time_zone)
    return LiveView(directory, BoardSettings(zone=zone, rules=parts.agent_rules(settings)), now(), addresses)


def _switch(settings: Settings, name: str, clock: Clock) -> AsteriskSwitch:
    node = parts.node_settings(settings, name)
    return AsteriskSwitch(parts.asterisk_settings(settings, name, load_credentials(node.directory)), clock)

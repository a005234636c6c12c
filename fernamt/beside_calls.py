"""What runs beside the calls of a site: phones' accounts, the board's past and its beat, the loop's own figure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from fernamt.emergencies import with_numbers
from fernamt.moment import now
from fernamt.site import Site, new_board, remembers_agents
from monitor.feed import Feed
from monitor.live_view import local_day
from monitor.metrics import Metrics
from routing.outbound.shown import standing
from store.endpoints import EndpointStore
from store.messages import MessageStore
from store.rights import RightsStore
from telephony.engine.engine import Engine
from telephony.errors import SwitchError
from telephony.events import Envelope
from telephony.identifiers import SECOND, EndpointId, Instant
from web.passwords import new_secret

REVISION_EVERY_S = 1.0
CALLERS_EVERY_S = 2.0
FEED_BEAT_S = 0.5
LOOP_WATCH_S = 0.25
MESSAGES_EVERY_S = 10.0
RIGHTS_EVERY_S = 60.0
BEFORE_MIDNIGHT_US = 7_200 * SECOND
"""Calls under way at midnight are counted on the day they were answered."""

Standing = tuple[int, tuple[bool, ...]]
"""The centre's revision, and which switches are connected: what the phones' accounts were last put for."""


async def follow_directory(site: Site) -> None:
    """Changes made by other processes are in force within a second, and every phone of the centre can register."""
    endpoints = EndpointStore(site.database.engine, site.keys)
    provisioned: Standing | None = None
    known: frozenset[EndpointId] | None = None
    while True:
        # While the database or a switch is away, what is in force stays so; they are asked again at the next look.
        with suppress(SQLAlchemyError, OSError, SwitchError):
            await site.book.refresh()
            if await site.addresses.follow(site.book.current.revision):
                site.feed.use(site.book.current)
            standing = (site.book.current.revision, tuple(link.is_connected for link in site.engine.core.links.values()))
            if standing != provisioned and any(standing[1]):
                known = await _provision(site, endpoints, known)
                provisioned = standing
        await asyncio.sleep(REVISION_EVERY_S)


async def _provision(site: Site, endpoints: EndpointStore, known: frozenset[EndpointId] | None) -> frozenset[EndpointId]:
    """Every phone in use can register, and no other; returns them. `known` had been able to, None where nobody remembers."""
    for endpoint_id in await endpoints.without_password():
        await endpoints.set_password(endpoint_id, new_secret())
    accounts = with_numbers(await endpoints.accounts(), site.book.current, site.addresses, now())
    in_use = frozenset(account.endpoint_id for account in accounts)
    gone = sorted((frozenset(await endpoints.out_of_use()) if known is None else known) - in_use)
    for switch in site.switches:
        await switch.provision(accounts)
        await switch.withdraw(gone)
    return in_use


async def keep_callers(site: Site) -> None:
    """Known callers are those of the database within seconds, and whom they talked to last is written."""
    revision = site.book.current.revision
    while True:
        await asyncio.sleep(CALLERS_EVERY_S)
        with suppress(SQLAlchemyError, OSError):  # while the database is away, what is known stays so
            if site.book.current.revision != revision:
                revision = site.book.current.revision
                site.callers.remembers_agents = remembers_agents(site.book.current)
                await site.callers.load(now())
            if site.callers.has_unsaved:
                await site.callers.save(now())


async def restore_board(site: Site) -> None:
    """The board has the live calls and the agents on duty; what came since the start waits in the feed."""
    await site.feed.restore(_open_streams(site))


async def restore_figures(site: Site) -> None:
    """The board has today's figures as well. A long day takes seconds to read: the board stands and goes on meanwhile."""
    day_began_at, _ = local_day(now(), ZoneInfo(site.settings.service.time_zone))
    first = await site.journal.first_seq_at(Instant(day_began_at - BEFORE_MIDNIGHT_US))
    today = site.journal.read_since(first - 1, site.journaled)
    await site.feed.exchange(new_board(site.settings, site.book.current, site.addresses), _open_streams(site), today)


async def _open_streams(site: Site) -> AsyncIterator[Envelope]:
    async for envelope in site.journal.read_open():
        if envelope.seq <= site.journaled:
            yield envelope


async def beat_feed(engine: Engine, feed: Feed) -> None:
    """Boards stay fresh while the engine's loop turns and its switches are connected."""
    while True:
        if engine.is_reconciled:
            feed.beat(now())
        await asyncio.sleep(FEED_BEAT_S)


async def watch_loop(metrics: Metrics) -> None:
    """How late the loop gets to what is due: the first sign of work that does not belong here."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOP_WATCH_S
        await asyncio.sleep(LOOP_WATCH_S)
        metrics.event_loop_lag_seconds.observe(max(0.0, loop.time() - due))


async def count_rights(metrics: Metrics, rights: RightsStore) -> None:
    """How many numbers may be shown to people we call, and how many of these rights end soon."""
    while True:
        with suppress(SQLAlchemyError, OSError):
            holding, expiring = standing(await rights.rights(), now())
            metrics.show_rights(len(holding), len(expiring))
        await asyncio.sleep(RIGHTS_EVERY_S)


async def count_messages(metrics: Metrics, messages: MessageStore) -> None:
    """How many voice messages wait for somebody, and whether mails about them could not be sent."""
    while True:
        with suppress(SQLAlchemyError, OSError):  # the last known figures stand while the database is away
            metrics.show_messages(await messages.counts())
        await asyncio.sleep(MESSAGES_EVERY_S)

"""`fernamt serve`: the composition root of the service. Everything is made here, once, and handed to who needs it.

The switches are not children of this process: calls outlive it, and the next start finds them. A start brings what calls need
first; the worker, the boards' past and the screens come once callers are offered again.
"""

import asyncio
import importlib
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from config.settings import Settings
from fernamt import parts, pauses
from fernamt.background import background
from fernamt.beside_calls import (
    beat_feed,
    count_messages,
    count_rights,
    follow_directory,
    keep_callers,
    restore_board,
    restore_figures,
    watch_loop,
)
from fernamt.installation import Places, opened
from fernamt.milestones import Milestones
from fernamt.ownership import leased, lock
from fernamt.sampling import follow_sampling
from fernamt.shift_plan import follow_shifts
from fernamt.shred_replay import replay_before_opening
from fernamt.site import Site, make_site
from fernamt.spared import spare_callees
from fernamt.worker_process import WorkerProcess, worker_command
from monitor.feed import Feed
from routing.outbound.callee import load_zones
from routing.outbound.number import load_plans
from store.contests import ContestStore
from store.journal import SqlJournal
from store.lease import LeaseStore
from store.messages import MessageStore
from store.rights import RightsStore
from telephony.engine.engine import Engine
from telephony.errors import FernamtError, JournalError

CALLS_FIRST_S = 2.0
"""So long screens wait for the switch: while it is away they are there to say so."""
FIGURES_AGAIN_S = 5.0

_log = structlog.get_logger("fernamt.serve")


class OneSwitchOnly(FernamtError):
    """The settings name more switches than are served yet."""

    code = "one_switch_only"


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
    milestones = Milestones()
    milestones.reach("loaded")
    places = Places(settings)
    places.make()
    async with AsyncExitStack() as stack:
        lock(places.state / "serve.lock", stack)
        keys = places.party_keys()
        database = await stack.enter_async_context(opened(settings))
        lease = await stack.enter_async_context(leased(LeaseStore(database.engine), places.state))
        journal = await SqlJournal.open(
            database.engine, spool=places.spool, keys=keys, lease=lease, settings=parts.journal_settings(settings)
        )
        stack.push_async_callback(journal.close)
        milestones.reach("database")
        site = await make_site(settings, database, keys, journal)
        await site.engine.restore()
        await site.desk.restore(journal)
        await site.leads.follower.restore(journal)
        milestones.reach("restored")
        pauses.keep_short()
        pauses.lie_together()
        await stack.enter_async_context(background(site.engine.run(), watch_loop(site.metrics)))
        await _calls_back(site, milestones)
        stalls = asyncio.create_task(milestones.watch_stalls())
        stack.callback(stalls.cancel)
        await _bring_the_rest(site, config_options, stack)
        milestones.reach("screens")
        await ContestStore(database.engine, keys).seal_old()
        await stack.enter_async_context(background(_bring_figures(site, milestones, stalls)))
        yield Service(engine=site.engine, feed=site.feed, url=parts.base_url(settings))
        await site.engine.drain()


async def _calls_back(site: Site, milestones: Milestones) -> None:
    """Callers are offered again, or the switch has let us wait long enough."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CALLS_FIRST_S):
            await site.has_calls_back.wait()
            milestones.reach("calls")


async def _bring_the_rest(site: Site, config_options: Sequence[str], stack: AsyncExitStack) -> None:
    """What no call waits for is there as well: phones' accounts, the worker, plans of foreign numbers, boards, screens."""
    works: list[Coroutine[Any, Any, object]] = [follow_directory(site), keep_callers(site), beat_feed(site.engine, site.feed)]
    works.append(site.desk.keep())
    works += [site.leads.follower.keep(), site.leads.progressive.keep(site.engine)]
    works.append(spare_callees(site.database.engine, lambda: site.desk.attempts.unanswered, site.engine))
    works.append(follow_shifts(site.shifts, site.engine, site.plan_revision))
    works.append(follow_sampling(site.settings, site.database.engine, lambda: site.book.current, site.engine))
    works.append(count_messages(site.metrics, MessageStore(site.database.engine)))
    works.append(count_rights(site.metrics, RightsStore(site.database.engine)))
    if site.settings.service.has_worker:
        works.append(WorkerProcess(worker_command(config_options)).run())
    await stack.enter_async_context(background(*works))
    # Calls go on in this loop while a thread reads programs from disk.
    with pauses.loading():
        screens = await asyncio.to_thread(importlib.import_module, "fernamt.screens")
        await asyncio.to_thread(load_plans)
        await asyncio.to_thread(load_zones)
    await replay_before_opening(site.settings, site.database.engine)
    await restore_board(site)
    await stack.enter_async_context(background(site.feed.run()))
    await screens.listen(screens.make_screens(site, config_options), site.settings, stack)


async def _bring_figures(site: Site, milestones: Milestones, stalls: asyncio.Task[None]) -> None:
    """Boards have the day's figures, the last that a start brings; tried again while the database is away."""
    while True:
        try:
            await restore_figures(site)
            break
        except JournalError as error:
            _log.warning("the day's figures are not on the boards yet", because=str(error))
            await asyncio.sleep(FIGURES_AGAIN_S)
    stalls.cancel()
    pauses.keep_short()
    milestones.reach("figures")
    _log.info("started", **milestones.told())

"""What the worker does: derivation, retention, webhooks, each in turn with the others and none in a call's path."""

from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import structlog

from config.settings import Settings
from fernamt import parts
from fernamt.attendance import AttendanceReliability
from fernamt.installation import Database, Places
from fernamt.leads.work import ImportLeads, TidyLeads
from fernamt.level_jobs import BringLevelsIntoForce, LevelSources, ProposeLevels
from fernamt.mail.sending import SendMessages
from fernamt.moment import MachineClock, now
from fernamt.node.logs import RotateLogs, open_files
from fernamt.node.settings import NodeSettings, messages_of
from fernamt.quality_jobs import GiveOutReviews, quality_sources
from fernamt.sampling import sampling_job
from fernamt.segment_intake import TakeInSegments
from fernamt.vault_jobs import ForgetListeners
from fernamt.vault_places import spool_of, vault_jobs
from fernamt.voice_messages import CollectMessages
from fernamt.worker import PAGE_ROWS, DeriveMinutes, Job
from routing.answering_machine import mailbox_of
from store.audit import the_service
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.lead_imports import LeadImportStore
from store.levels import LevelStore
from store.messages import MessageStore
from store.orders import OrderStore
from store.parties import PartyKeys
from store.recording_access import AccessStore
from store.recording_terms import RecordingTermsStore
from store.retention import Retention
from store.shifts import ShiftStore
from store.vault import VaultStore
from store.vault_intake import VaultIntake
from store.webhooks import WebhookStore
from telephony.identifiers import ProjectId
from telephony.switch.asterisk.tape import SEGMENT_FOLDER
from web.webhook_events import WebhookFold
from web.webhooks import POLL_S, WebhookWorker

_log = structlog.get_logger("fernamt.jobs")
EXPIRE_EVERY_S = 600.0


class SweepOldData:
    """Nothing is older than its term."""

    name = "sweep_old_data"

    def __init__(self, retention: Retention, every_s: int) -> None:
        self._retention = retention
        self._every_s = every_s

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """What is over its term is gone; says what went."""
        gone = {name: count for name, count in (await self._retention.sweep(now())).items() if count}
        if gone:
            _log.info("data over its term is gone", **gone)
        return self._every_s


class ExpireOrders:
    """No order waits for an approval that can no longer come."""

    name = "expire_orders"

    def __init__(self, orders: OrderStore) -> None:
        self._orders = orders

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """What nobody approved in time has expired."""
        gone = await self._orders.expire(by=the_service())
        if gone:
            _log.info("orders expired that nobody approved", orders=gone)
        return EXPIRE_EVERY_S


class SendWebhooks:
    """Events reach the systems that subscribed to them."""

    name = "send_webhooks"

    def __init__(self, worker: WebhookWorker) -> None:
        self._worker = worker
        self._http: aiohttp.ClientSession | None = None

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """What was due has been tried."""
        if self._http is None:
            await self._worker.prime()
            self._http = self._worker.connection()
        fed = await self._worker.feed()
        delivered = await self._worker.deliver_due(self._http)
        return 0.0 if fed or delivered else POLL_S

    async def close(self) -> None:
        """No connection is left open."""
        if self._http is not None:
            await self._http.close()


def jobs(
    settings: Settings, database: Database, keys: PartyKeys, options: Sequence[str] = ()
) -> tuple[Sequence[Job], SendWebhooks]:
    """All jobs of this installation, and the one that has to be closed at the end.

    `options` lead a job's own processes to the same settings.
    """
    web = parts.web_settings(settings)
    webhooks = SendWebhooks(
        WebhookWorker(
            webhooks=WebhookStore(database.engine, keys),
            journal=database.journal,
            fold=WebhookFold(parts.agent_rules(settings)),
            clock=MachineClock(),
            allowed=web.webhook_networks,
        )
    )
    nodes = _nodes(settings)
    retention = Retention(
        database.engine, parts.retention_days(settings), folders=_folders(settings, nodes), in_use=open_files(nodes)
    )
    sweeping = SweepOldData(retention, settings.retention.sweep_every_s)
    journal = JournalReader(database.engine, JournalCodec(), page_rows=PAGE_ROWS)
    folder, parties = messages_of(Places(settings).state), database.parties(keys)

    async def mailbox(project_id: str | None) -> str | None:
        projects = {each.item.project_id: each.item for each in await database.directory.projects()}
        return mailbox_of(None if project_id is None else projects.get(ProjectId(project_id)), settings.mail.mailbox)

    messages = CollectMessages(database.journal, MessageStore(database.engine), parties, folder, mailbox)
    mails = SendMessages(settings, database, parties, folder)
    every: list[Job] = [DeriveMinutes(journal, database.minutes), sweeping, webhooks, messages, mails, RotateLogs(nodes)]
    leads: list[Job] = [
        ImportLeads(LeadImportStore(database.engine), options),
        TidyLeads(database, keys, Places(settings), settings.retention.leads_days),
    ]
    leads.append(ExpireOrders(OrderStore(database.engine, keys)))
    terms = RecordingTermsStore(database.engine, ZoneInfo(settings.service.time_zone))
    leads += [_taking_in(settings, database, journal, nodes), sampling_job(settings, database.engine)]
    leads += vault_jobs(settings, VaultStore(database.engine), terms)
    leads.append(GiveOutReviews(quality_sources(database, keys), terms, ZoneInfo(settings.service.time_zone)))
    leads.append(ForgetListeners(AccessStore(database.engine)))
    return [*every, *leads, *_of_levels(settings, database, journal)], webhooks


def _taking_in(settings: Settings, database: Database, journal: JournalReader, nodes: Sequence[NodeSettings]) -> TakeInSegments:
    return TakeInSegments(
        journal,
        VaultStore(database.engine),
        VaultIntake(database.engine),
        terms=RecordingTermsStore(database.engine, ZoneInfo(settings.service.time_zone)),
        folders=[node.recording_directory / SEGMENT_FOLDER for node in nodes],
        spool=spool_of(settings),
        zone=ZoneInfo(settings.service.time_zone),
    )


def _of_levels(settings: Settings, database: Database, journal: JournalReader) -> list[Job]:
    levels = LevelStore(database.engine)
    kept = AttendanceReliability(journal, ShiftStore(database.engine), parts.agent_rules(settings))
    sources = LevelSources(levels=levels, directory=database.directory, journal=journal, reliability=kept)
    return [ProposeLevels(sources, ZoneInfo(settings.service.time_zone)), BringLevelsIntoForce(levels)]


def _nodes(settings: Settings) -> list[NodeSettings]:
    """The nodes on this machine."""
    return [parts.node_settings(settings, name) for name, switch in settings.switch.items() if switch.is_started_here]


def _folders(settings: Settings, nodes: Sequence[NodeSettings]) -> dict[str, list[Path]]:
    """Files with a term of their own: of every node on this machine, and the messages of all."""
    return {
        "cel": [node.cel_file.parent for node in nodes],
        "logs": [node.directory / "log" for node in nodes],
        "voicemail": [messages_of(Places(settings).state)],
    }

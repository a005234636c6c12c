"""The web edge of the service: the API, the live boards and the front end. Loaded once calls are served, not before."""

import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

import web as web_room
from config.settings import Settings
from fernamt import parts
from fernamt.installation import Places
from fernamt.keeping import keeping_of
from fernamt.leads.places import leads_folder
from fernamt.leads.process import ProcessLeadFiles
from fernamt.moment import MachineClock, RandomIds
from fernamt.node.settings import bracketed
from fernamt.quality_assigning import AssignByHand
from fernamt.quality_jobs import quality_sources
from fernamt.shift_figures import ProcessShiftFigures
from fernamt.site import Site
from fernamt.standings import LiveStandings
from fernamt.statement_process import ProcessStatements
from fernamt.telling_process import ProcessTelling
from fernamt.vault_places import vault_sound
from fernamt.whatif.runs import ProcessWhatIfs, whatif_command
from store.addresses import AddressStore
from store.audit import AuditStore
from store.campaigns import CampaignStore
from store.consent_texts import ConsentTextStore
from store.consents import ConsentStore
from store.contests import ContestStore
from store.do_not_call import DoNotCallStore
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.lead_calls import LeadCalls
from store.lead_checks import LeadCheckStore
from store.lead_claims import LeadClaims
from store.lead_imports import LeadImportStore
from store.lead_lists import LeadListStore
from store.levels import LevelStore
from store.messages import MessageStore
from store.orders import OrderStore
from store.phone_use import PhoneUseStore
from store.recording_access import AccessStore
from store.right_documents import RightDocuments
from store.rights import RightsStore
from store.sampling_reading import JournaledReports
from store.sessions import SessionStore
from store.suggestions import SuggestionStore
from store.surveys import SurveyStore
from store.vault_intake import VaultIntake
from store.webhooks import WebhookStore
from telephony.errors import FernamtError
from web.app import make_app
from web.deps import Deps
from web.first_words import closing_mute
from web.live import live_board
from web.minutes_process import ProcessMinutes
from web.pages import front_end
from web.passwords import Passwords, new_secret
from web.throttle import LoginGate

FRONT_END = Path(web_room.__file__).parent / "frontend" / "dist"


class PortTaken(FernamtError):
    """The port of the API is not free."""

    code = "port_taken"


def make_screens(site: Site, config_options: Sequence[str] = ()) -> web.Application:
    """The application, not yet listening. `config_options` lead processes beside the service to the same settings."""
    what_ifs = ProcessWhatIfs(whatif_command(config_options))
    settings, database, keys = site.settings, site.database, site.keys
    web_settings = parts.web_settings(settings)
    quality = quality_sources(database, keys)
    deps = Deps(
        settings=web_settings,
        clock=MachineClock(),
        ids=RandomIds(),
        new_secret=new_secret,
        passwords=Passwords(),
        login_gate=LoginGate(tries_free=web_settings.login_tries_free, longest_s=web_settings.login_backoff_longest_s),
        intents=site.engine,
        notes=site.engine,
        addresses=AddressStore(database.engine, keys),
        floor=site.feed,
        standings=LiveStandings(site.engine),
        users=database.users,
        sessions=SessionStore(database.engine),
        tokens=database.tokens,
        directory=site.book,
        journal=site.journal,
        minutes=ProcessMinutes(database=Places(settings).database_url, zone=settings.service.time_zone),
        what_ifs=what_ifs,
        parties=database.parties(keys),
        telling=ProcessTelling(config_options),
        callers=site.callers,
        quality_forms=quality.forms,
        quality_reviews=quality.reviews,
        quality_assigning=AssignByHand(quality),
        phone_use=PhoneUseStore(database.engine),
        **_of_recordings(settings, database.engine),
        consents=ConsentStore(database.engine, keys),
        campaigns=CampaignStore(database.engine),
        orders=OrderStore(database.engine, keys),
        surveys=SurveyStore(database.engine, keys),
        suggestions=SuggestionStore(database.engine, keys),
        do_not_call=DoNotCallStore(database.engine, keys),
        **_of_leads(site, config_options),
        shown_rights=RightsStore(database.engine),
        right_documents=RightDocuments(database.engine, keys),
        shifts=site.shifts,
        shift_figures=ProcessShiftFigures(config_options),
        levels=LevelStore(database.engine),
        contests=ContestStore(database.engine, keys),
        statements=ProcessStatements(config_options),
        messages=MessageStore(database.engine),
        webhooks=WebhookStore(database.engine, keys),
        readiness=_Readiness(site),
        audit=AuditStore(database.engine),
        registry=site.registry,
        observe=site.metrics.request_answered,
        look_again=site.feed.look_again,
    )

    app = make_app(deps, extensions=[lambda app: live_board(app, site.feed), lambda app: front_end(app, FRONT_END)])
    app.on_cleanup.append(lambda _app: what_ifs.close())
    return app


def _of_leads(site: Site, config_options: Sequence[str]) -> dict[str, Any]:
    engine, keys = site.database.engine, site.keys
    return {
        "lead_lists": LeadListStore(engine),
        "lead_imports": LeadImportStore(engine),
        "lead_decisions": LeadClaims(engine, keys),
        "lead_claims": LeadClaims(engine, keys),
        "lead_calls": LeadCalls(engine),
        "lead_checks": LeadCheckStore(engine, keys),
        "lead_files": ProcessLeadFiles(leads_folder(Places(site.settings).state), keys, config_options),
    }


def _of_recordings(settings: Settings, engine: AsyncEngine) -> dict[str, Any]:
    return {
        "consent_texts": ConsentTextStore(engine),
        "sealed_segments": VaultIntake(engine),
        "keeping": keeping_of(engine, parts.web_settings(settings).zone),
        "sampling": JournaledReports(JournalReader(engine, JournalCodec())),
        "recording_access": AccessStore(engine),
        "recording_sound": vault_sound(settings, engine),
    }


async def listen(app: web.Application, settings: Settings, stack: AsyncExitStack) -> None:
    """The application is reachable until the stack unwinds. Raises `PortTaken`."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await stack.enter_async_context(closing_mute(runner))
    service = settings.service
    context: ssl.SSLContext | None = None
    if service.certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(service.certificate, service.private_key)
    try:
        await web.TCPSite(runner, service.listen, service.port, ssl_context=context).start()
    except OSError as error:
        raise PortTaken(
            f"{bracketed(service.listen)}:{service.port} cannot be listened on ({error.strerror}): set [service] port"
        ) from error


@dataclass(frozen=True, slots=True)
class _Readiness:
    site: Site

    def checks(self) -> dict[str, bool]:
        """Whether calls can be served."""
        return {
            "switches": self.site.engine.is_reconciled,
            "journal": self.site.journal.health.is_healthy,
            "directory": bool(self.site.book.current.revision),
        }

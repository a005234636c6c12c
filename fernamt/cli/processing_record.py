"""`fernamt processing-record`."""

from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from config.settings import Settings
from fernamt import parts
from fernamt.cli.work import run, settings
from fernamt.installation import Database, Places, opened
from fernamt.processing_record import Facts, record_of
from fernamt.processing_words import Tongue
from recording.retention import RecordingTerms
from store.recording_terms import RecordingTermsStore
from store.retention_classes import terms_of
from store.webhooks import WebhookStore

Language = Annotated[Tongue, typer.Option("--language", help="de or en.")]


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.command()(tell)


def tell(language: Language = Tongue.DE) -> None:
    """Print the record of processing activities (Art. 30 GDPR) as Markdown, from the settings and the centre as they are."""
    for line in record_of(run(_facts()), language):
        print(line)


async def _facts() -> Facts:
    chosen = settings()
    async with opened(chosen) as database:
        directory = await database.directory.load()
        own = await RecordingTermsStore(database.engine, ZoneInfo(chosen.service.time_zone)).all()
        recipients = {**_recipients(chosen), "webhooks": await _webhooks(chosen, database)}
    return Facts(
        clients=sorted(client.name for client in directory.clients.values()),
        terms_days=terms_of(parts.retention_days(chosen)),
        recording_terms={each: own.get(each, RecordingTerms()) for each in sorted(directory.projects)},
        switches=[f"{name}: {each.kind}, {each.bind_address}" for name, each in chosen.switch.items()],
        recipients=recipients,
    )


async def _webhooks(chosen: Settings, database: Database) -> list[str]:
    found = await WebhookStore(database.engine, Places(chosen).party_keys()).subscriptions()
    return sorted({urlsplit(each.url).hostname or each.url for each in found})


def _recipients(chosen: Settings) -> dict[str, list[str]]:
    trunks = [trunk for switch in chosen.switch.values() for trunk in switch.trunk.values()]
    objects = chosen.vault.s3_endpoint or (f"S3 {chosen.vault.s3_region}" if chosen.vault.s3_bucket else None)
    return {
        "carriers": sorted({str(trunk.host) for trunk in trunks}),
        "mail": [] if chosen.mail.host is None else [str(chosen.mail.host)],
        "objects": [] if objects is None else [objects],
        "stamps": [] if chosen.vault.tsa_url is None else [chosen.vault.tsa_url],
    }

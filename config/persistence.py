"""Settings of what is kept: the database, the journal's way to disk, and how long each class of data stays."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from config.section import Days, Milliseconds, Section


class DatabaseSettings(Section):
    """Where the journal and everything else is kept."""

    url: SecretStr | None = None
    """SQLAlchemy URL, postgresql+asyncpg://… or sqlite+aiosqlite:///…; unset: SQLite in the state folder."""
    pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    """Connections kept open (PostgreSQL)."""
    busy_timeout_ms: Milliseconds = 5_000
    """Milliseconds to wait for a lock before the write counts as failed and is tried again."""


class JournalSettings(Section):
    """How events get to disk. A live call never waits for it."""

    batch_events: Annotated[int, Field(ge=1, le=100_000)] = 400
    """Most events in one commit."""
    patience_ms: Annotated[int, Field(ge=10, le=60_000)] = 300
    """Milliseconds a commit may take before its events go to the spool file."""
    retry_ms: Annotated[int, Field(ge=50, le=60_000)] = 500
    """Milliseconds between two tries to reach a database that is away."""
    spool_dir: Path | None = None
    """Folder of the spool file, best on another disk than the database; unset: `spool` in the state folder."""


class RetentionSettings(Section):
    """Days each class of data is kept; `fernamt worker` removes what is older."""

    journal_days: Days = 3_650
    """Events of calls and agents, by party id only: what minutes and bills are derived from (§147 AO)."""
    minutes_days: Days = 3_650
    """Minute lines and records of calls."""
    parties_days: Days = 180
    """Numbers and names of callers (ANI): their keys are destroyed then, sums stay the same."""
    decisions_days: Days = 365
    """Routing decisions with their candidates."""
    agent_traces_days: Days = 365
    """Agents' log-ins, pauses and other changes of state outside of calls."""
    refusals_days: Days = 30
    """That somebody did not want to be recorded."""
    line_quality_days: Days = 90
    """When agents' phones came and went, and their round trips."""
    voicemail_days: Days = 90
    """Messages of the answering machine."""
    webhook_deliveries_days: Days = 30
    """What was sent to other systems, and their answers."""
    sessions_days: Days = 1
    """Log-ins that are over."""
    tokens_days: Days = 30
    """API tokens that are over."""
    attempts_days: Days = 90
    """Attempts to call somebody outside, and what days of calls cost; consents to advertising so long after their own term."""
    shown_rights_days: Days = 3_650
    """Rights to show a number, with their documents, after their end."""
    leads_days: Days = 30
    """Lead lists after the end of their own term: their people are erased then."""
    campaigns_days: Days = 365
    """Calls of leads, as the campaigns' figures count them; they go with their list at the latest."""
    orders_days: Days = 2_922
    """Orders, from their booking on: records of the client's books (§147 AO, §257 HGB)."""
    recording_receipts_days: Days = 1_095
    """Receipts of recordings that were shredded. How long recordings are kept is a project's own: `fernamt recordings terms`."""
    refused_recordings_days: Days = 30
    """That something was recorded that may not be kept, and why; nothing of its sound."""
    surveys_days: Days = 365
    """Answers to surveys."""
    suggestions_days: Days = 1_095
    """What agents suggested, and what was answered."""
    levels_days: Days = 1_095
    """Reviews, proposed levels and who decided them, and what agents contested."""
    quality_reviews_days: Days = 1_095
    """Marks, remarks and answers of quality reviews; their recordings have much shorter terms."""
    shifts_days: Days = 1_095
    """The plan of shifts, who was booked, and what they were told of it."""
    audit_days: Days = 1_095
    """Who looked at or destroyed personal data, and why."""
    cel_days: Days = 30
    """The switch's own files of call events."""
    logs_days: Days = 30
    """Log files of a node."""
    sweep_every_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    """Seconds between two sweeps."""

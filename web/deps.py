"""What the application is given at its making: everything it touches comes from here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry

from telephony.engine.ports import Clock, Ids
from web import ports, quality_ports
from web.aftercall_ports import Campaigns, Orders, Suggestions, Surveys
from web.keeping_ports import Keeping
from web.lead_ports import LeadCalls, LeadChecks, LeadClaims, LeadDecisions, LeadFiles, LeadImports, LeadLists
from web.level_ports import Contests, Levels, Statements
from web.outbound_ports import Consents, DoNotCallLists, PhoneUses, RightDocuments, ShownRights
from web.passwords import Passwords
from web.recording_ports import ConsentTexts, RecordingAccess, RecordingSound, SealedSegments
from web.sampling_ports import SamplingReports
from web.settings import WebSettings
from web.shift_ports import ShiftFigures, Shifts
from web.throttle import LoginGate


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The web edge's surroundings."""

    settings: WebSettings
    clock: Clock
    ids: Ids
    new_secret: Callable[[], str]
    """256 bits of fresh randomness, URL-safe."""
    passwords: Passwords
    login_gate: LoginGate
    intents: ports.Intents
    notes: ports.Notes
    addresses: ports.Addresses
    floor: ports.Floor
    standings: ports.Standings
    users: ports.Users
    sessions: ports.Sessions
    tokens: ports.Tokens
    directory: ports.DirectoryBook
    journal: ports.JournalReader
    minutes: ports.MinutesExport
    what_ifs: ports.WhatIfs
    parties: ports.Parties
    telling: ports.Telling
    callers: ports.KnownCallers
    shifts: Shifts
    shift_figures: ShiftFigures
    levels: Levels
    contests: Contests
    statements: Statements
    do_not_call: DoNotCallLists
    lead_lists: LeadLists
    lead_imports: LeadImports
    lead_decisions: LeadDecisions
    lead_claims: LeadClaims
    lead_calls: LeadCalls
    lead_checks: LeadChecks
    lead_files: LeadFiles
    campaigns: Campaigns
    orders: Orders
    surveys: Surveys
    suggestions: Suggestions
    consents: Consents
    consent_texts: ConsentTexts
    sealed_segments: SealedSegments
    quality_forms: quality_ports.Forms
    quality_reviews: quality_ports.Reviews
    quality_assigning: quality_ports.Assigning
    keeping: Keeping
    recording_access: RecordingAccess
    recording_sound: RecordingSound
    sampling: SamplingReports
    phone_use: PhoneUses
    shown_rights: ShownRights
    right_documents: RightDocuments
    messages: ports.Messages
    webhooks: ports.Webhooks
    readiness: ports.Readiness
    audit: ports.Audit
    registry: CollectorRegistry
    observe: Callable[[str, str, int, float], None] | None = None
    """Told of every answered request: method, route, status, seconds."""
    look_again: Callable[[], None] | None = None
    """Makes every open live screen look again at what its person may see."""
    uploads_under_way: Counter[str] = field(default_factory=Counter)
    """Files of leads that are just coming in, by list."""


DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)

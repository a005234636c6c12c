"""Every class of data with its term: what it is, why it is kept so long, and what goes when the term is over."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column

from recording.retention import REFUSED_DAYS
from store.journal_codec import kind_of
from store.tables.accounts import API_TOKENS, AUDIT, SESSIONS
from store.tables.aftercall import ORDERS, SUGGESTIONS, SURVEY_RESPONSES
from store.tables.deliveries import OUTBOX, VOICE_MESSAGES
from store.tables.journal import ERASURES, PARTIES
from store.tables.leads import LEAD_ATTEMPTS, LEAD_HOURS
from store.tables.levels import CONTESTS, LEVEL_PROPOSALS, LEVEL_RUNS, REVIEWS
from store.tables.minutes import CDRS, MINUTE_LINES
from store.tables.outbound import ADVERTISING_CONSENTS, CONSENT_DOCUMENTS, DIAL_ATTEMPTS, DIAL_DAYS, SHOWN_RIGHTS
from store.tables.quality import QUALITY_REVIEWS
from store.tables.shifts import SHIFT_NOTICES, SHIFT_SLOTS
from store.tables.vault import VAULT_SEGMENTS
from telephony.agent.judged import PresenceJudged, ShiftJudged
from telephony.agent.noted import AgentNoted, ShareNoted
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.decisions import DecisionTaken
from telephony.errors import FernamtError
from telephony.events import (
    AgentTimerFired,
    AvailableRequested,
    EndpointChanged,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    WrapUpExtended,
)
from telephony.order_segments import RecordingDeclined


class UnknownRetentionClass(FernamtError):
    """A term was given for a class of data that does not exist."""

    code = "unknown_retention_class"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowClass:
    """Rows that go when their instant is older than the term."""

    name: str
    default_days: int
    instants: tuple[Column[int], ...]
    """The columns that tell the age, one a table."""
    by_hours: bool = False
    """What happened in one hour goes together, as soon as the first of it has to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventClass:
    """Events that go from the journal; `kinds` None: all of them. None of the kinds has a part in a minute."""

    name: str
    default_days: int
    kinds: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileClass:
    """Files that go from a folder."""

    name: str
    default_days: int


EVENT_CLASSES = (
    EventClass(name="journal", default_days=3_650, kinds=None),
    EventClass(name="decisions", default_days=365, kinds=(kind_of(DecisionTaken),)),
    EventClass(
        name="agent_traces",
        default_days=365,
        kinds=tuple(
            kind_of(each)
            for each in (
                AgentNoted,
                AgentTimerFired,
                AvailableRequested,
                LogInRequested,
                LogOutRequested,
                PauseConfirmed,
                PauseRequested,
                ShareNoted,
                ShiftJudged,
                ShiftTold,
                WrapUpExtended,
            )
        ),
    ),
    EventClass(name="refusals", default_days=REFUSED_DAYS, kinds=(kind_of(RecordingDeclined),)),
    EventClass(name="line_quality", default_days=90, kinds=(kind_of(EndpointChanged), kind_of(PresenceJudged))),
)
"""A decision's candidates, agents' changes of state, who did not want to be recorded, and the quality of lines go earlier than
what bills rest on."""

VOICEMAIL = RowClass(name="voicemail", default_days=90, instants=(VOICE_MESSAGES.c.received_at,))
"""Its sound files go first, then the rows: a crash between the two leaves nothing unlisted."""

ROW_CLASSES = (
    RowClass(name="parties", default_days=180, instants=(PARTIES.c.seen_at,)),
    RowClass(name="minutes", default_days=3_650, instants=(MINUTE_LINES.c.started_at, CDRS.c.started_at)),
    VOICEMAIL,
    RowClass(
        name="attempts",
        default_days=90,
        instants=(
            DIAL_ATTEMPTS.c.permitted_at,
            DIAL_DAYS.c.day_at,
            ADVERTISING_CONSENTS.c.kept_until,
            CONSENT_DOCUMENTS.c.kept_until,
        ),
    ),
    # As long as the journal, which names the right of each call. With a right go its documents; one without an end stays.
    RowClass(name="shown_rights", default_days=3_650, instants=(SHOWN_RIGHTS.c.valid_until,)),
    # A list of leads has its own term; so long after it, its people go (`LeadListStore.tidy`), page by page.
    RowClass(name="leads", default_days=30, instants=()),
    # Figures of campaigns; those of a list go with the list at the latest.
    RowClass(name="campaigns", default_days=365, instants=(LEAD_HOURS.c.hour_at, LEAD_ATTEMPTS.c.at), by_hours=True),
    RowClass(name="webhook_deliveries", default_days=30, instants=(OUTBOX.c.created_at,)),
    RowClass(name="sessions", default_days=1, instants=(SESSIONS.c.expires_at,)),
    RowClass(name="tokens", default_days=30, instants=(API_TOKENS.c.expires_at,)),
    RowClass(
        name="levels",
        default_days=1_095,
        instants=(REVIEWS.c.reviewed_at, LEVEL_RUNS.c.asked_at, LEVEL_PROPOSALS.c.proposed_at, CONTESTS.c.raised_at),
    ),
    # With a review go its versions and answers. Its recording went long before.
    RowClass(name="quality_reviews", default_days=1_095, instants=(QUALITY_REVIEWS.c.assigned_at,)),
    # An order is a record of the client's books: eight years (§147(3) AO, §257(4) HGB). Its steps go with it.
    RowClass(name="orders", default_days=2_922, instants=(ORDERS.c.booked_at,)),
    # What is left of a recording once it was shredded: as long as its consent has to be proven.
    RowClass(name="recording_receipts", default_days=1_095, instants=(VAULT_SEGMENTS.c.shredded_at,)),
    # That something was recorded that may not be kept: the bare fact.
    RowClass(name="refused_recordings", default_days=REFUSED_DAYS, instants=(VAULT_SEGMENTS.c.refused_at,)),
    RowClass(name="surveys", default_days=365, instants=(SURVEY_RESPONSES.c.begun_at,)),
    RowClass(name="suggestions", default_days=1_095, instants=(SUGGESTIONS.c.made_at,)),
    # With a slot go its bookings, their swaps and their excuses.
    RowClass(name="shifts", default_days=1_095, instants=(SHIFT_NOTICES.c.at, SHIFT_SLOTS.c.to_at)),
    RowClass(name="audit", default_days=1_095, instants=(AUDIT.c.at, ERASURES.c.erased_at)),
)

FILE_CLASSES = (FileClass(name="cel", default_days=30), FileClass(name="logs", default_days=30))

DEFAULT_DAYS: Mapping[str, int] = {each.name: each.default_days for each in (*EVENT_CLASSES, *ROW_CLASSES, *FILE_CLASSES)}


def terms_of(given: Mapping[str, int]) -> Mapping[str, int]:
    """Days for every class, the defaults where nothing is given. Raises `UnknownRetentionClass`, or for a term under one day."""
    for name, days in given.items():
        if name not in DEFAULT_DAYS:
            known = ", ".join(sorted(DEFAULT_DAYS))
            raise UnknownRetentionClass(f"there is no class of data {name!r}; there are {known}", given=name)
        if days < 1:
            raise UnknownRetentionClass(f"the term of {name} is {days} days: the shortest is 1", given=name)
    return {**DEFAULT_DAYS, **given}

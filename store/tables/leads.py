"""Tables of lead lists: whose they are, the imports that filled them, the leads and how their numbers are found.

A lead is seen only once its import is done: one row says so, and an import that ends halfway leaves nothing. Who the person is
stands in `sealed`, under a key of its own in `wrapped_key`; their numbers are found by the keyed hash of the person store.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from store.tables.metadata import METADATA

_BIG = BigInteger().with_variant(Integer(), "sqlite")

LEAD_LISTS = Table(
    "lead_lists",
    METADATA,
    Column("list_id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.project_id"), nullable=False),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_lead_lists_client_id", "client_id"),
    Index("ix_lead_lists_project_id", "project_id"),
    Index("ix_lead_lists_expires_at", "expires_at"),
)

LEAD_IMPORTS = Table(
    "lead_imports",
    METADATA,
    Column("import_no", _BIG, primary_key=True, autoincrement=True),
    Column("list_id", Text, ForeignKey("lead_lists.list_id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("stored_as", Text, nullable=False),
    Column("instructions", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("ended_at", BigInteger),
    Column("is_cancelled", Boolean, nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("read_permille", Integer, nullable=False),
    Column("leads", BigInteger, nullable=False),
    Column("report", Text, nullable=False),
    Column("forgotten", Text, nullable=False),
    Index("ix_lead_imports_list_id", "list_id", "state"),
    Index("ix_lead_imports_state", "state"),
    Index("ix_lead_imports_asked_at", "asked_at"),
    sqlite_autoincrement=True,
)
"""A number is never given twice: the ids of leads are made of it. `instructions` say how to read the file, `report` what was
found in it, `forgotten` are hashes of people who were erased before it was done."""

LEADS = Table(
    "leads",
    METADATA,
    Column("lead_id", _BIG, primary_key=True, autoincrement=False),
    Column("import_no", _BIG, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_at", BigInteger),
    Column("last_outcome", Text),
    Column("wrap_up_code", Text),
    Column("promised_agent", Text),
    Column("language", Text),
    Column("zone", Text),
    Column("region", Text),
    Column("callee", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("hashes", LargeBinary),
    Column("proof", Text),
    Column("wrapped_key", LargeBinary),
    Column("sealed", LargeBinary),
    Column("claimed_from", Text),
    Column("claimed_due_at", BigInteger),
    Column("claim_id", Text),
    Column("claimed_by", Text),
    Column("claimed_at", BigInteger),
    Column("promise_at", BigInteger),
    Column("promise_is_own", Boolean),
    Index("ix_leads_next", "import_no", "state", "next_at", "lead_id"),
)
"""`numbers` is what is known of each number without the number itself; `hashes` are theirs, 32 bytes each.

Of a claimed lead `next_at` is the end of the lease, `claimed_from` and `claimed_due_at` what it had, `promise_at` when its agent
promised to call back, by themselves or by anybody.
"""

LEAD_NUMBERS = Table(
    "lead_numbers",
    METADATA,
    Column("lookup_hash", LargeBinary, primary_key=True),
    Column("lead_id", _BIG, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

LEAD_ATTEMPTS = Table(
    "lead_attempts",
    METADATA,
    Column("leg_id", Text, primary_key=True),
    Column("list_id", Text, nullable=False),
    Column("lead_id", _BIG, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("wrap_up_code", Text),
    Column("preview_ms", BigInteger, nullable=False),
    Column("ring_ms", BigInteger, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Column("wrap_up_ms", BigInteger, nullable=False),
    Index("ix_lead_attempts_list_id", "list_id", "at"),
    Index("ix_lead_attempts_at", "at"),
    Index("ix_lead_attempts_lead", "list_id", "lead_id", "at", "agent_id", "outcome", "wrap_up_code"),
    Index("ix_lead_attempts_agent", "list_id", "agent_id", "lead_id", "at", "outcome", "wrap_up_code"),
)
"""A call of a lead that is settled: what a campaign's figures are counted from. Nothing here tells who the lead is.

The two long indexes hold all that says which leads were reached, lead by lead: counting each once reads nothing else, and sorts
nothing.
"""

LEAD_HOURS = Table(
    "lead_hours",
    METADATA,
    Column("list_id", Text, primary_key=True),
    Column("hour_at", _BIG, primary_key=True, autoincrement=False),
    Column("agent_id", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("wrap_up_code", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("work_ms", BigInteger, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Index("ix_lead_hours_hour_at", "hour_at"),
    sqlite_with_rowid=False,
)
"""The same calls added up by the hour (UTC) they were dialled in, and by what came of them; without a code, it is empty."""

_CLAIMED = text("claim_id IS NOT NULL")
Index("ix_leads_claim_id", LEADS.c.claim_id, sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)
_HELD = text("state = 'claimed' AND claimed_by <> ''")
Index("ix_leads_claimed_by", LEADS.c.claimed_by, unique=True, sqlite_where=_HELD, postgresql_where=_HELD)
"""Nobody has two leads."""
_TRIED = text("tries > 0")
Index("ix_leads_tried", LEADS.c.import_no, sqlite_where=_TRIED, postgresql_where=_TRIED)

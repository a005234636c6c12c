"""Tables of known callers: by the keyed hash of their number alone, as in the person store; erased with the person."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from store.tables.metadata import METADATA

CALLER_LIST_ENTRIES = Table(
    "caller_list_entries",
    METADATA,
    Column("list_name", Text, primary_key=True),
    Column("lookup_hash", LargeBinary, primary_key=True),
    Index("ix_caller_list_entries_lookup_hash", "lookup_hash"),
)

BLOCKED_CALLERS = Table(
    "blocked_callers",
    METADATA,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    Column("lookup_hash", LargeBinary, primary_key=True),
    Index("ix_blocked_callers_lookup_hash", "lookup_hash"),
)

LAST_AGENTS = Table(
    "last_agents",
    METADATA,
    Column("lookup_hash", LargeBinary, primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("talked_at", BigInteger, nullable=False),
    Index("ix_last_agents_talked_at", "talked_at"),
)

"""Tables of what is derived of the journal: records of calls and minute lines. All of it can be rebuilt."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text, false

from store.tables.metadata import METADATA

CDRS = Table(
    "cdrs",
    METADATA,
    Column("call_id", Text, primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("client_id", Text),
    Column("project_id", Text),
    Column("end_reason", Text, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Column("record", Text, nullable=False),
    Index("ix_cdrs_started_at", "started_at", "call_id"),
)
"""`record` is the whole `CallRecord` as JSON."""

MINUTE_LINES = Table(
    "minute_lines",
    METADATA,
    Column("call_id", Text, primary_key=True),
    Column("line_number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", BigInteger, nullable=False),
    Column("client_id", Text),
    Column("project_id", Text),
    Column("agent_id", Text),
    Column("direction", Text, nullable=False),
    Column("number_class", Text, nullable=False),
    Column("country", Text),
    Column("attempts", Integer, nullable=False),
    Column("ring_ms", BigInteger, nullable=False),
    Column("wait_ms", BigInteger, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Column("hold_ms", BigInteger, nullable=False),
    Column("unknown_hold_ms", BigInteger, nullable=False),
    Column("consult_ms", BigInteger, nullable=False),
    Column("announcement_ms", BigInteger, nullable=False),
    Column("machine_ms", BigInteger, nullable=False),
    Column("paid_ms", BigInteger, nullable=False),
    Column("billed_ms", BigInteger, nullable=False),
    Column("talked_from_at", BigInteger),
    Column("ended_at", BigInteger, nullable=False),
    Column("end_reason", Text, nullable=False),
    Column("release_reason", Text),
    Column("is_estimated", Boolean, nullable=False),
    Column("is_hold_unknown", Boolean, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("rule_version", Text, nullable=False),
    Column("conference_ms", BigInteger, nullable=False, server_default="0"),
    Column("is_callback", Boolean, nullable=False, server_default=false()),
    Index("ix_minute_lines_started_at", "started_at", "call_id", "line_number"),
    Index("ix_minute_lines_client_id", "client_id", "started_at", "call_id", "line_number"),
)
"""One column for each field of metering's `MinuteLine`; a test compares them."""

DERIVATION = Table(
    "derivation",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)

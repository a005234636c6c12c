"""Tables of recording: texts by which people are asked, how long what is recorded is kept; who wanted, may and did hear it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from store.tables.metadata import METADATA

CONSENT_TEXTS = Table(
    "consent_texts",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("prompt", Text),
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", Text, nullable=False),
)
"""Never changed and never deleted: recordings point to the version that was read."""

RECORDING_TERMS = Table(
    "recording_terms",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("unrated_days", Integer, nullable=False),
    Column("rated_days", Integer, nullable=False),
    Column("dispute_months", Integer, nullable=False),
    Column("order_years", Integer, nullable=False),
)
"""A project without a row has the defaults of recording/retention.py."""

ACCESS_REQUESTS = Table(
    "recording_requests",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("segment_id", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_by_agent", Text),
    Column("asked_at", BigInteger, nullable=False),
    Column("is_approved", Boolean),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("decided_reason", Text, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", BigInteger),
    Index("ix_recording_requests_segment_id", "segment_id"),
    Index("ix_recording_requests_asked_at", "asked_at"),
)

LISTENING_GRANTS = Table(
    "recording_grants",
    METADATA,
    Column("grant_id", Text, primary_key=True),
    Column("segment_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_recording_grants_user_id", "user_id", "until_at"),
    Index("ix_recording_grants_segment_id", "segment_id"),
)

SITTINGS = Table(
    "recording_sittings",
    METADATA,
    Column("sitting_id", Text, primary_key=True),
    Column("grant_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Index("ix_recording_sittings_until_at", "until_at"),
)
"""`session_id` is the stored hash of a log-in's secret, as in `sessions`."""

ACCESSES = Table(
    "recording_accesses",
    METADATA,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("segment_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("grant_id", Text, nullable=False),
    Column("sitting_id", Text),
    Column("what", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("to_ms", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_recording_accesses_segment_id", "segment_id", "number"),
    Index("ix_recording_accesses_at", "at"),
)
"""Who was served which stretch. Written before it is served; kept as long as the recording, and two years at least."""

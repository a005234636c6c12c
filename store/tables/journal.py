"""Tables of the journal and of the person store beside it."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, SmallInteger, Table, Text, text

from store.tables.metadata import METADATA

JOURNAL = Table(
    "journal",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("call_id", Text),
    Column("agent_id", Text),
    Column("switch", Text),
    Column("payload", Text, nullable=False),
)
_OF_CALL, _OF_AGENT = text("call_id IS NOT NULL"), text("agent_id IS NOT NULL")
Index("ix_journal_call", JOURNAL.c.call_id, JOURNAL.c.seq, sqlite_where=_OF_CALL, postgresql_where=_OF_CALL)
Index("ix_journal_agent", JOURNAL.c.agent_id, JOURNAL.c.seq, sqlite_where=_OF_AGENT, postgresql_where=_OF_AGENT)

OPEN_STREAMS = Table(
    "open_streams",
    METADATA,
    Column("family", Text, primary_key=True),
    Column("stream_id", Text, primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("bond", Text, nullable=False),
    Column("is_leaving", SmallInteger, nullable=False),
)
"""Calls that have not ended and agents on duty, kept in the journal's own transaction: a start reads these streams only."""

AGENT_PASSES = Table(
    "agent_passes",
    METADATA,
    Column("agent_id", Text, primary_key=True),
    Column("pass_after", Double, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("share", Text, nullable=True),
)
"""Per agent the place in the fair share, as JSON, with the number of the event it is after; null: of before that was written."""

PARTIES = Table(
    "parties",
    METADATA,
    Column("party_id", Text, primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("lookup_hash", LargeBinary),
    Column("wrapped_key", LargeBinary),
    Column("number_cipher", LargeBinary),
    Column("name_cipher", LargeBinary),
    Column("erased_at", BigInteger),
    Index("ix_parties_lookup_hash", "lookup_hash"),
    Index("ix_parties_seen_at", "seen_at"),
)

ERASURES = Table(
    "erasures",
    METADATA,
    Column("receipt_id", Text, primary_key=True),
    Column("erased_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("party_count", BigInteger, nullable=False),
)
"""Proof that an erasure was carried out, without the person."""

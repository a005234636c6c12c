"""Tables of people who may enter, of the proofs they enter with, and of what they did to personal data and to the centre."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from store.tables.metadata import METADATA

USERS = Table(
    "users",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("agent_id", Text),
    Column("client_id", Text),
    Column("team", Text),
    Column("password_hash", Text),
    Column("one_time_hash", Text),
    Column("one_time_expires_at", BigInteger),
    Column("must_set_password", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
)

LEADS = USERS.c.role == "team_leader"
"""Who leads the team named in their row."""

DECIDES = USERS.c.role.in_(("supervisor", "admin"))
"""Who decides about people."""

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("session_id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("must_set_password", Boolean, nullable=False),
    Index("ix_sessions_user_id", "user_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("token_id", Text, primary_key=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Index("ix_api_tokens_user_id", "user_id"),
    Index("ix_api_tokens_expires_at", "expires_at"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("ix_audit_at", "at"),
)

"""Tables of quality reviews: forms and rules by version, reviews with what was handed in, and what both sides said.

Marks and scores stand in clear, for reports; words are sealed, each under a key of its own.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from store.tables.metadata import METADATA

QUALITY_FORMS = Table(
    "quality_forms",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("form", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", Text, nullable=False),
)

QUALITY_RULES = Table(
    "quality_rules",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("rules", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", Text, nullable=False),
)

_ONE_OF_A_CALL = text("calibration_id IS NULL AND state <> 'dropped'")

QUALITY_REVIEWS = Table(
    "quality_reviews",
    METADATA,
    Column("review_id", Text, primary_key=True),
    Column("segment_id", Text, nullable=False),
    Column("project_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("agent_id", Text, ForeignKey("agents.agent_id"), nullable=False),
    Column("call_agents", Text, nullable=False),
    Column("kept_as", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("reviewer", Text, ForeignKey("users.user_id"), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("calibration_id", Text),
    Column("assigned_at", BigInteger, nullable=False),
    Column("assigned_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("handed_in_at", BigInteger),
    Column("hundredths", Integer),
    Column("answer_until", BigInteger),
    Column("closed_at", BigInteger),
    Column("kept_at", BigInteger),
    Column("draft_key", LargeBinary),
    Column("draft", LargeBinary),
    UniqueConstraint("calibration_id", "reviewer"),
    Index(
        "ix_quality_reviews_one_of_a_call",
        "segment_id",
        unique=True,
        sqlite_where=_ONE_OF_A_CALL,
        postgresql_where=_ONE_OF_A_CALL,
    ),
    Index("ix_quality_reviews_agent_id", "agent_id", "recorded_at"),
    Index("ix_quality_reviews_reviewer", "reviewer", "state"),
    Index("ix_quality_reviews_state", "state", "answer_until"),
    Index("ix_quality_reviews_assigned_at", "assigned_at"),
    Index("ix_quality_reviews_handed_in_at", "handed_in_at"),
)
"""A call is rated once, calibrations apart. `handed_in_at`: of its first version; `hundredths`: of its last. `kept_at`: when its
recording's term became that of a rated one."""

QUALITY_VERSIONS = Table(
    "quality_versions",
    METADATA,
    Column("review_id", Text, ForeignKey("quality_reviews.review_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("marks", Text, nullable=False),
    Column("score", Text, nullable=False),
    Column("is_knocked_out", Boolean, nullable=False),
    Column("handed_in_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("words", LargeBinary),
)
"""Only ever added to."""

QUALITY_ANSWERS = Table(
    "quality_answers",
    METADATA,
    Column("review_id", Text, ForeignKey("quality_reviews.review_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("side", Text, nullable=False),
    Column("said_at", BigInteger, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("to_version", Integer, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("words", LargeBinary),
)
"""Only ever added to."""

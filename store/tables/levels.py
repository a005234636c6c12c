"""Tables of levels: reviews, the versions of the rule, what was proposed and who decided it, and what agents contest."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table, Text

from store.tables.metadata import METADATA

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("review_id", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.agent_id"), nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("form_version", Text, nullable=False),
    Column("reviewed_at", BigInteger, nullable=False),
    Column("call_id", Text),
    Column("project_id", Text),
    Column("recording_id", Text),
    Column("origin", Text, nullable=False, server_default="entered"),
    CheckConstraint("score >= 0 AND score <= 100", name="score_in_range"),
    Index("ix_reviews_reviewed_at", "reviewed_at"),
    Index("ix_reviews_agent_id", "agent_id", "reviewed_at"),
)

LEVEL_RULES = Table(
    "level_rules",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
)
"""Only ever added to: what was proposed under a version can be worked out again."""

LEVEL_RUNS = Table(
    "level_runs",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("project_id", Text),
    Column("asked_at", BigInteger, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("done_at", BigInteger),
    Index("ix_level_runs_asked_at", "asked_at"),
)

LEVEL_PROPOSALS = Table(
    "level_proposals",
    METADATA,
    Column("proposal_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("agent_id", Text, ForeignKey("agents.agent_id"), nullable=False),
    Column("project_id", Text),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("directory_revision", BigInteger, nullable=False),
    Column("appraisal", Text, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", Text, ForeignKey("users.user_id")),
    Column("note", Text, nullable=False),
    Column("in_force_at", BigInteger),
    Column("applied_at", BigInteger),
    Column("applied_revision", BigInteger),
    CheckConstraint("state IN ('short', 'unchanged', 'open') OR decided_by IS NOT NULL", name="decided_by_a_person"),
    CheckConstraint(
        "applied_at IS NULL OR (decided_by IS NOT NULL AND in_force_at IS NOT NULL AND applied_at >= in_force_at)",
        name="in_force_at_its_date",
    ),
    Index("ix_level_proposals_agent_id", "agent_id", "from_at"),
    Index("ix_level_proposals_state", "state", "in_force_at"),
    Index("ix_level_proposals_proposed_at", "proposed_at"),
)

CONTESTS = Table(
    "contests",
    METADATA,
    Column("contest_id", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.agent_id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("responsible", Text, nullable=False),
    Column("responsible_name", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("answered_at", BigInteger),
    Column("answered_by", Text, ForeignKey("users.user_id")),
    Column("answer", Text),
    Column("answer_words", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed_words", LargeBinary),
    Index("ix_contests_raised_at", "raised_at"),
    Index("ix_contests_agent_id", "agent_id"),
)
"""What was said of either side is sealed; `words` and `answer_words` are empty, or clear where an older version wrote them."""

"""Reviews, the versions of the rule of levels, proposals with who decided them, and what agents contest."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything is empty: levels stay as they are until a person confirms another."""
    _reviews_and_rules()
    _proposals()
    op.create_table(
        "contests",
        sa.Column("contest_id", sa.Text(), primary_key=True),
        sa.Column("agent_id", sa.Text(), sa.ForeignKey("agents.agent_id"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("what", "subject", "words", "responsible", "responsible_name")),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("answered_by", sa.Text(), sa.ForeignKey("users.user_id")),
        sa.Column("answer", sa.Text()),
        sa.Column("answer_words", sa.Text(), nullable=False),
    )
    op.create_index("ix_contests_raised_at", "contests", ["raised_at"])
    op.create_index("ix_contests_agent_id", "contests", ["agent_id"])


def _reviews_and_rules() -> None:
    op.create_table(
        "reviews",
        sa.Column("review_id", sa.Text(), primary_key=True),
        sa.Column("agent_id", sa.Text(), sa.ForeignKey("agents.agent_id"), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("form_version", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("call_id", "project_id", "recording_id")),
        sa.CheckConstraint("score >= 0 AND score <= 100", name="score_in_range"),
    )
    op.create_index("ix_reviews_reviewed_at", "reviews", ["reviewed_at"])
    op.create_index("ix_reviews_agent_id", "reviews", ["agent_id", "reviewed_at"])
    op.create_table(
        "level_rules",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "level_runs",
        sa.Column("run_id", sa.Text(), primary_key=True),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.Text()),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
    )
    op.create_index("ix_level_runs_asked_at", "level_runs", ["asked_at"])


def _proposals() -> None:
    """A level that nobody decided can be neither confirmed nor in force, and none is in force before its date."""
    op.create_table(
        "level_proposals",
        sa.Column("proposal_id", sa.Text(), primary_key=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), sa.ForeignKey("agents.agent_id"), nullable=False),
        sa.Column("project_id", sa.Text()),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("directory_revision", sa.BigInteger(), nullable=False),
        sa.Column("appraisal", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.Text(), sa.ForeignKey("users.user_id")),
        sa.Column("note", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ("in_force_at", "applied_at", "applied_revision")),
        sa.CheckConstraint("state IN ('short', 'unchanged', 'open') OR decided_by IS NOT NULL", name="decided_by_a_person"),
        sa.CheckConstraint(
            "applied_at IS NULL OR (decided_by IS NOT NULL AND in_force_at IS NOT NULL AND applied_at >= in_force_at)",
            name="in_force_at_its_date",
        ),
    )
    op.create_index("ix_level_proposals_agent_id", "level_proposals", ["agent_id", "from_at"])
    op.create_index("ix_level_proposals_state", "level_proposals", ["state", "in_force_at"])
    op.create_index("ix_level_proposals_proposed_at", "level_proposals", ["proposed_at"])

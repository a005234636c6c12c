"""Quality reviews: forms, rules, reviews with their versions and answers; and where a review that levels rest on came from."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is rated until a project has a form and raters; reviews there are were entered by people or programs."""
    with op.batch_alter_table("reviews") as reviews:
        reviews.add_column(sa.Column("origin", sa.Text(), nullable=False, server_default="entered"))
    for name, what, by in (("quality_forms", "form", "published"), ("quality_rules", "rules", "set")):
        op.create_table(
            name,
            sa.Column("project_id", sa.Text(), primary_key=True),
            sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
            sa.Column(what, sa.Text(), nullable=False),
            sa.Column(f"{by}_at", sa.BigInteger(), nullable=False),
            sa.Column(f"{by}_by", sa.Text(), nullable=False),
        )
    _reviews()
    _of_reviews()


def _reviews() -> None:
    op.create_table(
        "quality_reviews",
        sa.Column("review_id", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("segment_id", "project_id", "client_id", "call_id")),
        sa.Column("agent_id", sa.Text(), sa.ForeignKey("agents.agent_id"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("call_agents", "kept_as")),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewer", sa.Text(), sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Text()),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("assigned_by", "state")),
        sa.Column("handed_in_at", sa.BigInteger()),
        sa.Column("hundredths", sa.Integer()),
        *(sa.Column(name, sa.BigInteger()) for name in ("answer_until", "closed_at", "kept_at")),
        *(sa.Column(name, sa.LargeBinary()) for name in ("draft_key", "draft")),
        sa.UniqueConstraint("calibration_id", "reviewer"),
    )
    one_of_a_call = sa.text("calibration_id IS NULL AND state <> 'dropped'")
    op.create_index(
        "ix_quality_reviews_one_of_a_call",
        "quality_reviews",
        ["segment_id"],
        unique=True,
        sqlite_where=one_of_a_call,
        postgresql_where=one_of_a_call,
    )
    op.create_index("ix_quality_reviews_agent_id", "quality_reviews", ["agent_id", "recorded_at"])
    op.create_index("ix_quality_reviews_reviewer", "quality_reviews", ["reviewer", "state"])
    op.create_index("ix_quality_reviews_state", "quality_reviews", ["state", "answer_until"])
    op.create_index("ix_quality_reviews_assigned_at", "quality_reviews", ["assigned_at"])
    op.create_index("ix_quality_reviews_handed_in_at", "quality_reviews", ["handed_in_at"])


def _of_reviews() -> None:
    op.create_table(
        "quality_versions",
        *_of_a_review(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("marks", "score")),
        sa.Column("is_knocked_out", sa.Boolean(), nullable=False),
        sa.Column("handed_in_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.LargeBinary()) for name in ("wrapped_key", "words")),
    )
    op.create_table(
        "quality_answers",
        *_of_a_review(),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.LargeBinary()) for name in ("wrapped_key", "words")),
    )


def _of_a_review() -> tuple[sa.Column[str], sa.Column[int]]:
    review = sa.ForeignKey("quality_reviews.review_id", ondelete="CASCADE")
    return (
        sa.Column("review_id", sa.Text(), review, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    )

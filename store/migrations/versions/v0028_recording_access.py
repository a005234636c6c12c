"""Who wanted to hear a recording, who may, and who did."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four tables; nobody may hear anything yet."""
    _requests()
    _grants()
    _accesses()


def _requests() -> None:
    op.create_table(
        "recording_requests",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("segment_id", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_by_agent", sa.Text),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("is_approved", sa.Boolean),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_reason", sa.Text, nullable=False),
        sa.Column("ended_by", sa.Text),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_index("ix_recording_requests_segment_id", "recording_requests", ["segment_id"])
    op.create_index("ix_recording_requests_asked_at", "recording_requests", ["asked_at"])


def _grants() -> None:
    op.create_table(
        "recording_grants",
        sa.Column("grant_id", sa.Text, primary_key=True),
        sa.Column("segment_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("from_at", sa.BigInteger, nullable=False),
        sa.Column("until_at", sa.BigInteger, nullable=False),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_index("ix_recording_grants_user_id", "recording_grants", ["user_id", "until_at"])
    op.create_index("ix_recording_grants_segment_id", "recording_grants", ["segment_id"])
    op.create_table(
        "recording_sittings",
        sa.Column("sitting_id", sa.Text, primary_key=True),
        sa.Column("grant_id", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("until_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
    )
    op.create_index("ix_recording_sittings_until_at", "recording_sittings", ["until_at"])


def _accesses() -> None:
    op.create_table(
        "recording_accesses",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("segment_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("grant_id", sa.Text, nullable=False),
        sa.Column("sitting_id", sa.Text),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("to_ms", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_recording_accesses_segment_id", "recording_accesses", ["segment_id", "number"])
    op.create_index("ix_recording_accesses_at", "recording_accesses", ["at"])

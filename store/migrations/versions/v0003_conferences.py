"""Minute lines tell the time in conferences."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines have room for it; they are derived anew, as after every change of the fold."""
    op.add_column("minute_lines", sa.Column("conference_ms", sa.BigInteger(), nullable=False, server_default="0"))

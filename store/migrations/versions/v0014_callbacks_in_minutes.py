"""Minute lines tell whether their call was promised to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was, before; lines are derived anew all the same, as after every change of the fold."""
    op.add_column("minute_lines", sa.Column("is_callback", sa.Boolean(), nullable=False, server_default=sa.false()))

"""What held before and after a change that is on record."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The record has room for both."""
    op.add_column("audit", sa.Column("before", sa.Text()))
    op.add_column("audit", sa.Column("after", sa.Text()))

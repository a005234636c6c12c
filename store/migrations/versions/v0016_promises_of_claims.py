"""Who has a lead can promise to call back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has promised anything yet."""
    op.add_column("leads", sa.Column("promise_at", sa.BigInteger()))
    op.add_column("leads", sa.Column("promise_is_own", sa.Boolean()))

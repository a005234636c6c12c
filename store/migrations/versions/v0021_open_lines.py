"""An agent may keep a line open between the calls they place."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody may yet."""
    op.add_column("agents", sa.Column("keeps_line", sa.Boolean(), nullable=False, server_default=sa.text("false")))

"""Whether what was sealed of a segment is as long as its files' headers say and as its recorder told."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was sealed before stands as it stood: nothing is known of what its recorder told."""
    op.add_column("vault_segments", sa.Column("is_whole", sa.Boolean()))
    op.execute("UPDATE vault_segments SET is_whole = true WHERE link_number IS NOT NULL")

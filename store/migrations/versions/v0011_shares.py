"""An agent's place in the fair share is kept whole, not the pass alone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is known of agents until now is their pass: they come back as if from a call, once."""
    op.add_column("agent_passes", sa.Column("share", sa.Text()))

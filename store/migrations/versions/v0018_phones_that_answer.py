"""An agent's own phone can be told to answer by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No phone is told so yet."""
    op.add_column("agents", sa.Column("phone_answers", sa.Boolean(), nullable=False, server_default=sa.text("false")))

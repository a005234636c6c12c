"""Teams have a name of their own; until now they were what agents and team leaders called theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every team that an agent is in or a user leads is there, named as it was called."""
    op.create_table(
        "teams",
        sa.Column("team_id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.execute(
        "INSERT INTO teams (team_id, name) SELECT team, team FROM agents WHERE team IS NOT NULL"
        " UNION SELECT team, team FROM users WHERE team IS NOT NULL"
    )

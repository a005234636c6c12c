"""What agents and people write in objections is sealed; what is there in clear is sealed at the next start."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The sealed words have their place. The key is not here: the service seals what it finds."""
    op.add_column("contests", sa.Column("wrapped_key", sa.LargeBinary()))
    op.add_column("contests", sa.Column("sealed_words", sa.LargeBinary()))

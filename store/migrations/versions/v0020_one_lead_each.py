"""Nobody has two leads."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of leases that one agent left behind on several lists, the newest stays theirs; the others are nobody's and run out."""
    op.execute(
        "UPDATE leads SET claimed_by = '' WHERE state = 'claimed' AND EXISTS (SELECT 1 FROM leads AS b WHERE b.state = 'claimed' "
        "AND b.claimed_by = leads.claimed_by AND (b.claimed_at > leads.claimed_at "
        "OR (b.claimed_at = leads.claimed_at AND b.lead_id > leads.lead_id)))"
    )
    held = sa.text("state = 'claimed' AND claimed_by <> ''")
    op.create_index("ix_leads_claimed_by", "leads", ["claimed_by"], unique=True, sqlite_where=held, postgresql_where=held)

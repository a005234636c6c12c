"""Consent texts say what they are for, and by which sound they are said; days have their seed's hash published."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_KEPT = sa.table(
    "consent_texts", *map(sa.column, ("project_id", "language", "version", "text", "names", "published_at", "published_by"))
)
_NEW = sa.table("consent_texts_by_purpose", sa.column("purpose"), *map(sa.column, _KEPT.c.keys()))


def upgrade() -> None:
    """What was published so far is for orders."""
    op.create_table(
        "consent_texts_by_purpose",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("project_id", "purpose", "language")),
        sa.Column("version", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text", "names")),
        sa.Column("prompt", sa.Text),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("published_by", sa.Text, nullable=False),
    )
    kept = sa.select(sa.literal("order"), *_KEPT.c)
    op.execute(sa.insert(_NEW).from_select(["purpose", *_KEPT.c.keys()], kept))
    op.drop_table("consent_texts")
    op.rename_table("consent_texts_by_purpose", "consent_texts")
    op.create_table(
        "sampling_days",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("seed_sha256", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("link_number", "published_at", "ends_at")),
        sa.Column("seed", sa.LargeBinary),
    )

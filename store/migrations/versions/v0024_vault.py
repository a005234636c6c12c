"""The vault: segments, the chain with its roots, holds."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is sealed yet."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    needed = [sa.Column(name, sa.Text(), nullable=False) for name in ("client_id", "project_id", "call_id")]
    op.create_table(
        "vault_segments",
        sa.Column("segment_id", sa.Text(), primary_key=True),
        *needed,
        sa.Column("order_id", sa.Text()),
        sa.Column("kept_as", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("facts", sa.LargeBinary()),
        sa.Column("manifest", sa.LargeBinary()),
        sa.Column("link_number", sa.BigInteger(), unique=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=False),
        sa.Column("kept_until", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger()),
        sa.Column("stored_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text()),
        sa.Column("shred_reason", sa.Text()),
        sa.Column("receipt", sa.LargeBinary()),
    )
    op.create_index("ix_vault_segments_work", "vault_segments", ["state", "next_at"])
    op.create_index("ix_vault_segments_kept_until", "vault_segments", ["state", "kept_until"])
    op.create_index("ix_vault_segments_call_id", "vault_segments", ["call_id"])
    op.create_index("ix_vault_segments_order_id", "vault_segments", ["order_id"])
    signed = ("hash", "signature", "signer")
    op.create_table(
        "vault_links",
        sa.Column("number", big, primary_key=True, autoincrement=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("manifest_sha256", *signed)],
    )
    op.create_table(
        "vault_roots",
        sa.Column("number", big, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in signed],
        sa.Column("stamp", sa.LargeBinary()),
    )
    later = [
        column
        for deed in ("confirmed", "lift_asked", "lifted")
        for column in (sa.Column(f"{deed}_by", sa.Text()), sa.Column(f"{deed}_at", sa.BigInteger()))
    ]
    op.create_table(
        "vault_holds",
        sa.Column("hold_id", sa.Text(), primary_key=True),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("segment_id", "reason", "asked_by")],
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        *later,
    )
    is_open = sa.text("lifted_at IS NULL")
    op.create_index("ix_vault_holds_open", "vault_holds", ["segment_id"], sqlite_where=is_open, postgresql_where=is_open)

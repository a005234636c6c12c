"""Lead lists, the imports that fill them, the leads and how they are found by a number."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """There is no list yet."""
    op.create_table(
        "lead_lists",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "purpose", "owner", "fields", "policy", "state")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name="pk_lead_lists"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_lead_lists_project_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name="fk_lead_lists_client_id"),
    )
    for name in ("client_id", "project_id", "expires_at"):
        op.create_index(f"ix_lead_lists_{name}", "lead_lists", [name])
    _imports()
    _leads()


def _imports() -> None:
    op.create_table(
        "lead_imports",
        sa.Column("import_no", _BIG, nullable=False, autoincrement=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("list_id", "state", "file_name", "stored_as", "instructions")),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("read_permille", sa.Integer(), nullable=False),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("forgotten", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_no", name="pk_lead_imports"),
        sa.ForeignKeyConstraint(["list_id"], ["lead_lists.list_id"], name="fk_lead_imports_list_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lead_imports_list_id", "lead_imports", ["list_id", "state"])
    op.create_index("ix_lead_imports_state", "lead_imports", ["state"])
    op.create_index("ix_lead_imports_asked_at", "lead_imports", ["asked_at"])


def _leads() -> None:
    op.create_table(
        "leads",
        sa.Column("lead_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("import_no", _BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger()),
        *(sa.Column(name, sa.Text()) for name in ("last_outcome", "wrap_up_code", "promised_agent")),
        *(sa.Column(name, sa.Text()) for name in ("language", "zone", "region")),
        sa.Column("callee", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("hashes", sa.LargeBinary()),
        sa.Column("proof", sa.Text()),
        sa.Column("wrapped_key", sa.LargeBinary()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("claimed_from", sa.Text()),
        sa.Column("claimed_due_at", sa.BigInteger()),
        sa.Column("claim_id", sa.Text()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("lead_id", name="pk_leads"),
    )
    op.create_index("ix_leads_next", "leads", ["import_no", "state", "next_at", "lead_id"])
    claimed = sa.text("claim_id IS NOT NULL")
    op.create_index("ix_leads_claim_id", "leads", ["claim_id"], sqlite_where=claimed, postgresql_where=claimed)
    op.create_table(
        "lead_numbers",
        sa.Column("lookup_hash", sa.LargeBinary(), nullable=False),
        sa.Column("lead_id", _BIG, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("lookup_hash", "lead_id", name="pk_lead_numbers"),
        sqlite_with_rowid=False,
    )

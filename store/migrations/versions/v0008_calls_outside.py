"""Calls outside: do-not-call lists, consents, rights to show a number, attempts, their cost by day; the centre's rules."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything new is empty: nobody may be called outside before a number may be shown."""
    op.add_column("centre", sa.Column("outbound", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("clients", sa.Column("caps", sa.Text()))
    _lists_and_rights()
    _attempts()
    op.create_table(
        "dial_days",
        sa.Column("day_at", sa.BigInteger(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("whose_id", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day_at", "whose", "whose_id", name="pk_dial_days"),
    )
    op.create_table(
        "dialled_countries",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "country", name="pk_dialled_countries"),
    )


def _lists_and_rights() -> None:
    op.create_table(
        "do_not_call",
        sa.Column("lookup_hash", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lookup_hash", "owner", "owner_id", name="pk_do_not_call"),
    )
    op.create_index("ix_do_not_call_owner", "do_not_call", ["owner", "owner_id"])
    op.create_table(
        "advertising_consents",
        sa.Column("lookup_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("given_how", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("used_at", sa.BigInteger()),
        sa.Column("kept_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lookup_hash", "client_id", name="pk_advertising_consents"),
        sa.UniqueConstraint("consent_id", name="uq_advertising_consents_consent_id"),
    )
    op.create_index("ix_advertising_consents_kept_until", "advertising_consents", ["kept_until"])
    op.create_table(
        "shown_rights",
        sa.Column("right_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=False),
        sa.Column("assigned_id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger()),
    )


def _attempts() -> None:
    op.create_table(
        "dial_attempts",
        sa.Column("leg_id", sa.Text(), primary_key=True),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("lookup_hash", sa.LargeBinary()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("client_id", sa.Text()),
        sa.Column("project_id", sa.Text()),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reference_kind", sa.Text()),
        sa.Column("reference_id", sa.Text()),
        sa.Column("number_class", sa.Text(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("right_id", sa.Text()),
        sa.Column("consent_id", sa.Text()),
        sa.Column("day_at", sa.BigInteger(), nullable=False),
        sa.Column("permitted_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_by_at", sa.BigInteger(), nullable=False),
        sa.Column("rate_micros", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("occupies_agent", sa.Boolean(), nullable=False),
        sa.Column("counts_for_number", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
    )
    partial = (
        ("ix_dial_attempts_number", ["lookup_hash", "permitted_at"], sa.text("lookup_hash IS NOT NULL")),
        ("ix_dial_attempts_agent", ["agent_id", "permitted_at"], sa.text("agent_id IS NOT NULL")),
        ("ix_dial_attempts_open", ["ends_by_at"], sa.text("ended_at IS NULL")),
    )
    for name, columns, where in partial:
        op.create_index(name, "dial_attempts", columns, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_dial_attempts_reference", "dial_attempts", ["reference_id"])
    op.create_index("ix_dial_attempts_permitted_at", "dial_attempts", ["permitted_at"])

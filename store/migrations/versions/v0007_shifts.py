"""The plan of shifts, and what agents may do outside it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """There is a plan, with nothing in it; whoever wants to log in outside of it may."""
    op.add_column("centre", sa.Column("outside_shift", sa.Text(), nullable=False, server_default="allow"))
    op.create_table(
        "shift_plan",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "shift_slots",
        sa.Column("slot_id", sa.Text(), primary_key=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text()),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("leader", sa.Text()),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_shift_slots_from_at", "shift_slots", ["from_at"])
    op.create_index("ix_shift_slots_to_at", "shift_slots", ["to_at"])
    op.create_table(
        "shift_bookings",
        sa.Column("booking_id", sa.Text(), primary_key=True),
        sa.Column("slot_id", sa.Text(), sa.ForeignKey("shift_slots.slot_id", ondelete="CASCADE"), nullable=False),
        sa.Column("agent_id", sa.Text(), sa.ForeignKey("agents.agent_id"), nullable=False),
        sa.Column("booked_at", sa.BigInteger(), nullable=False),
        sa.Column("booked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("ix_shift_bookings_slot_id", "shift_bookings", ["slot_id"])
    op.create_index("ix_shift_bookings_agent_id", "shift_bookings", ["agent_id"])
    _requests()


def _requests() -> None:
    op.create_table(
        "shift_swaps",
        sa.Column("swap_id", sa.Text(), primary_key=True),
        sa.Column("booking_id", sa.Text(), sa.ForeignKey("shift_bookings.booking_id", ondelete="CASCADE"), nullable=False),
        sa.Column("from_agent", sa.Text(), nullable=False),
        sa.Column("to_agent", sa.Text()),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("ix_shift_swaps_booking_id", "shift_swaps", ["booking_id"])
    op.create_index("ix_shift_swaps_state", "shift_swaps", ["state"])
    op.create_table(
        "shift_excuses",
        sa.Column("excuse_id", sa.Text(), primary_key=True),
        sa.Column("booking_id", sa.Text(), sa.ForeignKey("shift_bookings.booking_id", ondelete="CASCADE"), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.BigInteger()),
    )
    op.create_index("ix_shift_excuses_booking_id", "shift_excuses", ["booking_id"])
    op.create_index("ix_shift_excuses_state", "shift_excuses", ["state"])
    op.create_table(
        "shift_notices",
        sa.Column("notice_id", sa.Text(), primary_key=True),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger()),
    )
    op.create_index("ix_shift_notices_agent_id", "shift_notices", ["agent_id"])

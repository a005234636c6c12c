"""Tables of the plan of shifts: slots, who is bound to them, swaps, excuses, and what agents are to be told."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text

from store.tables.metadata import METADATA

SHIFT_PLAN = Table(
    "shift_plan",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)
"""One row: the revision grows with every change of anything below. Who changes the plan has this row locked, so one at a time."""

SHIFT_SLOTS = Table(
    "shift_slots",
    METADATA,
    Column("slot_id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("scope_id", Text),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("leader", Text),
    Column("is_cancelled", Boolean, nullable=False),
    Index("ix_shift_slots_from_at", "from_at"),
    Index("ix_shift_slots_to_at", "to_at"),
)

SHIFT_BOOKINGS = Table(
    "shift_bookings",
    METADATA,
    Column("booking_id", Text, primary_key=True),
    Column("slot_id", Text, ForeignKey("shift_slots.slot_id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Text, ForeignKey("agents.agent_id"), nullable=False),
    Column("booked_at", BigInteger, nullable=False),
    Column("booked_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_shift_bookings_slot_id", "slot_id"),
    Index("ix_shift_bookings_agent_id", "agent_id"),
)

SHIFT_SWAPS = Table(
    "shift_swaps",
    METADATA,
    Column("swap_id", Text, primary_key=True),
    Column("booking_id", Text, ForeignKey("shift_bookings.booking_id", ondelete="CASCADE"), nullable=False),
    Column("from_agent", Text, nullable=False),
    Column("to_agent", Text),
    Column("offered_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("taken_by", Text),
    Column("ended_at", BigInteger),
    Index("ix_shift_swaps_booking_id", "booking_id"),
    Index("ix_shift_swaps_state", "state"),
)

SHIFT_EXCUSES = Table(
    "shift_excuses",
    METADATA,
    Column("excuse_id", Text, primary_key=True),
    Column("booking_id", Text, ForeignKey("shift_bookings.booking_id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Index("ix_shift_excuses_booking_id", "booking_id"),
    Index("ix_shift_excuses_state", "state"),
)
"""The note may tell of an illness: it goes when it is decided on, and stands in no record of deeds."""

SHIFT_NOTICES = Table(
    "shift_notices",
    METADATA,
    Column("notice_id", Text, primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("slot_id", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Index("ix_shift_notices_agent_id", "agent_id"),
)

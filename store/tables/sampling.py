"""The days of the draw: the hash of each day's seed before it begins, the seed once it is over."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from store.tables.metadata import METADATA

SAMPLING_DAYS = Table(
    "sampling_days",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("seed_sha256", Text, nullable=False),
    Column("link_number", BigInteger, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("seed", LargeBinary),
)
"""`seed` is empty until the day is over: no backup of a day that goes on could tell who will be drawn."""

"""Tables of the running service itself: who may write, how far sweeps are."""

from sqlalchemy import BigInteger, Column, Table, Text

from store.tables.metadata import METADATA

LEASES = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Who writes. The epoch grows with every new holder: what an older one still sends is refused."""

SWEEPS = Table(
    "sweeps",
    METADATA,
    Column("retention_class", Text, primary_key=True),
    Column("swept_to_seq", BigInteger, nullable=False),
)
"""How far each class of the journal's events has been swept."""

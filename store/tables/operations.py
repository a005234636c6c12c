"""Tables of the running service itself: who may write, how far sweeps and files are read."""

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
    Column("swept_at", BigInteger, nullable=False),
    Column("swept_to_seq", BigInteger, nullable=False),
    Column("deleted_in_all", BigInteger, nullable=False),
)

FILE_POSITIONS = Table(
    "file_positions",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),
)
"""How far a file of the switch (its second witness) has been read."""

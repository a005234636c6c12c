"""Tables of the vault: segments on their way into it and in it, the chain with its roots, holds and who set them.

A link names nobody and is never removed. What a segment was stands in `facts` and `manifest` until it is shredded.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, text

from store.tables.metadata import METADATA

VAULT_SEGMENTS = Table(
    "vault_segments",
    METADATA,
    Column("segment_id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("project_id", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("order_id", Text),
    Column("kept_as", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("facts", LargeBinary),
    Column("manifest", LargeBinary),
    Column("link_number", BigInteger, unique=True),
    Column("stopped_at", BigInteger, nullable=False),
    Column("kept_until", BigInteger, nullable=False),
    Column("sealed_at", BigInteger),
    Column("stored_at", BigInteger),
    Column("next_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("trouble", Text),
    Column("shred_reason", Text),
    Column("receipt", LargeBinary),
    Column("shredded_at", BigInteger),
    Column("refused_at", BigInteger),
    Column("is_whole", Boolean),
    Index("ix_vault_segments_work", "state", "next_at"),
    Index("ix_vault_segments_kept_until", "state", "kept_until"),
    Index("ix_vault_segments_call_id", "call_id"),
    Index("ix_vault_segments_order_id", "order_id"),
    Index("ix_vault_segments_shredded_at", "shredded_at"),
    Index("ix_vault_segments_refused_at", "refused_at"),
)
"""`state`: waiting, sealed, stored, kept; shredding, shredded. `next_at` is when the next step is tried. `refused_at`: it was
recorded and may not be kept; it never was in the vault. `is_whole`: what was sealed is as long as its headers say and as the
recorder told; NULL where nothing is sealed."""

VAULT_LINKS = Table(
    "vault_links",
    METADATA,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("signer", Text, nullable=False),
)

VAULT_ROOTS = Table(
    "vault_roots",
    METADATA,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("stamp", LargeBinary),
)

VAULT_HOLDS = Table(
    "vault_holds",
    METADATA,
    Column("hold_id", Text, primary_key=True),
    Column("segment_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed_at", BigInteger),
    Column("lift_asked_by", Text),
    Column("lift_asked_at", BigInteger),
    Column("lifted_by", Text),
    Column("lifted_at", BigInteger),
    Index(
        "ix_vault_holds_open",
        "segment_id",
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)
"""A hold keeps a segment from the asking on; one nobody confirms lapses."""

VAULT_CURSOR = Table(
    "vault_cursor",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)
"""One row: how far the journal was read for what is taken back."""

"""Tables of calls outside: who may not be called, who consented to, which numbers may be shown, attempts and what they cost.

Numbers of people stand here as the keyed hash of the person store alone. Do-not-call entries and consents outlive an erasure:
they are what protects the person, and the proof the law wants kept.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from store.tables.metadata import METADATA

DO_NOT_CALL = Table(
    "do_not_call",
    METADATA,
    Column("lookup_hash", LargeBinary, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("owner_id", Text, primary_key=True),
    Column("covers", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Index("ix_do_not_call_owner", "owner", "owner_id"),
)
"""`owner`: centre, client or project; `owner_id` is empty for the centre's own list."""

CONSENT_DOCUMENTS = Table(
    "consent_documents",
    METADATA,
    Column("document_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("cipher", LargeBinary, nullable=False),
    Column("kept_until", BigInteger, nullable=False),
    Index("ix_consent_documents_kept_until", "kept_until"),
)
"""The proofs themselves, encrypted; kept as long as the consents that rest on them."""

ADVERTISING_CONSENTS = Table(
    "advertising_consents",
    METADATA,
    Column("consent_id", Text, primary_key=True),
    Column("lookup_hash", LargeBinary, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("purpose", Text, nullable=False, server_default="advertising"),
    Column("basis", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("given_how", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("wording_version", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default=""),
    Column("document_id", Text, ForeignKey("consent_documents.document_id")),
    Column("withdrawn_at", BigInteger),
    Column("restricted_at", BigInteger),
    Column("used_at", BigInteger),
    Column("kept_until", BigInteger, nullable=False),
    Index("ix_advertising_consents_number", "lookup_hash", "client_id"),
    Index("ix_advertising_consents_document_id", "document_id"),
    Index("ix_advertising_consents_kept_until", "kept_until"),
)
"""§7a UWG: each is kept five years from the grant and from each use, whatever comes after it. A restricted one, of somebody who
was erased, is a proof and permits nothing."""

SHOWN_RIGHTS = Table(
    "shown_rights",
    METADATA,
    Column("right_id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("assigned_to", Text, nullable=False),
    Column("assigned_id", Text, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_until", BigInteger),
)

RIGHT_DOCUMENTS = Table(
    "right_documents",
    METADATA,
    Column("right_id", Text, ForeignKey("shown_rights.right_id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("cipher", LargeBinary, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("added_by", Text, nullable=False),
)
"""What a right to show a number rests on, encrypted; a newer version replaces none, and all go with their right."""

DIAL_ATTEMPTS = Table(
    "dial_attempts",
    METADATA,
    Column("leg_id", Text, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("lookup_hash", LargeBinary),
    Column("agent_id", Text),
    Column("client_id", Text),
    Column("project_id", Text),
    Column("purpose", Text, nullable=False),
    Column("reference_kind", Text),
    Column("reference_id", Text),
    Column("number_class", Text, nullable=False),
    Column("country", Text),
    Column("right_id", Text),
    Column("consent_id", Text),
    Column("day_at", BigInteger, nullable=False),
    Column("permitted_at", BigInteger, nullable=False),
    Column("ends_by_at", BigInteger, nullable=False),
    Column("rate_micros", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("occupies_agent", Boolean, nullable=False),
    Column("counts_for_number", Boolean, nullable=False),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("outcome", Text),
)
"""`cost_micros` is what was set aside until the attempt has ended, and what it cost from then on."""
_KNOWN, _BY_AGENT, _OPEN = text("lookup_hash IS NOT NULL"), text("agent_id IS NOT NULL"), text("ended_at IS NULL")
_ATTEMPTS = DIAL_ATTEMPTS.c
Index("ix_dial_attempts_number", _ATTEMPTS.lookup_hash, _ATTEMPTS.permitted_at, sqlite_where=_KNOWN, postgresql_where=_KNOWN)
Index("ix_dial_attempts_agent", _ATTEMPTS.agent_id, _ATTEMPTS.permitted_at, sqlite_where=_BY_AGENT, postgresql_where=_BY_AGENT)
Index("ix_dial_attempts_open", _ATTEMPTS.ends_by_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_dial_attempts_reference", _ATTEMPTS.reference_id)
Index("ix_dial_attempts_permitted_at", _ATTEMPTS.permitted_at)

CLEARED_CALLS = Table(
    "cleared_calls",
    METADATA,
    Column("leg_id", Text, ForeignKey("dial_attempts.leg_id", ondelete="CASCADE"), primary_key=True),
    Column("known", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("cleared_at", BigInteger, nullable=False),
    Column("cleared_by", Text, nullable=False),
)
"""Attempts whose end nobody saw, and what a person found out. Kept apart: attempts are written while callees wait."""

DIAL_DAYS = Table(
    "dial_days",
    METADATA,
    Column("day_at", BigInteger, primary_key=True),
    Column("whose", Text, primary_key=True),
    Column("whose_id", Text, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
)
"""Calls and money of a day, by agent, client and the centre (whose id is empty): what caps are kept by."""

DIALLED_COUNTRIES = Table(
    "dialled_countries",
    METADATA,
    Column("client_id", Text, primary_key=True),
    Column("country", Text, primary_key=True),
    Column("first_at", BigInteger, nullable=False),
)

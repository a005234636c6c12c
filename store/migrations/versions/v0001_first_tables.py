"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OF_CALL, _OF_AGENT = sa.text("call_id IS NOT NULL"), sa.text("agent_id IS NOT NULL")


def upgrade() -> None:
    """The first tables exist."""
    _directory()
    _journal()
    _accounts()
    _deliveries()
    _minutes()
    _operations()


def _directory() -> None:
    """The centre's book."""
    op.create_table(
        "agents",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("endpoint_id", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agents"),
    )
    op.create_table(
        "centre",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("default_weights", sa.Text(), nullable=False),
        sa.Column("home_country", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_centre"),
    )
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_clients"),
    )
    op.create_table(
        "blocked_clients",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name="fk_blocked_clients_agent_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name="fk_blocked_clients_client_id"),
        sa.PrimaryKeyConstraint("agent_id", "client_id", name="pk_blocked_clients"),
    )
    op.create_index("ix_blocked_clients_client_id", "blocked_clients", ["client_id"])
    op.create_table(
        "endpoints",
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("is_browser", sa.Boolean(), nullable=False),
        sa.Column("password_cipher", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name="fk_endpoints_agent_id"),
        sa.PrimaryKeyConstraint("endpoint_id", name="pk_endpoints"),
    )
    op.create_index("ix_endpoints_agent_id", "endpoints", ["agent_id"])
    op.create_table(
        "projects",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name="fk_projects_client_id"),
        sa.PrimaryKeyConstraint("project_id", name="pk_projects"),
    )
    op.create_index("ix_projects_client_id", "projects", ["client_id"])
    op.create_table(
        "certificates",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name="fk_certificates_agent_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_certificates_project_id"),
        sa.PrimaryKeyConstraint("agent_id", "project_id", name="pk_certificates"),
    )
    op.create_index("ix_certificates_project_id", "certificates", ["project_id"])
    op.create_table(
        "level_overrides",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name="fk_level_overrides_agent_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_level_overrides_project_id"),
        sa.PrimaryKeyConstraint("agent_id", "project_id", name="pk_level_overrides"),
    )
    op.create_index("ix_level_overrides_project_id", "level_overrides", ["project_id"])
    op.create_table(
        "numbers",
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name="fk_numbers_project_id"),
        sa.PrimaryKeyConstraint("did", name="pk_numbers"),
    )
    op.create_index("ix_numbers_project_id", "numbers", ["project_id"])


def _journal() -> None:
    """The journal and the person store."""
    op.create_table(
        "agent_passes",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("pass_after", sa.Double(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agent_passes"),
    )
    op.create_table(
        "erasures",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("party_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name="pk_erasures"),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("call_id", sa.Text()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("switch", sa.Text()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    op.create_index("ix_journal_agent", "journal", ["agent_id", "seq"], sqlite_where=_OF_AGENT, postgresql_where=_OF_AGENT)
    op.create_index("ix_journal_call", "journal", ["call_id", "seq"], sqlite_where=_OF_CALL, postgresql_where=_OF_CALL)
    op.create_table(
        "open_streams",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("stream_id", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("bond", sa.Text(), nullable=False),
        sa.Column("is_leaving", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("family", "stream_id", name="pk_open_streams"),
    )
    op.create_table(
        "parties",
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("lookup_hash", sa.LargeBinary()),
        sa.Column("wrapped_key", sa.LargeBinary()),
        sa.Column("number_cipher", sa.LargeBinary()),
        sa.Column("name_cipher", sa.LargeBinary()),
        sa.Column("erased_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("party_id", name="pk_parties"),
    )
    op.create_index("ix_parties_lookup_hash", "parties", ["lookup_hash"])
    op.create_index("ix_parties_seen_at", "parties", ["seen_at"])


def _accounts() -> None:
    """Who may enter."""
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text()),
        sa.Column("client_id", sa.Text()),
        sa.Column("team", sa.Text()),
        sa.Column("password_hash", sa.Text()),
        sa.Column("one_time_hash", sa.Text()),
        sa.Column("one_time_expires_at", sa.BigInteger()),
        sa.Column("must_set_password", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_api_tokens_user_id"),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_api_tokens_secret_hash"),
    )
    op.create_index("ix_api_tokens_expires_at", "api_tokens", ["expires_at"])
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("must_set_password", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _deliveries() -> None:
    """What leaves the house."""
    op.create_table(
        "voice_messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text()),
        sa.Column("client_id", sa.Text()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger()),
        sa.Column("masked_caller", sa.Text()),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_voice_messages"),
    )
    op.create_index("ix_voice_messages_received_at", "voice_messages", ["received_at", "message_id"])
    op.create_table(
        "webhook_cursor",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_cursor"),
    )
    op.create_table(
        "webhook_subscriptions",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("secret_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_webhook_subscriptions"),
    )
    op.create_table(
        "webhook_outbox",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("is_given_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["webhook_subscriptions.subscription_id"], name="fk_webhook_outbox_subscription_id"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_webhook_outbox"),
    )
    op.create_index("ix_webhook_outbox_created_at", "webhook_outbox", ["created_at"])
    op.create_index("ix_webhook_outbox_due", "webhook_outbox", ["is_given_up", "due_at"])
    op.create_index("ix_webhook_outbox_subscription_id", "webhook_outbox", ["subscription_id"])


def _minutes() -> None:
    """What is derived."""
    op.create_table(
        "cdrs",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("project_id", sa.Text()),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_cdrs"),
    )
    op.create_index("ix_cdrs_started_at", "cdrs", ["started_at", "call_id"])
    op.create_table(
        "derivation",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_derivation"),
    )
    op.create_table(
        "minute_lines",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("line_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("project_id", sa.Text()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("number_class", sa.Text(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ring_ms", sa.BigInteger(), nullable=False),
        sa.Column("wait_ms", sa.BigInteger(), nullable=False),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("hold_ms", sa.BigInteger(), nullable=False),
        sa.Column("unknown_hold_ms", sa.BigInteger(), nullable=False),
        sa.Column("consult_ms", sa.BigInteger(), nullable=False),
        sa.Column("announcement_ms", sa.BigInteger(), nullable=False),
        sa.Column("machine_ms", sa.BigInteger(), nullable=False),
        sa.Column("paid_ms", sa.BigInteger(), nullable=False),
        sa.Column("billed_ms", sa.BigInteger(), nullable=False),
        sa.Column("talked_from_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("release_reason", sa.Text()),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("is_hold_unknown", sa.Boolean(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "line_number", name="pk_minute_lines"),
    )
    op.create_index("ix_minute_lines_client_id", "minute_lines", ["client_id", "started_at", "call_id", "line_number"])
    op.create_index("ix_minute_lines_started_at", "minute_lines", ["started_at", "call_id", "line_number"])


def _operations() -> None:
    """The running service itself."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "sweeps",
        sa.Column("retention_class", sa.Text(), nullable=False),
        sa.Column("swept_to_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("retention_class", name="pk_sweeps"),
    )

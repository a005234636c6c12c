"""Tables of the centre: clients, projects, numbers, agents and their phones."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, text

from store.tables.metadata import METADATA

CENTRE = Table(
    "centre",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("default_weights", Text, nullable=False),
    Column("home_country", Text, nullable=False),
    Column("ageing_ms", BigInteger, nullable=False, server_default="1200000"),
    Column("caller_lists", Text, nullable=False, server_default="{}"),
    Column("outbound", Text, nullable=False, server_default="{}"),
    Column("outside_shift", Text, nullable=False, server_default="allow"),
)
"""One row: the revision grows with every change of anything below, in the same transaction."""

CLIENTS = Table(
    "clients",
    METADATA,
    Column("client_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("caps", Text),
)

PROJECTS = Table(
    "projects",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Index("ix_projects_client_id", "client_id"),
)
"""`settings` is the whole project as JSON: hours, weights, limits, wrap-up codes."""

NUMBERS = Table(
    "numbers",
    METADATA,
    Column("did", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.project_id"), nullable=False),
    Index("ix_numbers_project_id", "project_id"),
)

AGENTS = Table(
    "agents",
    METADATA,
    Column("agent_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("endpoint_id", Text),
    Column("team", Text),
    Column("mailbox", Text),
    Column("phone_answers", Boolean, nullable=False, server_default=text("false")),
    Column("keeps_line", Boolean, nullable=False, server_default=text("false")),
    Column("is_active", Boolean, nullable=False),
)

AGENT_ADDRESSES = Table(
    "agent_addresses",
    METADATA,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    Column("cipher", LargeBinary, nullable=False),
    Column("set_at", BigInteger, nullable=False),
)
"""Where an agent works and can be called back, encrypted: for a control room, when the agent has called one."""

TEAMS = Table(
    "teams",
    METADATA,
    Column("team_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)
"""Who is in a team stands in `agents.team`, who leads it in `users.team`: an agent is in one team by construction."""

CERTIFICATES = Table(
    "certificates",
    METADATA,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    Column("project_id", Text, ForeignKey("projects.project_id"), primary_key=True),
    Index("ix_certificates_project_id", "project_id"),
)

LEVEL_OVERRIDES = Table(
    "level_overrides",
    METADATA,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    Column("project_id", Text, ForeignKey("projects.project_id"), primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Index("ix_level_overrides_project_id", "project_id"),
)

AGENT_SKILLS = Table(
    "agent_skills",
    METADATA,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    Column("skill", Text, primary_key=True),
    Column("grade", SmallInteger, nullable=False),
)
"""Languages are skills named language:xx."""

BLOCKED_CLIENTS = Table(
    "blocked_clients",
    METADATA,
    Column("agent_id", Text, ForeignKey("agents.agent_id"), primary_key=True),
    Column("client_id", Text, ForeignKey("clients.client_id"), primary_key=True),
    Index("ix_blocked_clients_client_id", "client_id"),
)

ENDPOINTS = Table(
    "endpoints",
    METADATA,
    Column("endpoint_id", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.agent_id"), nullable=False),
    Column("is_browser", Boolean, nullable=False),
    Column("password_cipher", LargeBinary),
    Index("ix_endpoints_agent_id", "agent_id"),
)

"""People who may enter, and the proofs they enter with, as records."""

from dataclasses import dataclass, field

from telephony.identifiers import AgentId, ClientId, Instant, UserId
from web.permissions import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who can log in. An agent's user names the agent, a client's user the client, a team leader's the team."""

    user_id: UserId
    login: str
    """Unique, lower case."""
    display_name: str
    role: Role
    created_at: Instant
    agent_id: AgentId | None = None
    client_id: ClientId | None = None
    team: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    """Argon2id; None: only a one-time login opens the account."""
    one_time_hash: str | None = field(default=None, repr=False)
    """SHA-256 of the secret of a one-time login that was not used yet."""
    one_time_expires_at: Instant | None = None
    must_set_password: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person's stay, known to the browser by a secret of which only the hash is kept."""

    session_id: str = field(repr=False)
    """SHA-256 of the secret, in hex."""
    user_id: UserId
    created_at: Instant
    seen_at: Instant
    expires_at: Instant
    """Absolute: no use prolongs it."""
    must_set_password: bool = False
    """True after a one-time login: nothing but setting the password is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A program's proof: acts for its user with a role that is the user's or less."""

    token_id: str
    secret_hash: str = field(repr=False)
    user_id: UserId
    name: str
    role: Role
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook's address and what it wants to hear."""

    subscription_id: str
    url: str
    events: tuple[str, ...]
    client_id: ClientId | None
    """Only events of this client's calls; None: of all."""
    secret: str = field(repr=False)
    """Kept readable (encrypted at rest), because each delivery is signed with it."""
    created_at: Instant
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one subscription; `delivery_id` stays the same over all attempts."""

    delivery_id: str
    subscription_id: str
    event: str
    body: bytes
    created_at: Instant
    due_at: Instant
    attempts: int = 0
    last_error: str | None = None

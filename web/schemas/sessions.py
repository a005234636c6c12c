"""Logging in, and who one is."""

from datetime import datetime

from pydantic import Field

from web.permissions import Role
from web.schemas.types import LoginName, Password, Shape, Shown


class LogIn(Shape):
    """Name and password; the password can be the secret of a one-time login."""

    login: LoginName
    password: Password


class NewPassword(Shape):
    """A new password for oneself."""

    current_password: Password | None = Field(default=None, description="Not asked right after a one-time login.")
    new_password: Password


class Me(Shown):
    """Who is logged in."""

    user_id: str
    login: str
    display_name: str
    role: Role
    agent_id: str | None
    client_id: str | None
    team: str | None
    must_set_password: bool
    session_expires_at: datetime | None

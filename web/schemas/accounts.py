"""Users and API tokens."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from web.permissions import Role
from web.schemas.types import Id, LoginName, Shape, Shown, Text, When


class _Person(Shape):
    display_name: Text
    role: Role
    agent_id: Id | None = Field(default=None, description="Required for the role agent.")
    client_id: Id | None = Field(default=None, description="Required for the role client.")
    team: Text | None = Field(default=None, description="Required for the role team_leader.")

    @model_validator(mode="after")
    def _has_what_its_role_needs(self) -> Self:
        needed = {Role.AGENT: self.agent_id, Role.CLIENT: self.client_id, Role.TEAM_LEADER: self.team}
        if self.role in needed and needed[self.role] is None:
            raise ValueError("an agent needs agent_id, a client's user client_id, a team leader team")
        return self


class NewUser(_Person):
    """A person who may enter; the answer holds a one-time login."""

    login: LoginName


class ChangedUser(_Person):
    """A person's role and belongings from here on."""

    is_active: bool = True


class UserShown(Shown):
    """A person who may enter."""

    user_id: str
    login: str
    display_name: str
    role: Role
    agent_id: str | None
    client_id: str | None
    team: str | None
    is_active: bool
    has_password: bool
    created_at: datetime


class UserList(Shown):
    """All users."""

    items: list[UserShown]


class OneTimeLogin(Shown):
    """Opens the account once, to set a password. Shown now and never again."""

    user_id: str
    login: str
    secret: str
    expires_at: datetime


class NewToken(Shape):
    """A token for a program."""

    name: Text
    role: Role = Field(description="Your own role; an administrator may give less.")
    expires_at: When


class TokenShown(Shown):
    """A token, without its secret."""

    token_id: str
    user_id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class TokenMade(TokenShown):
    """A new token. The secret is shown now and never again."""

    secret: str


class TokenList(Shown):
    """Tokens within reach."""

    items: list[TokenShown]

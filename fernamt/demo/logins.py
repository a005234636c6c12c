"""The ways into the demo's screens: one-time log-ins that are new at every start."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from config.settings import Settings
from fernamt.centre.users import with_one_time_login
from fernamt.installation import opened
from store.sessions import SessionStore
from web.accounts import User
from web.permissions import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Role, name, and the secret that works once."""

    role: str
    login: str
    secret: str = field(repr=False)


async def fresh_logins(settings: Settings, agent_id: str) -> list[Login]:
    """A supervisor, a clerk and that agent can enter, each with a new one-time log-in; what they had before is void."""
    made = []
    async with opened(settings) as database:
        for user in _shown(await database.users.all(), agent_id):
            changed, login = with_one_time_login(user, valid_s=settings.web.one_time_login_s)
            await database.users.put(changed)
            await SessionStore(database.engine).remove_of(user.user_id)
            made.append(Login(role=login.role, login=login.login, secret=login.secret))
    return made


def _shown(users: Iterable[User], agent_id: str) -> list[User]:
    """The first supervisor and clerk, and the agent's own user."""
    known = list(users)
    shown = [next((user for user in known if user.role is role), None) for role in (Role.SUPERVISOR, Role.CLERK)]
    shown.append(next((user for user in known if user.agent_id == agent_id), None))
    return [user for user in shown if user is not None]

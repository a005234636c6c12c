"""Who may decide about people: a person who can log in, with a role for it, and never about themselves."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables.accounts import USERS
from telephony.identifiers import AgentId, UserId
from web.permissions import Role

_DECIDE = (Role.SUPERVISOR.value, Role.ADMIN.value)


async def may_decide(connection: AsyncConnection, user_id: UserId, about: AgentId) -> bool:
    """Whether that user is a supervisor or administrator in use, has a password of their own, and is not who it is about.

    The service itself, its workers and the command line's own user have none: a machine decides nothing here.
    """
    query = select(USERS.c.role, USERS.c.agent_id).where(
        USERS.c.user_id == user_id, USERS.c.is_active.is_(True), USERS.c.password_hash.is_not(None)
    )
    row = (await connection.execute(query)).first()
    return row is not None and row.role in _DECIDE and row.agent_id != about

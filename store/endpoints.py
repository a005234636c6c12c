"""Accounts of phones with their SIP passwords, which are encrypted at rest. Whose phone it is, is in the centre's book."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.audit import Altered, Authors, put_on_record, the_service
from store.engine import reading, writing
from store.parties import PartyKeys
from store.tables.directory import AGENTS, ENDPOINTS
from telephony.engine.ports import EndpointAccount
from telephony.errors import FernamtError
from telephony.identifiers import AgentId, EndpointId


class NoSuchEndpoint(FernamtError):
    """A phone was named that nobody has."""

    code = "no_such_endpoint"


class EndpointStore:
    """Reads and sets the passwords of phones."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def accounts(self, endpoint_ids: Collection[EndpointId] | None = None) -> Sequence[EndpointAccount]:
        """The accounts of these phones, or of all, as far as they have a password and an agent who is in use."""
        query = select(ENDPOINTS).join(AGENTS, AGENTS.c.agent_id == ENDPOINTS.c.agent_id)
        query = query.where(AGENTS.c.is_active.is_(True), ENDPOINTS.c.password_cipher.is_not(None))
        if endpoint_ids is not None:
            query = query.where(ENDPOINTS.c.endpoint_id.in_(list(endpoint_ids)))
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(ENDPOINTS.c.endpoint_id))).all()
        return [
            EndpointAccount(
                endpoint_id=EndpointId(row.endpoint_id),
                agent_id=AgentId(row.agent_id),
                password=self._keys.open_secret(row.password_cipher, _purpose(row.endpoint_id)),
                is_browser=row.is_browser,
            )
            for row in rows
        ]

    async def out_of_use(self) -> Sequence[EndpointId]:
        """The phones of agents who are not in use: nobody may register as them."""
        query = select(ENDPOINTS.c.endpoint_id).join(AGENTS, AGENTS.c.agent_id == ENDPOINTS.c.agent_id)
        async with reading(self._engine) as connection:
            found = await connection.execute(query.where(AGENTS.c.is_active.is_(False)).order_by(ENDPOINTS.c.endpoint_id))
            return [EndpointId(each) for each in found.scalars()]

    async def without_password(self) -> Sequence[EndpointId]:
        """The phones that cannot register yet."""
        query = select(ENDPOINTS.c.endpoint_id).where(ENDPOINTS.c.password_cipher.is_(None)).order_by(ENDPOINTS.c.endpoint_id)
        async with reading(self._engine) as connection:
            return [EndpointId(each) for each in (await connection.execute(query)).scalars()]

    async def set_password(self, endpoint_id: EndpointId, password: str) -> None:
        """The phone registers with that password from its next provisioning on. Raises `NoSuchEndpoint`."""
        sealed = self._keys.seal_secret(password, _purpose(endpoint_id))
        statement = update(ENDPOINTS).where(ENDPOINTS.c.endpoint_id == endpoint_id).values(password_cipher=sealed)
        async with writing(self._engine) as connection:
            if (await connection.execute(statement)).rowcount != 1:
                raise NoSuchEndpoint(f"there is no phone {endpoint_id!r}: give it to an agent first", endpoint_id=endpoint_id)
            await put_on_record(connection, self._author(), [Altered(deed="endpoint.password_set", subject=endpoint_id)])


def _purpose(endpoint_id: str) -> str:
    return f"endpoint {endpoint_id}"

"""What the board needs to know of the centre, as its user sees it; the routing directory fits without being imported."""

from collections.abc import Mapping, Set
from typing import Protocol

from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId


class NamedClient(Protocol):
    """A company in whose name calls are answered."""

    @property
    def name(self) -> str: ...


class NamedProject(Protocol):
    """A line of work, with the threshold its service level is measured by."""

    @property
    def client_id(self) -> ClientId: ...
    @property
    def name(self) -> str: ...
    @property
    def service_level_ms(self) -> int: ...


class NamedAgent(Protocol):
    """An agent's lasting facts, as far as a screen shows them."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def certificates(self) -> Set[ProjectId]: ...
    @property
    def endpoint_id(self) -> EndpointId | None: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def keeps_line(self) -> bool: ...


class Centre(Protocol):
    """One revision of the centre."""

    @property
    def clients(self) -> Mapping[ClientId, NamedClient]: ...
    @property
    def projects(self) -> Mapping[ProjectId, NamedProject]: ...
    @property
    def agents(self) -> Mapping[AgentId, NamedAgent]: ...
    @property
    def endpoints(self) -> Mapping[EndpointId, AgentId]: ...

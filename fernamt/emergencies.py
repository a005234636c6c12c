"""Calls to a control room: where agents are, which number they are called back by, and the line in the log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from routing.directory import Directory
from routing.outbound.shown import number_to_show
from store.addresses import AddressStore
from telephony.dialling import DialPermitted
from telephony.emergencies import AgentAddress, EmergencyDialled
from telephony.engine.ports import EndpointAccount
from telephony.events import Envelope
from telephony.identifiers import AgentId, Instant

_log = structlog.get_logger("fernamt.emergencies")


class Addresses(dict[AgentId, AgentAddress]):
    """Where agents work, in memory: an alert waits for no database."""

    def __init__(self, store: AddressStore) -> None:
        super().__init__()
        self._store = store
        self._revision = -1

    async def follow(self, revision: int) -> bool:
        """The addresses are those of that revision of the centre; whether any is another than before."""
        if revision == self._revision:
            return False
        found = await self._store.all()
        self._revision = revision
        if found == self:
            return False
        self.clear()
        self.update(found)
        return True


def with_numbers(
    accounts: Sequence[EndpointAccount], directory: Directory, addresses: Mapping[AgentId, AgentAddress], at: Instant
) -> list[EndpointAccount]:
    """The accounts with the number a control room calls back: the agent's own where it is registered, else one of ours."""
    return [replace(account, emergency_number=_number_of(account.agent_id, directory, addresses, at)) for account in accounts]


def _number_of(agent_id: AgentId, directory: Directory, addresses: Mapping[AgentId, AgentAddress], at: Instant) -> str | None:
    own = addresses.get(agent_id)
    if own is not None and own.number is not None:
        return own.number
    shown = number_to_show(directory.rights, at, agent_id=agent_id, project_id=None, client_id=None)
    return None if shown is None else shown.number


def log_alerts(envelopes: Sequence[Envelope]) -> None:
    """Every call to a control room is a line in the log. The address is not: boards show it to those who may see it."""
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, EmergencyDialled):
            late_ms = (envelope.received_at - envelope.occurred_at) // 1_000
            told = {"number": event.number, "agent_id": event.dialled_by, "phone": event.endpoint_id, "late_ms": late_ms}
            _log.warning("an agent calls a control room", **told)
        elif isinstance(event, DialPermitted) and event.is_emergency:
            _log.warning("an agent calls a control room", agent_id=event.agent_id, call_id=event.call_id)

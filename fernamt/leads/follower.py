"""Follows the calls of leads, beside them: when one is over and nobody is at its wrap-up any more, its lead is settled.

It holds nothing that a crash could lose: which leads are given out stands in the database, what happened in the journal.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from routing.leads.following import LeadCall, Said, begun, call_in, heard, said_of
from routing.outbound.verdicts import CodeRule
from store.lead_calls import Concluded, OpenClaim
from telephony.agent.model import Agent, AgentState
from telephony.engine.ports import Clock, Journal
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, Instant, ProjectId

LOOK_S = 1.0
_FREE = (AgentState.AVAILABLE, AgentState.PAUSED, AgentState.LOGGED_OUT)
_log = structlog.get_logger("fernamt.leads")


class LeadBook(Protocol):
    """Leads that are given out."""

    async def open_claims(self) -> Sequence[OpenClaim]:
        """All that somebody has."""
        ...

    async def conclude(self, claim_id: str, said: Said) -> Concluded | None:
        """The lead stands as its attempt and what was said make it; None where the attempt's end is not on disk yet."""
        ...


class LeadFollower:
    """Whose calls of leads are under way, and which are over and not settled."""

    def __init__(
        self,
        book: LeadBook,
        *,
        agent: Callable[[AgentId], Agent | None],
        rules: Callable[[ProjectId], Sequence[CodeRule]],
        clock: Clock,
    ) -> None:
        self._book = book
        self._agent = agent
        self._rules = rules
        self._clock = clock
        self._calls: dict[CallId, LeadCall] = {}

    @property
    def open_calls(self) -> Sequence[LeadCall]:
        """Calls of leads that are not settled."""
        return list(self._calls.values())

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """What happens in calls of leads is noted; nothing waits for it."""
        for envelope in envelopes:
            call_id = envelope.call_id
            known = None if call_id is None else self._calls.get(call_id)
            call = begun(envelope) if known is None else heard(known, envelope)
            if call is not None and call is not known:
                self._calls[call.call_id] = call

    async def restore(self, journal: Journal) -> None:
        """Leads that were given out when the last process ended are followed on, from what the journal says of their calls.

        One without a call was never dialled: its lease gives it back.
        """
        for claim in await self._book.open_claims():
            call = call_in([envelope async for envelope in journal.read_call(CallId(claim.claim_id))])
            if call is not None:
                self._calls.setdefault(call.call_id, call)

    async def keep(self) -> None:
        """Settles what is over, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(SQLAlchemyError, OSError):  # while the database is away, what is over waits
                await self.settle()

    async def settle(self) -> None:
        """All that is over by now is settled."""
        for call in [each for each in self._calls.values() if each.ended_at is not None and not self._is_wrapping_up(each)]:
            said = said_of(call, self._rules(call.project_id), self._clock.now(), self._free_at(call))
            concluded = await self._book.conclude(call.call_id, said)
            if concluded is None:
                continue  # the desk has not noted the attempt's end
            del self._calls[call.call_id]
            if concluded.lead is None:
                _log.warning("a lead was somebody else's when its call was over", call=call.call_id, lead=call.lead_id)

    def _free_at(self, call: LeadCall) -> Instant | None:
        """When the last of them had left the wrap-up; None where nobody was seen at it."""
        agents = (self._agent(agent_id) for agent_id in call.agents)
        left = [each.since for each in agents if each is not None and call.ended_at is not None and each.since > call.ended_at]
        return max(left, default=None)

    def _is_wrapping_up(self, call: LeadCall) -> bool:
        agents = (self._agent(agent_id) for agent_id in call.agents)
        return any(each is not None and each.call_id == call.call_id and each.state not in _FREE for each in agents)

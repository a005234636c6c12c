"""What metering needs from outside: the journal to read, and the book to keep what it derives."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from metering.lines import ENGINE_VERSION, FoldedCall, MeteringRules, MinuteLine
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, SwitchName


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Between these instants events of the switch may have been lost; `seq` is where the journal says so."""

    seq: int
    switch: SwitchName
    from_at: Instant
    to_at: Instant


class DerivationState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the journal is derived: everything needed to go on, as small as it is."""

    seq: int = 0
    gaps: tuple[Gap, ...] = ()
    engine_version: str = ENGINE_VERSION
    rule_version: str = ""
    """With another version of either, everything is derived anew."""

    @staticmethod
    def versions(rules: MeteringRules) -> tuple[str, str]:
        """What stands in a state that was derived by this release under these rules."""
        return ENGINE_VERSION, rules.version


class EventSource(Protocol):
    """The durable journal, read in order. The engine's `Journal` is one."""

    def read_since(self, seq: int, until: int | None = None) -> AsyncIterator[Envelope]:
        """All events after `seq` in their order, up to and with `until`."""
        ...

    def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """The call's events in their order."""
        ...


class WrittenBook(Protocol):
    """Where a derivation keeps records and lines. One process at a time writes it."""

    async def state(self) -> DerivationState:
        """How far it has been derived; the beginning for an empty book."""
        ...

    async def put(self, calls: Sequence[FoldedCall], state: DerivationState) -> None:
        """In one transaction: each call's record and lines replace what was there of it, and the state moves on."""
        ...

    async def clear(self) -> None:
        """The book is empty and its state is the beginning: the next derivation rebuilds it whole."""
        ...


class MinuteBook(WrittenBook, Protocol):
    """The same, with what is read of it."""

    def lines(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        client_id: ClientId | None = None,
        agent_id: AgentId | None = None,
        project_id: ProjectId | None = None,
    ) -> AsyncIterator[MinuteLine]:
        """Lines of calls that came in from `from_at` up to, not with, `to_at`, ordered by start, call and line number."""
        ...

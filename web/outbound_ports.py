"""What the edge needs for calls outside: who is not called, and which numbers may be shown."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from routing.outbound.facts import Covers
from routing.outbound.shown import ShownRight
from store.audit import Author
from store.do_not_call import DoNotCallList, Entry
from telephony.identifiers import Instant


class DoNotCallLists(Protocol):
    """Do-not-call lists: numbers go in as keyed hashes and never come out. Raises `CentreRejected` for a list of nobody's."""

    async def counts(self) -> Mapping[DoNotCallList, int]:
        """How many numbers each list has."""
        ...

    async def entries_of(self, number: str) -> Mapping[DoNotCallList, Entry]:
        """What all lists say of that number."""
        ...

    async def add(
        self, whose: DoNotCallList, numbers: Sequence[str], *, covers: Covers, reason: str, by: Author | None = None
    ) -> int:
        """The numbers are on the list; how many were not, or for less."""
        ...

    async def remove(self, whose: DoNotCallList, number: str, *, reason: str, by: Author | None = None) -> bool:
        """The number is not on the list; False where it was not."""
        ...


class ShownRights(Protocol):
    """The register of rights to show a number. Raises `CentreRejected` for what cannot be one."""

    async def rights(self) -> Sequence[ShownRight]:
        """All, those that are over as well."""
        ...

    async def add(self, right: ShownRight, *, by: Author | None = None) -> None: ...
    async def end(self, right_id: str, at: Instant, *, by: Author | None = None) -> None: ...

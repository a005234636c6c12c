"""The directory in force: changed in the store, then swapped in memory and in the engine, one change after the other."""

import asyncio
from collections.abc import Awaitable, Callable

from routing.directory import Directory
from store.audit import Author
from store.centre import Applied, Centre
from store.directory import DirectoryStore
from telephony.identifiers import ClientId, ProjectId


class StoredDirectory:
    """The book behind the API. `on_change` hands each new revision to the engine and the board."""

    def __init__(self, store: DirectoryStore, current: Directory, on_change: Callable[[Directory], None]) -> None:
        self._store = store
        self._current = current
        self._on_change = on_change
        self._turn = asyncio.Lock()

    @property
    def current(self) -> Directory:
        """The revision in force."""
        return self._current

    async def apply(self, centre: Centre, *, by: Author, removes_others: bool = False, is_dry_run: bool = False) -> Applied:
        """What is described holds, in the store and in the engine. Raises `CentreRejected`, and nothing has changed."""
        async with self._turn:
            applied = await self._store.apply(centre, removes_others=removes_others, is_dry_run=is_dry_run, by=by)
            await self._swap()
        return applied

    async def remove_number(self, did: str, *, by: Author) -> Applied:
        """Calls to that number are unknown. Raises `CentreRejected` where it was not there."""
        return await self._taken_out(self._store.remove_number(did, by=by))

    async def remove_team(self, team_id: str, *, by: Author) -> Applied:
        """The team is no more: its agents are in none, its leaders lead none. Raises `CentreRejected` where there was none."""
        return await self._taken_out(self._store.remove_team(team_id, by=by))

    async def deactivate_client(self, client_id: ClientId, *, by: Author) -> Applied:
        """The client and its projects take no calls. Raises `CentreRejected` where there is none."""
        return await self._taken_out(self._store.deactivate_client(client_id, by=by))

    async def deactivate_project(self, project_id: ProjectId, *, by: Author) -> Applied:
        """The project takes no calls. Raises `CentreRejected` where there is none."""
        return await self._taken_out(self._store.deactivate_project(project_id, by=by))

    async def refresh(self) -> None:
        """A change made by another process (the CLI) is in force."""
        async with self._turn:
            await self._swap()

    async def _taken_out(self, take_out: Awaitable[Applied]) -> Applied:
        async with self._turn:
            applied = await take_out
            await self._swap()
        return applied

    async def _swap(self) -> None:
        if await self._store.revision() == self._current.revision:
            return
        self._current = await self._store.load()
        self._on_change(self._current)

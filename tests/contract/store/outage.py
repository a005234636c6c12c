"""A database that goes away, as the journal sees it."""

from store.journal import SqlJournal
from store.journal_database import Batch


class Outage:
    """The journal's writes fail as long as it lasts, each after what the test chooses to do first."""

    def __init__(self, journal: SqlJournal) -> None:
        self.lasts = False
        self.commits_first = False
        write = journal._database.write

        async def failing(batch: Batch) -> None:
            if self.lasts and not self.commits_first:
                raise ConnectionRefusedError("the database is away")
            await write(batch)
            if self.lasts:
                await journal._database.disconnect()
                raise ConnectionResetError("the answer to the commit was lost")

        journal._database.write = failing  # type: ignore[method-assign]

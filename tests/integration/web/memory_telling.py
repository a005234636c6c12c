"""What is held about a person, in memory."""

import json

from store.audit import Author
from web.ports import ExportsBusy


class MemoryTelling:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.is_busy = False

    async def tell(self, number: str, *, by: Author) -> bytes:
        if self.is_busy:
            raise ExportsBusy("as many run as may be at once")
        self.asked.append((number, by.user_id, by.reason))
        return json.dumps({"people": [{"number": number}], "leads": [{"note": "x" * 200_000}]}).encode()

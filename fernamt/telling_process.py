"""The API's answer to who asks what is held about them: `fernamt parties answer` in a process of its own.

Whom it is about, and why they asked, go in by its standard input: command lines are read by everybody on a machine.
"""

from collections.abc import Sequence

import msgspec

from fernamt.own_command import FewAtOnce, own_command
from store.audit import Author
from web.ports import ExportsBusy

LIMIT_S = 600.0
MOST_AT_ONCE = 2


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is about, who asks for them, and why."""

    number: str
    user_id: str
    reason: str


class ProcessTelling:
    """Few are answered at a time."""

    def __init__(self, options: Sequence[str] = (), *, limit_s: float = LIMIT_S) -> None:
        """`options` are those before the command: they lead it to the same settings."""
        self._command = own_command(options, "parties", "answer")
        self._ask = FewAtOnce(MOST_AT_ONCE, limit_s=limit_s, busy=ExportsBusy)

    async def tell(self, number: str, *, by: Author) -> bytes:
        """All that is held about whoever has that number, as JSON; that it was told is on record. Raises `ExportsBusy`."""
        question = Question(number=number, user_id=by.user_id, reason=by.reason)
        return await self._ask.answer(self._command, given=msgspec.json.encode(question))

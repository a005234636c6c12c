"""The API's statements: each is `fernamt agents statement` in a process of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fernamt.own_command import FewAtOnce, moment, own_command
from telephony.identifiers import AgentId, Instant
from web.level_ports import StatementsBusy

LIMIT_S = 600.0
MOST_AT_ONCE = 2


class ProcessStatements:
    """Few are worked out at a time."""

    def __init__(self, options: Sequence[str] = (), *, limit_s: float = LIMIT_S) -> None:
        """`options` are those before the command: they lead it to the same settings."""
        self._command = own_command(options, "agents", "statement")
        self._ask = FewAtOnce(MOST_AT_ONCE, limit_s=limit_s, busy=StatementsBusy)

    async def statement(self, agent_id: AgentId, from_at: Instant, to_at: Instant, language: str) -> Mapping[str, Any]:
        """The agent's statement of [from, to). Raises `StatementsBusy`."""
        period = ["--from", moment(from_at), "--to", moment(to_at)]
        found: Mapping[str, Any] = json.loads(
            await self._ask.answer([*self._command, *period, "--lang", language, "--json", "--", agent_id])
        )
        return found

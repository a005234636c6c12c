"""The API's figures of shifts: each a command of `fernamt` in a process of its own, so that live calls lose nothing."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fernamt.own_command import FewAtOnce, moment, own_command
from telephony.identifiers import AgentId, Instant
from web.shift_ports import FiguresBusy, StaffingWanted

LIMIT_S = 300.0
MOST_AT_ONCE = 2


class ProcessShiftFigures:
    """Few run at a time."""

    def __init__(self, options: Sequence[str] = (), *, limit_s: float = LIMIT_S) -> None:
        """`options` are those before the command: they lead it to the same settings."""
        self._options = options
        self._few = FewAtOnce(MOST_AT_ONCE, limit_s=limit_s, busy=FiguresBusy)

    async def attendance(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None
    ) -> Sequence[Mapping[str, Any]]:
        """One row an agent."""
        options = [option for agent_id in sorted(agent_ids or ()) for option in ("--agent", agent_id)]
        answer = await self._ask("attendance", *_period(from_at, to_at), *options, "--format", "json")
        rows: list[Mapping[str, Any]] = json.loads(answer)
        return rows

    async def staffing(self, wanted: StaffingWanted) -> Mapping[str, Any]:
        """The hint as a record."""
        answer: Mapping[str, Any] = json.loads(await self._ask(*_staffing(wanted), "--json"))
        return answer

    async def staffing_picture(self, wanted: StaffingWanted) -> bytes:
        """The hint as SVG."""
        return await self._ask(*_staffing(wanted), "--picture", "-")

    async def _ask(self, *words: str) -> bytes:
        return await self._few.answer(own_command(self._options, *words))


def _staffing(wanted: StaffingWanted) -> list[str]:
    return [
        "staffing",
        *_period(wanted.from_at, wanted.to_at),
        *("--project", wanted.project_id, "--weeks", str(wanted.weeks)),
        *("--target", str(wanted.target_percent), "--shrinkage", str(wanted.shrinkage_percent)),
    ]


def _period(from_at: Instant, to_at: Instant) -> list[str]:
    return ["--from", moment(from_at), "--to", moment(to_at)]

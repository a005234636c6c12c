"""Whoever forbids a call while it rings is not rung on: looked for beside the calls, whoever wrote it down, and wherever."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.objections import forbidden_since
from telephony.dialling import CalleeSpared
from telephony.errors import Refusal
from telephony.identifiers import LegId

LOOK_S = 1.0
BY = "objection"


class Intents(Protocol):
    """Where wishes go."""

    async def submit(self, request: CalleeSpared) -> Refusal | None: ...


async def spare_callees(engine: AsyncEngine, unanswered: Callable[[], Sequence[LegId]], intents: Intents) -> None:
    """Legs that ring are looked at every second, until cancelled; one that may not ring any more is ended within the next.

    Who has answered meanwhile is told so by the agent: the wish is refused then.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        with suppress(SQLAlchemyError, OSError):  # while the database is away nobody can forbid anything either
            await spare_once(engine, unanswered(), intents)


async def spare_once(engine: AsyncEngine, legs: Sequence[LegId], intents: Intents) -> None:
    """Calls of these legs that are forbidden by now are asked to end."""
    if not legs:
        return
    for call_id in await forbidden_since(engine, legs):
        await intents.submit(CalleeSpared(call_id=call_id, agent_id=None, by=BY))

"""Agents of the demo who work by themselves: log in, answer like people, talk, hold, hang up, wrap up, take a break."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

from fernamt.demo.control_link import ControlLinkClosed
from fernamt.demo.house import House
from fernamt.demo.phones import Phone, PhoneEvent
from fernamt.node.errors import NodeError
from fernamt.node.unpack import Progress
from telephony.agent.feature_codes import AVAILABLE, LOG_IN, LOG_OUT, PAUSE, WRAP_UP

_IGNORES, _REJECTS, _HOLDS, _FORGETS_THE_CODE = 0.04, 0.02, 0.2, 0.1
_SHORTEST_TALK_S, _LONGEST_TALK_S = 8.0, 180.0
_WRAP_UP_CODES = 4
"""Every project of the demo's centre has at least so many."""
_BREAK_EVERY_S = 420.0
_MISSES_UNTIL_AVAILABLE = 3
_PATIENCE_WITH_THE_SWITCH_S = 2.0


@dataclass(slots=True)
class Robot:
    """One agent. `run` works until it is cancelled."""

    name: str
    house: House
    chance: random.Random
    voice: Path
    talk_s: float
    tell: Progress
    is_talking: bool = False
    has_logged_in: asyncio.Event = field(default_factory=asyncio.Event)
    _misses: int = 0
    _phone: Phone | None = None
    _offered: PhoneEvent | None = None

    async def run(self) -> None:
        """The agent is at work; a phone that has died is replaced."""
        while True:
            try:
                self._phone = await self.house.phone(self.name, speech=self.voice)
                await self._work(self._phone)
            except (NodeError, ControlLinkClosed, TimeoutError) as trouble:
                self.tell(f"{self.name}'s phone: {trouble}; a new one is started")
            self.is_talking = False
            phone = self.house.phones.pop(self.name, None)
            if phone is not None:
                await phone.stop()
            await asyncio.sleep(_PATIENCE_WITH_THE_SWITCH_S)

    async def leave(self) -> None:
        """The agent has logged out, if the phone and the switch still can."""
        if self._phone is not None and self.has_logged_in.is_set():
            try:
                await self._dial(self._phone, LOG_OUT)
            except (NodeError, ControlLinkClosed, TimeoutError):
                return

    async def _work(self, phone: Phone) -> None:
        await self._dial(phone, LOG_IN)
        # Who was on a break when the last demo ended still is.
        await self._dial(phone, AVAILABLE)
        self.has_logged_in.set()
        while True:
            phone.forget_events()
            offer = self._offered or await self._next(
                phone, "CALL_INCOMING", within_s=self.chance.expovariate(1 / _BREAK_EVERY_S)
            )
            self._offered = None
            if offer is None:
                await self._take_a_break(phone)
            elif await self._answer(phone, offer):
                self._misses = 0
                await self._talk(phone, offer)
                await self._wrap_up(phone)
            else:
                await self._missed(phone)

    async def _answer(self, phone: Phone, offer: PhoneEvent) -> bool:
        """Whether the call was answered in time."""
        mood = self.chance.random()
        reaction_s = 60.0 if mood < _IGNORES else self.chance.uniform(1.0, 5.0)
        if await self._next(phone, "CALL_CLOSED", of=offer, within_s=reaction_s) is not None:
            return False
        if mood < _IGNORES + _REJECTS:
            await phone.hang_up()
            await self._next(phone, "CALL_CLOSED", of=offer, within_s=5)
            return False
        try:
            await phone.answer()
        except NodeError:
            return False  # the caller has given up at this very moment
        begun = await self._next(phone, "CALL_ESTABLISHED", "CALL_CLOSED", of=offer, within_s=10)
        return begun is not None and begun.type == "CALL_ESTABLISHED"

    async def _talk(self, phone: Phone, offer: PhoneEvent) -> None:
        """Until the caller hangs up, or everything is said."""
        self.is_talking = True
        left_s = min(_LONGEST_TALK_S, max(_SHORTEST_TALK_S, self.chance.expovariate(1 / self.talk_s)))
        try:
            if self.chance.random() < _HOLDS:
                if await self._next(phone, "CALL_CLOSED", of=offer, within_s=left_s / 2) is not None:
                    return
                left_s /= 2
                await phone.hold()
                is_over = await self._next(phone, "CALL_CLOSED", of=offer, within_s=self.chance.uniform(4, 9)) is not None
                if is_over:
                    return
                await phone.resume()
            if await self._next(phone, "CALL_CLOSED", of=offer, within_s=left_s) is None:
                await phone.hang_up()
                await self._next(phone, "CALL_CLOSED", of=offer, within_s=5)
        finally:
            self.is_talking = False

    async def _wrap_up(self, phone: Phone) -> None:
        """A code is chosen, unless it is forgotten and the limit ends the wrap-up."""
        thinking_s = self.chance.uniform(3.0, 10.0)
        if self.chance.random() < _FORGETS_THE_CODE:
            return
        self._offered = await self._next(phone, "CALL_INCOMING", within_s=thinking_s)
        if self._offered is None:
            await self._dial(phone, f"{WRAP_UP}{self.chance.randint(1, _WRAP_UP_CODES)}")

    async def _take_a_break(self, phone: Phone) -> None:
        await self._dial(phone, PAUSE)
        await asyncio.sleep(self.chance.uniform(20, 40))
        await self._dial(phone, AVAILABLE)

    async def _missed(self, phone: Phone) -> None:
        self._misses += 1
        if self._misses >= _MISSES_UNTIL_AVAILABLE:
            self._misses = 0
            await asyncio.sleep(self.chance.uniform(5, 15))
            await self._dial(phone, AVAILABLE)

    async def _dial(self, phone: Phone, code: str) -> None:
        """The feature code was heard to its end; a call that comes in meanwhile is next."""
        await phone.dial(code)
        while True:
            event = await phone.expect("CALL_CLOSED", "CALL_INCOMING", within_s=30)
            if event.type == "CALL_CLOSED":
                return
            self._offered = event

    async def _next(self, phone: Phone, *types: str, within_s: float, of: PhoneEvent | None = None) -> PhoneEvent | None:
        """The next such event (of that call), None when there is none in the time."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    event = await phone.expect(*types, within_s=within_s + 1)
                    if of is None or event.call_id == of.call_id:
                        return event
        except TimeoutError:
            return None

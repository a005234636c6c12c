"""Callers of the demo: each a phone of its own for one call, with a number, a wish, and some patience."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fernamt.demo.control_link import ControlLinkClosed
from fernamt.demo.house import House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.node.errors import NodeError
from fernamt.node.unpack import Progress

# Numbers that are never assigned to anybody (Bundesnetzagentur, numbers for films and television); the dots are drawn.
_NUMBERS = ("+493023125...", "+496990009...", "+494066969...", "+498999998...", "+49221471...5", "+4917139200..", "+491729925904")
ANONYMOUS = "anonymous"
_IS_ANONYMOUS, _IS_IMPATIENT, _IS_WRONG = 0.08, 0.15, 0.02
_SHORTEST_TALK_S, _LONGEST_TALK_S, _LONGEST_WAIT_S = 6.0, 150.0, 240.0
_AT_ONCE = 12
WRONG_NUMBER = "+493023125999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One call as it is meant: who, where to, how long the wait and the talk may be."""

    number: str
    wish: str
    patience_s: float
    talk_s: float


def draw(chance: random.Random, wishes: Sequence[str], *, talk_s: float, patience_s: float) -> Caller:
    """The next caller."""
    drawn = "".join(chance.choice("0123456789") if digit == "." else digit for digit in chance.choice(_NUMBERS))
    is_impatient = chance.random() < _IS_IMPATIENT
    patience = chance.uniform(4, 12) if is_impatient else max(15.0, chance.expovariate(1 / patience_s))
    return Caller(
        number=ANONYMOUS if chance.random() < _IS_ANONYMOUS else drawn,
        wish=WRONG_NUMBER if chance.random() < _IS_WRONG else chance.choice(wishes),
        patience_s=min(_LONGEST_WAIT_S, patience),
        talk_s=min(_LONGEST_TALK_S, max(_SHORTEST_TALK_S, chance.expovariate(1 / talk_s))),
    )


@dataclass(slots=True)
class Callers:
    """Calls at random intervals, until cancelled; `begun`, `given_up` count them."""

    house: House
    chance: random.Random
    wishes: Sequence[str]
    """The numbers they dial, some maybe more than once."""
    voices: Sequence[Path]
    per_minute: float
    talk_s: float
    patience_s: float
    tell: Progress
    begun: int = 0
    given_up: int = 0

    async def run(self) -> None:
        """Callers come; more than a dozen at once would only crowd the machine, so the next one waits for a place."""
        places: asyncio.Queue[int] = asyncio.Queue()
        for place in range(_AT_ONCE):
            places.put_nowait(place)
        async with asyncio.TaskGroup() as calls:
            while True:
                caller = draw(self.chance, self.wishes, talk_s=self.talk_s, patience_s=self.patience_s)
                calls.create_task(self._call(caller, await places.get(), places))
                await asyncio.sleep(self.chance.expovariate(self.per_minute / 60))

    async def _call(self, caller: Caller, place: int, places: asyncio.Queue[int]) -> None:
        self.begun += 1
        account = PhoneAccount(user=caller.number, server=self.house.sip)
        directory = self.house.directory / "phones" / f"caller-{place}"
        phone: Phone | None = None
        try:
            phone = await Phone.start(self.house.baresip, account, directory, speech=self.voices[place % len(self.voices)])
            await self._play(phone, caller)
        except (NodeError, ControlLinkClosed, TimeoutError) as trouble:
            self.tell(f"a caller's phone: {trouble}")
        finally:
            if phone is not None:
                await phone.stop()
            places.put_nowait(place)

    async def _play(self, phone: Phone, caller: Caller) -> None:
        await phone.dial(caller.wish)
        if not await _has(phone, "CALL_ESTABLISHED", "CALL_CLOSED", within_s=caller.patience_s):
            self.given_up += 1
            await phone.hang_up()
        elif phone.events[-1].type != "CALL_CLOSED":
            # Answered by an agent, or by music: the caller cannot tell, and has all the patience there is left.
            await _has(phone, "CALL_CLOSED", within_s=caller.patience_s + caller.talk_s)
            await phone.hang_up()


async def _has(phone: Phone, *types: str, within_s: float) -> bool:
    try:
        await phone.expect(*types, within_s=within_s)
    except TimeoutError:
        return False
    return True

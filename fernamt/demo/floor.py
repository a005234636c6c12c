"""The demo's working floor: a whole installation with agents and callers of its own, until somebody stops it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from config.operation import DemoSettings
from config.settings import Settings
from fernamt.centre.read import read_centre
from fernamt.demo.callers import Callers
from fernamt.demo.fake_line import answer_emergencies
from fernamt.demo.house import SWITCH, House
from fernamt.demo.keeping import keep_going
from fernamt.demo.logins import Login, fresh_logins
from fernamt.demo.premises import Outside, sections
from fernamt.demo.robots import Robot
from fernamt.demo.speech import write_speech
from fernamt.node.errors import NodeError
from fernamt.node.settings import bracketed
from fernamt.node.unpack import Progress
from telephony.engine.ports import EndpointAccount

CENTRE = Path(__file__).with_name("centre.toml")
_VOICES = 6
_LOOK_EVERY_S = 0.25
_TELL_EVERY_S = 30.0
_LEAVING_LIMIT_S = 3.0
_LOG_IN_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the demo is asked to be."""

    chosen: Settings
    """Ports and `[demo]` are taken from here."""
    directory: Path
    programs: Path
    outside: Outside | None = None
    me: str | None = None
    """An agent who is left to a person."""
    calls_per_minute: float = DemoSettings().calls_per_minute
    """0: nobody calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the person in front of it has to know."""

    url: str
    config_file: Path
    logins: Sequence[Login]
    account: EndpointAccount
    """The phone of the agent who is shown."""
    is_mine: bool
    """No robot has that phone."""
    server: str
    sips_server: str | None
    certificate: Path | None
    numbers: Sequence[str]


Announce = Callable[[Opening], None]


async def play(wanted: Wanted, *, tell: Progress, announce: Announce) -> None:
    """Runs until cancelled; then everything that was started has ended. Raises `NodeError` with the way out."""
    agents = _agents(wanted.me)
    begun = asyncio.get_running_loop().time()
    changes = sections(wanted.chosen, SWITCH, wanted.directory, wanted.outside, tell)
    speaking = asyncio.ensure_future(asyncio.to_thread(_voices, wanted.directory / "sound"))
    async with House.open(wanted.directory, CENTRE, changes=changes, programs=wanted.programs, progress=tell) as house:
        tell("Asterisk is up")
        logins = await fresh_logins(house.settings, wanted.me or agents[0])
        await house.start_service()
        await house.start_watchdog()
        tell("the service is ready for calls, the watchdog stands by")
        voices = await speaking
        async with _background(house, tell) as group:
            robots = _robots(house, [name for name in agents if name != wanted.me], voices, wanted, tell)
            works = [group.create_task(robot.run()) for robot in robots]
            await _logged_in(robots)
            tell(f"{len(robots)} agents have registered and logged in: {', '.join(robot.name for robot in robots)}")
            announce(_opening(house, logins, wanted, agents[0]))
            tell(f"ready after {asyncio.get_running_loop().time() - begun:.1f} s")
            if wanted.calls_per_minute:
                callers = _callers(house, voices, wanted, tell)
                works += [group.create_task(callers.run()), group.create_task(_report(robots, callers, tell))]
                tell(f"callers begin, about {wanted.calls_per_minute:g} a minute")
            else:
                tell("nobody calls by itself: the numbers are above")
            try:
                await asyncio.Event().wait()
            finally:
                tell("stopping: callers and agents leave, then the service and Asterisk end")
                await _empty(robots, works)


def _callers(house: House, voices: list[Path], wanted: Wanted, tell: Progress) -> Callers:
    demo = wanted.chosen.demo
    return Callers(
        house=house,
        chance=random.Random(f"callers {demo.seed}"),  # noqa: S311 - a demo, no secret
        wishes=_dids(),
        voices=voices,
        per_minute=wanted.calls_per_minute,
        talk_s=demo.talk_s,
        patience_s=demo.patience_s,
        tell=tell,
    )


@asynccontextmanager
async def _background(house: House, tell: Progress) -> AsyncIterator[asyncio.TaskGroup]:
    """What stands behind the floor: an eye on the programs, and the other end of the emergency line."""
    async with asyncio.TaskGroup() as group:
        works = [group.create_task(keep_going(house, tell)), group.create_task(answer_emergencies(house, tell))]
        try:
            yield group
        finally:
            for work in works:
                work.cancel()


async def _logged_in(robots: list[Robot]) -> None:
    try:
        async with asyncio.timeout(_LOG_IN_LIMIT_S):
            for robot in robots:
                await robot.has_logged_in.wait()
    except TimeoutError:
        missing = ", ".join(robot.name for robot in robots if not robot.has_logged_in.is_set())
        raise NodeError(f"phones that could not log in within {_LOG_IN_LIMIT_S:g} s: {missing}") from None


async def _empty(robots: list[Robot], works: list[asyncio.Task[None]]) -> None:
    for work in works:
        work.cancel()
    try:
        async with asyncio.timeout(_LEAVING_LIMIT_S):
            await asyncio.gather(*(robot.leave() for robot in robots))
    except TimeoutError:
        return


async def _report(robots: list[Robot], callers: Callers, tell: Progress) -> None:
    """The first call is told at once, then the floor's figures twice a minute."""
    while not any(robot.is_talking for robot in robots):  # noqa: ASYNC110 - the phones tell nobody else
        await asyncio.sleep(_LOOK_EVERY_S)
    tell("the first call is talking")
    while True:
        await asyncio.sleep(_TELL_EVERY_S)
        talking = sum(robot.is_talking for robot in robots)
        tell(f"{callers.begun} callers so far, {talking} talking now, {callers.given_up} gave up")


def _robots(house: House, names: list[str], voices: list[Path], wanted: Wanted, tell: Progress) -> list[Robot]:
    demo = wanted.chosen.demo
    return [
        Robot(
            name=name,
            house=house,
            chance=random.Random(f"{name} {demo.seed}"),  # noqa: S311
            voice=voices[place % len(voices)],
            talk_s=demo.talk_s,
            tell=tell,
        )
        for place, name in enumerate(names)
    ]


def _voices(folder: Path) -> list[Path]:
    voices = [folder.absolute() / f"voice-{number}.wav" for number in range(_VOICES)]
    for number, voice in enumerate(voices):
        write_speech(voice, seed=number)
    return voices


def _opening(house: House, logins: Sequence[Login], wanted: Wanted, first: str) -> Opening:
    switch = house.settings.switch[SWITCH]
    return Opening(
        url=house.url,
        config_file=house.config_file.absolute(),
        logins=logins,
        account=house.accounts[wanted.me or first],
        is_mine=wanted.me is not None,
        server=house.sip,
        sips_server=None if switch.listen_address is None else f"{bracketed(switch.listen_address)}:{switch.sips_port}",
        certificate=house.settings.service.certificate,
        numbers=_dids(),
    )


def _agents(me: str | None) -> list[str]:
    names = [agent.agent_id for agent in read_centre(CENTRE).entries.agents]
    if me is not None and me not in names:
        raise NodeError(f"the demo has no agent {me!r}: choose one of {', '.join(names)}")
    return names


def _dids() -> list[str]:
    return [number.did.replace(" ", "") for number in read_centre(CENTRE).entries.numbers]

"""A sign at an Asterisk whose answers are written here: lost words, cut lines, sounds that do not exist."""

import asyncio
from collections.abc import Callable
from typing import cast

from telephony.events import Event
from telephony.identifiers import CallId, Instant, LegId, SwitchName, segment_id, uuid7
from telephony.segments import GiveSign, SignGiven
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Channel, Frame, PlaybackSeen
from telephony.switch.asterisk.signs import Signs

CALL = CallId(uuid7(Instant(1_000_000), 7))
SEGMENT = segment_id(CALL, 1)
NAME = f"{SEGMENT}.sign"
SIGN = GiveSign(
    call_id=CALL,
    switch=SwitchName("a"),
    leg_id=LegId("caller"),
    segment_id=SEGMENT,
    agent_leg_id=LegId("agent"),
    number=1,
    sound="fernamt/recording-beep",
    language="de",
)


class Asterisk:
    """Has a snoop from the request for it to the one against it; plays once the snoop has come into the app."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.has_agent = True
        self.has_snoop = self.plays = False
        self.refusals = 1
        """So often a sound is refused, since the snoop is not in the app yet."""
        self.cuts = 0
        """So many requests for a sound get no answer."""
        self.on_play: Callable[[], None] = lambda: None

    async def ask(self, request: AriRequest) -> AriAnswer:
        self.asked.append((request.method, request.uri))
        await asyncio.sleep(0)
        if "/snoop/" in request.uri:
            assert ("whisper", "both") in request.query
            self.has_snoop = self.has_agent
            return AriAnswer(200 if self.has_agent else 404)
        if "/play/" in request.uri:
            return self._play(request)
        if request.uri.startswith("playbacks/"):
            return AriAnswer(200 if self.plays else 404)
        there = self.has_snoop
        if request.method == "DELETE":
            self.has_snoop = False
        return AriAnswer(204 if there else 404)

    def _play(self, request: AriRequest) -> AriAnswer:
        if self.cuts:
            self.cuts -= 1
            return AriAnswer(0)
        if self.refusals:
            self.refusals -= 1
            return AriAnswer(409)
        assert ("lang", "de") in request.query
        self.plays = True
        self.on_play()
        return AriAnswer(201)


class Scene:
    def __init__(self, look_s: float = 60.0) -> None:
        self.asterisk = Asterisk()
        self.told: list[SignGiven] = []
        self.over = asyncio.Event()
        self.signs = Signs(cast(AriHttp, self.asterisk), call_app="app", tell=self._hear, look_s=look_s)

    def _hear(self, event: Event) -> None:
        assert isinstance(event, SignGiven)
        assert not self.asterisk.has_snoop, "nothing of it is left on the leg"
        self.told.append(event)
        self.over.set()

    def finishes(self, state: str) -> None:
        assert self.signs.takes(Frame(type="PlaybackFinished", playback=PlaybackSeen(id=NAME, state=state)))

    async def result(self) -> bool:
        async with asyncio.timeout(10):
            await self.over.wait()
        (given,) = self.told
        assert (given.leg_id, given.segment_id, given.number) == (SIGN.leg_id, SEGMENT, 1)
        return given.is_whole


async def test_a_sound_that_was_played_to_its_end_was_heard() -> None:
    scene = Scene()
    scene.asterisk.on_play = lambda: scene.finishes("done")
    scene.signs.give(SIGN)
    assert await scene.result()
    assert scene.asterisk.asked[0] == ("POST", f"channels/agent/snoop/{NAME}")


async def test_a_sound_that_does_not_exist_was_not() -> None:
    scene = Scene()
    scene.asterisk.on_play = lambda: scene.finishes("failed")
    scene.signs.give(SIGN)
    assert not await scene.result()


async def test_of_a_sound_whose_end_is_lost_nobody_says_that_it_was_heard() -> None:
    scene = Scene(look_s=0.01)
    scene.asterisk.on_play = lambda: setattr(scene.asterisk, "plays", False)
    scene.signs.give(SIGN)
    assert not await scene.result()


async def test_a_line_that_is_cut_ends_it_and_its_snoop() -> None:
    scene = Scene()
    scene.asterisk.refusals, scene.asterisk.cuts = 0, 1
    scene.signs.give(SIGN)
    assert not await scene.result()


async def test_a_snoop_that_ends_with_the_agents_leg_ends_it() -> None:
    scene = Scene()
    ended = Frame(type="StasisEnd", channel=Channel(id=NAME, name=f"Snoop/agent-{NAME}"))
    scene.asterisk.on_play = lambda: cast(None, scene.signs.takes(ended))
    scene.signs.give(SIGN)
    assert not await scene.result()


async def test_what_is_ended_before_it_plays_is_not_played() -> None:
    scene = Scene()
    scene.signs.give(SIGN)
    assert scene.signs.end(SEGMENT) == (AriRequest("DELETE", f"channels/{NAME}"),)
    assert not await scene.result()
    assert not scene.asterisk.plays


async def test_without_the_agents_leg_nothing_is_played() -> None:
    scene = Scene()
    scene.asterisk.has_agent = False
    scene.signs.give(SIGN)
    assert not await scene.result()


async def test_frames_of_other_channels_and_sounds_are_not_its_own() -> None:
    signs = Scene().signs
    assert not signs.takes(Frame(type="PlaybackFinished", playback=PlaybackSeen(id=f"{CALL}.playback.1", state="done")))
    assert not signs.takes(Frame(type="StasisEnd", channel=Channel(id=f"{SEGMENT}.in")))
    assert not signs.takes(Frame(type="BridgeDestroyed"))
    assert signs.takes(Frame(type="ChannelDestroyed", channel=Channel(id=NAME))), "of an earlier life of ours: no leg's either"

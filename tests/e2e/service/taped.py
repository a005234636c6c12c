"""What a segment holds of two people who speak the tone code, one of them in packets whose instants are known."""

import asyncio
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.contract.switch.world import WAV_BYTES_PER_S, WAV_HEADER
from tests.e2e.asterisk.coded_phones import SLOTS as OUR_SLOTS
from tests.e2e.asterisk.coded_phones import Coded
from tests.e2e.asterisk.in_step import in_step_until
from tests.e2e.asterisk.tone_code import APART, PACKETS, Wave, heard, spoken
from tests.e2e.service.watching import eventually

FILES_STAY: dict[str, dict[str, Any]] = {"service": {"has_worker": False}}
"""For a house: nobody takes into the vault what is to be looked at."""
SLOTS = 600
"""The agent's code, a minute."""
UNDER_WAY_S = 0.2
"""Between a packet's way and the journal's instant of what was proven; edges only, never what may be on a file too much."""


@dataclass(frozen=True, slots=True)
class Taped:
    """The packets of who speaks with a known sound, the agent's, and of how many slots it was judged that they are there."""

    theirs: set[int]
    agents: set[int]
    in_step: int


async def holds(files: Sequence[Path], seconds: float) -> None:
    """Returns once each of the files of a running segment holds that much sound, however long a busy switch takes for it."""

    async def look() -> bool | None:
        sizes = [file.stat().st_size for file in files if file.exists()]
        return (len(sizes) == len(files) and min(sizes) >= WAV_HEADER + seconds * WAV_BYTES_PER_S) or None

    await eventually(look, f"{seconds} s of sound in {[file.name for file in files]}")


def speaks_on(file: Path) -> None:
    """The file is what an agent's phone speaks: their code."""
    with wave.open(str(file), "wb") as opened:
        opened.setparams((1, 2, 8_000, 0, "NONE", ""))
        opened.writeframes(spoken("agent", SLOTS).astype(np.int16).tobytes())


async def judged(received: Wave, sent: Wave, sound: Coded, *, agreed: float, proven: float, ended: float) -> Taped:
    """Both are there, of one length, one voice each: nothing from before the yes or after the end, and all between that came in
    step. The instants are of the clock of the phones."""
    assert abs(len(received) - len(sent)) <= APART
    theirs = await asyncio.to_thread(heard, received, sound.code.party, OUR_SLOTS)
    agents = await asyncio.to_thread(heard, sent, "agent", SLOTS)
    assert theirs.places, "the other end is on it"
    assert agents.places, "the agent is on it"
    left = sound.sent
    early = {n for n in theirs.places if left[n] < agreed - 0.02}
    late = {n for n in theirs.places if left[n] > ended}
    assert not early, f"packets from before the yes: {sorted(early)}"
    assert not late, f"packets from after the confirmed stop: {sorted(late)}"
    since = proven + UNDER_WAY_S  # another voice may have come to the stream until then, or music ended: a step of its own
    until = in_step_until(since, since + UNDER_WAY_S, ended, left, sound.passed_on)
    wanted = {n // PACKETS for n, at in left.items() if since < at < until - UNDER_WAY_S}
    assert wanted <= theirs.slots(), f"slots missing: {sorted(wanted - theirs.slots())}"
    own = agents.slots()
    holes = set(range(min(own), max(own))) - own
    assert until < ended or len(holes) <= 1, f"the agent's voice has holes: {sorted(holes)}"
    return Taped(set(theirs.places), set(agents.places), len(wanted))

"""How soon the page of an agent's desk draws that a call is recorded, and that it is not any more, once the service knows it.

The other half of `recording_status`, which ends at the live message: the screens as they are built for use, in a real Chromium,
before the web edge with its live feed. What the switch would have proven is told to that feed. Measured are the message's arrival
in the page to the frame in which the words stand, and the whole way from the telling. A frame is counted as drawn when the one
after it begins: that is up to 17 ms later than the eye has it.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Any

from playwright.async_api import Page

from bench.records import BenchImpossible
from bench.switch_floor import load_average
from telephony.identifiers import SegmentId
from telephony.order_segments import (
    RecordingAgreed,
    RecordingAsked,
    SegmentClosed,
    SegmentOpened,
    SegmentVerdict,
    StopReason,
)
from telephony.segments import SegmentProven
from tests.e2e.browsing import CHROMIUM, a_browser, a_page, build
from tests.e2e.pages.test_recording_pages import CALLEE, WORDS, Tape, asked_of
from tests.leading_stores import ANNA
from tests.leading_world import a_leading_world

SEGMENTS = 30
TARGET_MS = 500.0
_LISTENS = """
const now = () => performance.timeOrigin + performance.now();
window.told = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      const phase = /"tape":\\{[^}]*"phase":"(\\w+)"/.exec(data)?.[1];
      if (phase) window.told.push([phase, now()]);
    });
  }
};
"""
"""Before the page's own listener: when each phase came in."""
_LOOKS = """() => {
  const now = () => performance.timeOrigin + performance.now();
  window.drawn = [];
  const look = () => {
    const phase = document.querySelector('[data-tape]')?.dataset.tape ?? 'none';
    if (window.drawn.at(-1)?.[0] === phase) return;
    const row = [phase, now(), null];
    window.drawn.push(row);
    requestAnimationFrame(() => requestAnimationFrame(() => { row[2] = now(); }));
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  look();
}"""
"""When each phase stood in the page, and when its frame was done."""
_LAST = """(phase) => {
  const last = (rows) => rows.filter(([each]) => each === phase).at(-1);
  return [last(window.told), last(window.drawn)];
}"""
_IS_DRAWN = "([phase, nth]) => window.drawn.filter((row) => row[0] === phase && row[2] !== null).length >= nth"


def run(segments: float = SEGMENTS) -> list[dict[str, Any]]:
    """The records of one run."""
    if CHROMIUM is None:
        raise BenchImpossible("no Chromium is here: apt-get install chromium")
    build()
    shown = asyncio.run(_measured(int(segments)))
    found = [record for phase, pairs in shown.items() for record in _of(pairs, phase)]
    found.append({"name": "load of the machine while it ran", "value": load_average(), "unit": ""})
    return found


async def _measured(segments: int) -> dict[str, list[tuple[float, float]]]:
    """Of each phase, milliseconds from the message to the drawn frame, and from the telling to it."""
    shown: dict[str, list[tuple[float, float]]] = {"recording": [], "not recording": []}
    async with a_leading_world() as leading, a_browser() as browser, a_page(browser, timezone_id="Europe/Berlin") as page:
        await page.add_init_script(_LISTENS)
        tape, order, _ = await asked_of(leading, page)
        await page.evaluate(_LOOKS)
        for number in range(1, segments + 1):
            segment = SegmentId(f"segment{number}")
            if number > 1:
                tape.tell(RecordingAsked(call_id=tape.call_id, agent_id=ANNA, words=WORDS, order_id=order))
                await page.wait_for_function(_IS_DRAWN, arg=["asked", number])
            tape.tell(
                RecordingAgreed(call_id=tape.call_id, agent_id=ANNA),
                SegmentOpened(call_id=tape.call_id, agent_id=ANNA, segment_id=segment, leg_id=CALLEE),
            )
            proven = SegmentProven(leg_id=CALLEE, segment_id=segment)
            shown["recording"].append(await _drawn(page, tape, proven, "recording", number))
            shown["not recording"].append(await _drawn(page, tape, _closed(tape, order, segment), "complete", number))
    return shown


async def _drawn(page: Page, tape: Tape, event: SegmentProven | SegmentClosed, phase: str, nth: int) -> tuple[float, float]:
    told_at = time.time() * 1e3
    tape.tell(event)
    await page.wait_for_function(_IS_DRAWN, arg=[phase, nth])
    came, (_, stood, done) = await page.evaluate(_LAST, phase)
    if not told_at <= came[1] <= stood <= done:
        raise AssertionError(f"{phase} was shown before it was told: told {told_at}, came {came[1]}, stood {stood}, drawn {done}")
    return done - came[1], done - told_at


def _closed(tape: Tape, order: str, segment: SegmentId) -> SegmentClosed:
    return SegmentClosed(
        call_id=tape.call_id,
        agent_id=ANNA,
        segment_id=segment,
        order_id=order,
        words=WORDS,
        verdict=SegmentVerdict.COMPLETE,
        reason=StopReason.ASKED,
    )


def _of(pairs: Sequence[tuple[float, float]], what: str) -> list[dict[str, Any]]:
    found = []
    for name, of, target in (("message to drawn", 0, None), ("telling to drawn", 1, TARGET_MS)):
        ordered = sorted(pair[of] for pair in pairs)
        found.append({"name": f"{name}, {what}, p50", "value": statistics.median(ordered), "unit": "ms"})
        latest = {"name": f"{name}, {what}, the latest of {len(ordered)}", "value": ordered[-1], "unit": "ms"}
        found.append(latest if target is None else latest | {"target": target, "ok": ordered[-1] <= target})
    return found

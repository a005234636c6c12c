"""A call's minute lines as the client is shown them: who was connected, and nothing of who was asked in vain.

The client pays what was talked. That a phone rang unheard before is the centre's own matter, so lines without a conversation
are not shown, and the numbers run on as if they had never been. What the caller waited meanwhile is kept: it goes to the next
conversation's line, after the last one to that. A call that came to none keeps a single line. So every sum over a call (waiting,
talk, hold, announcement, machine, billed) is the same as over all its lines.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from metering.lines import MinuteLine


def as_client_sees(lines: Sequence[MinuteLine]) -> list[MinuteLine]:
    """The lines of one call that its client is shown, for all of that call's lines in their order."""
    shown = [line for line in lines if is_connected(line)] or [
        replace(lines[0], is_estimated=any(line.is_estimated for line in lines), agent_id=None, release_reason=None)
    ]
    waits = [0] * len(shown)
    place = 0
    for line in lines:
        waits[min(place, len(shown) - 1)] += line.wait_ms
        place += is_connected(line)
    first_only = {
        "announcement_ms": sum(line.announcement_ms for line in lines),
        "machine_ms": sum(line.machine_ms for line in lines),
    }
    rest = dict.fromkeys(first_only, 0)
    return [
        replace(line, line_number=number, wait_ms=wait_ms, **(first_only if number == 1 else rest))
        for number, (line, wait_ms) in enumerate(zip(shown, waits, strict=True), 1)
    ]


def is_connected(line: MinuteLine) -> bool:
    """Whether this line's agent had the outside party at all."""
    return line.talked_from_at is not None or line.hold_ms > 0 or line.billed_ms > 0

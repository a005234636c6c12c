"""Where on a tape its masks are: as they stand in the sound itself, not as the words of the switch crossed.

The journal tells when silence was asked for and proven, by our clock. A switch that stood still before has written fewer samples
than time passed: so a mask lies earlier on the file than told, by all that was lost until then. It is zeros in both directions at
once, in frames of 20 ms from the file's first sample on.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from recording.vault.manifest import CUT_SAMPLES, SAMPLE_BYTES, SAMPLE_RATE, Stretch

FRAME_MS = 20
_FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1_000 * SAMPLE_BYTES
_ZEROS = bytes(_FRAME_BYTES)
NEAR_MS = 1_500
"""Words of the switch on their way, a busy one's: so far from what was told an edge is looked for."""

Frames = tuple[int, int]
"""From one frame of the file up to before another."""


class Silences:
    """The silent frames of one direction, taken while its samples pass by, the first being the one behind the cut."""

    def __init__(self) -> None:
        self.found: list[Frames] = []
        self._at = CUT_SAMPLES * SAMPLE_BYTES // _FRAME_BYTES
        self._left = b""

    def take(self, data: bytes) -> None:
        """These bytes are looked through; any pieces in their order."""
        data = self._left + data
        whole = len(data) - len(data) % _FRAME_BYTES
        for begin in range(0, whole, _FRAME_BYTES):
            if data.startswith(_ZEROS, begin):
                self._add()
            self._at += 1
        self._left = data[whole:]

    def _add(self) -> None:
        if self.found and self.found[-1][1] == self._at:
            self.found[-1] = (self.found[-1][0], self._at + 1)
        else:
            self.found.append((self._at, self._at + 1))


def in_both(one: Sequence[Frames], other: Sequence[Frames]) -> Iterator[Frames]:
    """The frames that are in both, in their order."""
    left, right = 0, 0
    while left < len(one) and right < len(other):
        begin, end = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if begin < end:
            yield begin, end
        if one[left][1] <= other[right][1]:
            left += 1
        else:
            right += 1


def placed(told: Iterable[Stretch], silent: Iterable[Frames], missing_ms: int) -> tuple[Stretch, ...]:
    """The masks where they are: of each the silence that is most like it, behind the one before.

    One that is not found, or whose edges no sound shows, stays where it was told.
    """
    runs = [(begin * FRAME_MS, end * FRAME_MS) for begin, end in silent]
    masks, behind_ms = list[Stretch](), 0
    for mask in told:
        near = [run for run in runs if run[0] >= behind_ms and _may_be(run, mask, missing_ms)]
        if near:
            from_ms, behind_ms = min(near, key=lambda run: _unlike(run, mask, missing_ms))
            masks.append(replace(mask, from_ms=from_ms, to_ms=behind_ms))
        else:
            masks.append(mask)
    return tuple(masks)


def _may_be(run: tuple[int, int], mask: Stretch, missing_ms: int) -> bool:
    """It is near, and lasts as long as was told, but for what the switch did not come to, and words on their way."""
    is_near = mask.from_ms - missing_ms - NEAR_MS <= run[0] and run[1] <= mask.to_ms + NEAR_MS
    lasts_ms, told_ms = run[1] - run[0], mask.to_ms - mask.from_ms
    return is_near and lasts_ms >= max(told_ms - missing_ms - NEAR_MS, told_ms // 4)


def _unlike(run: tuple[int, int], mask: Stretch, missing_ms: int) -> int:
    """By how much it is shorter or longer than told, or begins elsewhere than the missing samples explain."""
    from_ms, to_ms = run
    begins_ms = max(mask.from_ms - missing_ms, min(from_ms, mask.from_ms))
    return abs(to_ms - from_ms - (mask.to_ms - mask.from_ms)) + abs(from_ms - begins_ms)

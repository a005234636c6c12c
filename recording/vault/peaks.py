"""How loud a segment is, place by place: the picture beside its player. Made when it is asked for, and kept nowhere. Blocking."""

import warnings
from typing import Final

from recording.vault.heard import samples_of
from recording.vault.manifest import SAMPLE_BYTES, SAMPLE_RATE, Manifest
from recording.vault.stream import Opened

with warnings.catch_warnings():  # it speaks of programs for other formats, and of a module that leaves the standard library
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

MOST: Final = 1_200


def peaks(sound: Opened, manifest: Manifest, count: int) -> tuple[list[int], list[int]]:
    """The highest sample in each of at most `count` equal parts of the segment, in percent of the loudest there can be: of what
    the outside party said, and of what it heard. Raises `ObjectDamaged`."""
    samples = samples_of(manifest)
    step = max(1, -(-samples // max(1, min(count, MOST))))
    begin = manifest.rx.samples * SAMPLE_BYTES
    return (
        _peaks(sound, 0, manifest.rx.samples, samples, step),
        _peaks(sound, begin, manifest.tx.samples, samples, step),
    )


def _peaks(sound: Opened, place: int, there: int, samples: int, step: int) -> list[int]:
    return [_peak(sound, place + begin * SAMPLE_BYTES, min(step, there - begin)) for begin in range(0, samples, step)]


def _peak(sound: Opened, offset: int, samples: int) -> int:
    if samples <= 0:
        return 0
    data = sound.read_at(offset, samples * SAMPLE_BYTES)
    piece = AudioSegment(data=data, sample_width=SAMPLE_BYTES, frame_rate=SAMPLE_RATE, channels=1)
    return min(100, round(100 * int(piece.max) / (1 << 8 * SAMPLE_BYTES - 1)))

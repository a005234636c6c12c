"""What can be wrong with a project's sign of recording. Pure."""

from collections.abc import Iterator

from routing.menu import is_sound
from telephony.faults import FaultCode, Wrong
from telephony.recording_signs import LONGEST_GAP_MS, SHORTEST_GAP_MS, RecordingSign


def faults_of(sign: RecordingSign) -> Iterator[Wrong]:
    """Everything that cannot be meant, with the way out."""
    if not SHORTEST_GAP_MS <= sign.every_ms <= LONGEST_GAP_MS:
        value, lowest, highest = sign.every_ms, SHORTEST_GAP_MS, LONGEST_GAP_MS
        yield Wrong(FaultCode.OUT_OF_RANGE, key="every_ms", value=value, lowest=lowest, highest=highest)
    if not is_sound(sign.sound):
        yield Wrong(FaultCode.BAD_PROMPT)

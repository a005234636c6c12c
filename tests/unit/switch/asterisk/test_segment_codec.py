"""The proof of a segment tells what its leg speaks."""

from pathlib import Path

import pytest

from telephony.segments import SegmentProven, StartSegment
from tests.unit.switch.asterisk.test_segments import Scene


@pytest.mark.parametrize("answers", [True, False])
async def test_the_proof_tells_what_is_spoken_and_waits_little_for_it(tmp_path: Path, answers: bool) -> None:
    scene = Scene(tmp_path)
    scene.codec = "g722"
    if not answers:
        scene.tells_codec.clear()
    scene.send(StartSegment)
    await scene.until(lambda: bool(scene.of(SegmentProven)))
    assert scene.of(SegmentProven)[0].codec == ("g722" if answers else None)

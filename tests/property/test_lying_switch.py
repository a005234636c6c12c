"""Whatever a switch says of what it records, and whatever of that is lost, late or told twice: never proven what is not."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recording.proof import Proof
from recording.taking_in import Fault, Taken
from telephony.order_segments import SegmentMark
from tests.unit.recording.lying_switch import Lies, LyingSwitch, told_by

MARKS = [(1.0, mark.value) for mark in SegmentMark]
MEANT = [(1.0, "ask"), (1.0, "agree"), *MARKS, (5.0, "stop")]

MOMENTS = st.sampled_from([0.0, 0.0, 0.0, 0.3, 0.9, 1.5, 4.0, None])
LIES = st.builds(
    Lies,
    records=st.sampled_from([True, True, True, False]),
    files_after_s=st.tuples(MOMENTS, MOMENTS),
    grows_for_s=st.tuples(*[st.sampled_from([1e9, 1e9, 1e9, 3.0, 9.0])] * 2),
    ends_after_s=st.sampled_from([None, None, None, 0.5, 4.0, 7.0]),
    ignores_stops=st.sampled_from([0, 0, 0, 2, 30]),
    closes_after_s=st.sampled_from([0.0, 0.0, 0.3, 1.9, 6.0, 100.0]),
    cut_s=st.none() | st.tuples(st.sampled_from([1.5, 2.5, 6.0, 10.0]), st.sampled_from([0.5, 3.0, 20.0])),
    events=st.lists(st.sampled_from(["tell", "tell", "tell", "lose", "double", "late"]), min_size=1, max_size=7).map(tuple),
)
STEPS = st.tuples(
    st.sampled_from([0.25, 1.0, 1.0, 5.0, 12.0]),
    st.sampled_from(
        ["consent", "identity", "intent", "stop", "hold", "revoke", "mask", "hang_up", "callee_goes", "ask", "agree"]
    ),
)
SCRIPTS = st.just(MEANT) | st.builds(
    lambda marks, steps: [*MEANT[: 2 + marks], *steps], st.integers(0, 3), st.lists(STEPS, max_size=6)
)


def story_of(lies: Lies, script: list[tuple[float, str]], look: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        return told_by(lies, script, Path(folder) / "segments", look)


@settings(max_examples=40, deadline=None)
@given(LIES, SCRIPTS)
def test_no_lie_of_the_switch_makes_a_proof(lies: Lies, script: list[tuple[float, str]]) -> None:
    story_of(lies, script, hold_true)


def hold_true(switch: LyingSwitch) -> None:
    assert switch.false_words == []
    assert not any(truth.ended_at is None for truth in switch.truths.values()), "nothing records on"
    assert not any(truth.written_after_the_word for truth in switch.truths.values())
    fates = switch.fates()
    assert None not in fates.values(), "a call that is over leaves nothing open"
    for segment, fate in fates.items():
        assert segment in switch.truths, "nothing is taken for a recording that was none"
        if isinstance(fate, Taken):
            assert "consent" in {mark.what for mark in fate.segment.marks}
    if switch.proof() is Proof.PROVEN:
        (truth,) = [each for segment, each in switch.truths.items() if isinstance(fates.get(segment), Taken)][-1:]
        assert len(truth.written_at) == 2
        assert not truth.stalled


def test_an_honest_switch_proves_an_order_that_is_taken_as_it_is_meant() -> None:
    def look(switch: LyingSwitch) -> tuple[Proof, bool]:
        hold_true(switch)
        return switch.proof(), switch.has_ended()

    assert story_of(Lies(), MEANT, look) == (Proof.PROVEN, True)


NO_PROOFS = {
    "success without a recording": Lies(records=False),
    "success without files": Lies(files_after_s=(None, None)),
    "one file only": Lies(files_after_s=(0.0, None)),
    "a file after the proof is overdue": Lies(files_after_s=(0.0, 4.0)),
    "a file that stops growing": Lies(grows_for_s=(1e9, 1.0)),
    "an end without a word": Lies(ends_after_s=0.5),
    "a file that is never closed": Lies(closes_after_s=100.0),
    "the proof is lost": Lies(events=("lose", "tell")),
    "every word is lost": Lies(events=("lose",)),
}


@pytest.mark.parametrize("lie", NO_PROOFS)
def test_a_lie_that_leaves_no_whole_recording_leaves_no_proof(lie: str) -> None:
    def look(switch: LyingSwitch) -> Proof:
        hold_true(switch)
        return switch.proof()

    script = [*MEANT[:-1], (12.0, "stop")]
    assert story_of(NO_PROOFS[lie], script, look) is Proof.NOT_PROVEN


def test_a_file_that_comes_after_everything_is_deleted() -> None:
    def look(switch: LyingSwitch) -> set[Any]:
        hold_true(switch)
        return set(switch.fates().values())

    assert story_of(Lies(files_after_s=(0.0, 30.0)), MEANT, look) <= {Fault.DISCARDED}

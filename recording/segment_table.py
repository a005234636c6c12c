"""The segment's table: in this state, when this happens, go there and do that.

Three lists cover every pair: `TRANSITIONS`, `LATE` (harmless: a switch may tell things twice, late, or of nothing) and, by
difference, `IMPOSSIBLE`, which raises. Requests are refused where no rule fits.

    asked → yes untaped → starting → recording → consent on tape → content → closing → stopped

Whatever ends a recording before the consent is on the tape has it deleted.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from recording import segment_actions as do
from recording.segment import BEFORE_START, MAY_RUN, OVER, RUNNING, Segment, SegmentState
from recording.segment_actions import SegmentStep
from recording.segment_facts import REQUESTS, Happening
from telephony.events import Envelope

H = Happening
S = SegmentState


class Rule(NamedTuple):
    """Where the segment goes and what is done on the way."""

    to: SegmentState
    action: Callable[[Segment, Envelope], SegmentStep]


Pairs = Iterator[tuple[tuple[SegmentState, Happening], Rule]]
KEPT = (S.CONSENT_ON_TAPE, S.CONTENT)
"""What is recorded so far may be kept."""


def _before_start() -> Pairs:
    """Nothing records: whatever happens but a yes leaves nothing."""
    for state in BEFORE_START:
        for what in (H.DECLINE_REQUESTED, H.REVOKE_REQUESTED, H.FORCED, H.SWITCH_CUT, H.SWITCH_BACK, H.CALL_ENDED):
            yield (state, what), Rule(S.NEVER, do.close)
        for what in (H.PROVEN, H.SAMPLE_PROVEN):
            yield (state, what), Rule(state, do.refuse_proof)


def _shredded() -> Pairs:
    """Ends before the consent is on the tape, and whatever goes wrong with a start."""
    for state in (S.STARTING, S.RECORDING):
        for what in (H.STOP_REQUESTED, H.REVOKE_REQUESTED, H.FORCED, H.FAULTED, H.SWITCH_BACK):
            yield (state, what), Rule(S.DISCARDING, do.discard)
        yield (state, H.ENDED), Rule(S.DISCARDED, do.close_deleted)
    yield (S.STARTING, H.PROOF_OVERDUE), Rule(S.DISCARDING, do.discard)
    yield (S.RECORDING, H.CAP_CAME), Rule(S.DISCARDING, do.discard)
    for state in (S.RECORDING, S.CONSENT_ON_TAPE):
        yield (state, H.CONSENT_OVERDUE), Rule(S.DISCARDING, do.discard)


def _kept() -> Pairs:
    """Ends with the consent on the tape: what there is stands, but for a withdrawal."""
    for state in KEPT:
        for what in (H.STOP_REQUESTED, H.FAULTED, H.CAP_CAME, H.SWITCH_BACK):
            yield (state, what), Rule(S.CLOSING, do.stop)
        yield (state, H.FORCED), Rule(S.CLOSING, do.stopped_by_call)
        yield (state, H.REVOKE_REQUESTED), Rule(S.DISCARDING, do.discard)
        yield (state, H.ENDED), Rule(S.STOPPED, do.close)


def _running() -> Pairs:
    for state in RUNNING:
        yield (state, H.MASK_REQUESTED), Rule(state, do.ask_for_mask)
        yield (state, H.MASKED), Rule(state, do.note_mask)
        yield (state, H.MASK_OVERDUE), Rule(state, do.end_mask)
        yield (state, H.SIGN_DUE), Rule(state, do.give_sign)
        yield (state, H.SIGN_GIVEN), Rule(state, do.note_sign)


def _ending() -> Pairs:
    """The switch was told; it has to prove the end."""
    yield (S.CLOSING, H.ENDED), Rule(S.STOPPED, do.close)
    yield (S.CLOSING, H.STOP_OVERDUE), Rule(S.DISCARDING, do.discard)
    yield (S.CLOSING, H.REVOKE_REQUESTED), Rule(S.DISCARDING, do.discard)
    yield (S.CLOSING, H.SWITCH_BACK), Rule(S.CLOSING, do.stop)
    yield (S.CLOSING, H.MASKED), Rule(S.CLOSING, do.note_mask)
    for state in (S.DISCARDING, S.UNCONFIRMED):
        yield (state, H.ENDED), Rule(S.DISCARDED, do.close_deleted)
        yield (state, H.STOP_OVERDUE), Rule(S.UNCONFIRMED, do.say_unstoppable)
        yield (state, H.REVOKE_REQUESTED), Rule(state, do.note)
        yield (state, H.SWITCH_BACK), Rule(S.DISCARDING, do.discard)
    for state in (S.CLOSING, S.DISCARDING, S.UNCONFIRMED, S.CUT, S.CUT_KEPT):
        for what in (H.STOP_REQUESTED, H.FAULTED, H.FORCED):
            yield (state, what), Rule(state, do.note)
    yield (S.CUT, H.REVOKE_REQUESTED), Rule(S.CUT, do.note)
    yield (S.CUT, H.SWITCH_BACK), Rule(S.DISCARDING, do.discard)
    yield (S.CUT, H.ENDED), Rule(S.DISCARDED, do.close_deleted)
    yield (S.CUT_KEPT, H.REVOKE_REQUESTED), Rule(S.CUT, do.note)
    yield (S.CUT_KEPT, H.SWITCH_BACK), Rule(S.CLOSING, do.stop)
    yield (S.CUT_KEPT, H.ENDED), Rule(S.STOPPED, do.close)


def _cut() -> Pairs:
    """A line to the switch that is cut ends every recording; what is on it is kept where the consent is on the tape."""
    for state in MAY_RUN:
        yield (state, H.SWITCH_CUT), Rule(S.CUT_KEPT if state in (*KEPT, S.CLOSING, S.CUT_KEPT) else S.CUT, do.cut)
        yield (state, H.CALL_ENDED), Rule(S.LOST, do.close)


TRANSITIONS: Mapping[tuple[SegmentState, Happening], Rule] = {
    (S.ASKED, H.ASK_REQUESTED): Rule(S.ASKED, do.ask_anew),
    (S.ASKED, H.AGREE_REQUESTED): Rule(S.YES_UNTAPED, do.agree),
    (S.YES_UNTAPED, H.OPENED): Rule(S.STARTING, do.start),
    (S.STARTING, H.PROVEN): Rule(S.RECORDING, do.run),
    (S.STARTING, H.SAMPLE_PROVEN): Rule(S.CONTENT, do.run_sample),
    (S.RECORDING, H.CONSENT_MARK_REQUESTED): Rule(S.CONSENT_ON_TAPE, do.mark),
    (S.CONSENT_ON_TAPE, H.IDENTITY_MARK_REQUESTED): Rule(S.CONTENT, do.name_person),
    (S.CONTENT, H.INTENT_MARK_REQUESTED): Rule(S.CONTENT, do.mark),
    **dict(_before_start()),
    **dict(_shredded()),
    **dict(_kept()),
    **dict(_running()),
    **dict(_ending()),
    **dict(_cut()),
}

_TOLD = (H.PROVEN, H.SAMPLE_PROVEN, H.MASKED, H.FAULTED, H.SIGN_GIVEN, H.ENDED)

LATE: frozenset[tuple[SegmentState, Happening]] = (
    frozenset(
        # What a switch tells of a segment that is not, or no more, as it thinks; and of one that is over.
        {(state, what) for state in SegmentState for what in _TOLD}
        | {(state, what) for state in OVER for what in Happening if what not in REQUESTS}
    )
    - TRANSITIONS.keys()
)

IMPOSSIBLE: frozenset[tuple[SegmentState, Happening]] = (
    frozenset((state, what) for state in SegmentState for what in Happening if what not in REQUESTS) - TRANSITIONS.keys() - LATE
)

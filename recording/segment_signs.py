"""The sign of a running segment: both who talk hear that it records, by their project's choice.

Given when the recording is proven, never before: nothing else would be true. While silence is recorded none begins, and the
switch breaks off one that plays; an announcement that was not heard to its end is made again.
"""

from msgspec.structs import replace

from recording.segment import Segment
from telephony.identifiers import Instant, after_ms
from telephony.recording_signs import SignKind
from telephony.segments import GiveSign, SignGiven

AGAIN_MS = 10_000
"""So long after one that was not heard whole, the announcement is made again."""


def give(segment: Segment, at: Instant) -> tuple[Segment, tuple[GiveSign, ...]]:
    """The segment with its sign given, and when the next is due; both as they were where the project has none."""
    if segment.sign.kind is SignKind.NONE or segment.agent_leg_id is None:
        return segment, ()
    is_beep = segment.sign.kind is SignKind.BEEP
    if segment.is_masked or segment.mask_overdue_at is not None:
        return replace(segment, sign_due_at=after_ms(at, segment.sign.every_ms if is_beep else AGAIN_MS)), ()
    number = segment.signs + 1
    command = GiveSign(
        call_id=segment.call_id,
        switch=segment.switch,
        leg_id=segment.leg_id,
        segment_id=segment.segment_id,
        agent_leg_id=segment.agent_leg_id,
        number=number,
        sound=segment.sign.heard,
        language=segment.words.language,
    )
    due_at = after_ms(at, segment.sign.every_ms) if is_beep else None
    return replace(segment, signs=number, sign_due_at=due_at), (command,)


def note(segment: Segment, given: SignGiven, at: Instant) -> Segment:
    """Whoever has not heard the announcement whole is to hear it again; a beep comes again by itself."""
    is_to_repeat = segment.sign.kind is SignKind.ANNOUNCEMENT and not given.is_whole and given.number == segment.signs
    return replace(segment, sign_due_at=after_ms(at, AGAIN_MS)) if is_to_repeat else segment

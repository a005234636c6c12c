"""Whether an order is proven: by a segment of its call that was recorded for it, whole, and is sealed in the vault."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from telephony.events import Event
from telephony.order_segments import SegmentClosed, SegmentVerdict, SegmentWithdrawn


class Proof(StrEnum):
    """What there is of an order on tape."""

    PROVEN = "proven"
    NOT_PROVEN = "not_proven"


def proof_of(order_id: str, events: Iterable[Event], sealed: Collection[str]) -> Proof:
    """What the events of the order's call say of it; one whole segment is enough, whatever came of others.

    `sealed` are the segments the vault has sealed and not shredded: what merely stopped proves nothing yet.
    """
    whole: set[str] = set()
    for event in events:
        if isinstance(event, SegmentClosed) and event.order_id == order_id and event.verdict is SegmentVerdict.COMPLETE:
            whole.add(event.segment_id)
        elif isinstance(event, SegmentWithdrawn):
            whole.discard(event.segment_id)
    return Proof.NOT_PROVEN if whole.isdisjoint(sealed) else Proof.PROVEN

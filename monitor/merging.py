"""Several readings of the journal as one."""

from collections.abc import AsyncIterator

from telephony.events import Envelope


async def in_order(*streams: AsyncIterator[Envelope]) -> AsyncIterator[Envelope]:
    """The envelopes of all streams by their numbers, each number once. Every stream must be in order itself."""
    heads = {n: head for n, stream in enumerate(streams) if (head := await anext(stream, None)) is not None}
    last_seq = 0
    while heads:
        n = min(heads, key=lambda at: heads[at].seq)
        envelope = heads.pop(n)
        following = await anext(streams[n], None)
        if following is not None:
            heads[n] = following
        if envelope.seq > last_seq:
            last_seq = envelope.seq
            yield envelope

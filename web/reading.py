"""Reading some of a stream without leaving it open."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeVar

from telephony.events import Envelope

T = TypeVar("T")


async def first_of(source: AsyncIterator[T], limit: int) -> list[T]:
    """At most `limit` items; what the stream held (a database connection) is given back when this returns."""
    items: list[T] = []
    try:
        async for item in source:
            items.append(item)
            if len(items) >= limit:
                break
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()
    return items


async def before(source: AsyncIterator[Envelope], seq: int) -> AsyncGenerator[Envelope]:
    """The events in front of that number; what the stream held is given back at the end."""
    try:
        async for envelope in source:
            if envelope.seq >= seq:
                return
            yield envelope
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()


async def filtered(source: AsyncIterator[T], is_wanted: Callable[[T], bool]) -> AsyncGenerator[T]:
    """What is wanted of the stream; what it held is given back at the end."""
    try:
        async for item in source:
            if is_wanted(item):
                yield item
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()

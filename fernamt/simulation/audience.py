"""Who is told of which events. A day tells of a million; most are nothing to most, and nobody is asked about those."""

from collections.abc import Callable

from telephony.events import Envelope, Event

Hear = Callable[[Envelope], str | None]
"""What is told of an event, and answers what is wrong with it; None: nothing."""


class Audience:
    """Each is told of the events of their kinds, in the order of joining."""

    def __init__(self) -> None:
        self._members: list[tuple[Hear, tuple[type[Event], ...]]] = []
        self._of: dict[type[Event], tuple[Hear, ...]] = {}

    def join(self, hear: Hear, *kinds: type[Event]) -> None:
        """Told of these from now on; of everything, where no kind is named."""
        self._members.append((hear, kinds or (Event,)))
        self._of.clear()

    def tell(self, envelope: Envelope) -> str | None:
        """Whom it concerns has been told; what the first had to object, who is the last to hear of it."""
        kind = type(envelope.event)
        told = self._of.get(kind)
        if told is None:
            told = self._of[kind] = tuple(hear for hear, kinds in self._members if issubclass(kind, kinds))
        for hear in told:
            wrong = hear(envelope)
            if wrong is not None:
                return wrong
        return None

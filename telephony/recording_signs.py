"""How those who talk hear that they are recorded: a project's choice, journaled with the terms its calls live by."""

from enum import StrEnum

import msgspec

BEEP = "fernamt/recording-beep"
SHORTEST_GAP_MS = 5_000
LONGEST_GAP_MS = 120_000


class SignKind(StrEnum):
    """What is heard while a segment is recorded."""

    NONE = "none"
    BEEP = "beep"
    """A short tone when it begins, and again as long as it goes on."""
    ANNOUNCEMENT = "announcement"
    """A sentence when it begins."""


class RecordingSign(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in milliseconds."""

    kind: SignKind = SignKind.NONE
    every_ms: int = 15_000
    """From one beep to the next."""
    sound: str = "fernamt/recording-runs"
    """What is announced, in the language in which they were asked."""

    @property
    def heard(self) -> str:
        """The sound of it."""
        return BEEP if self.kind is SignKind.BEEP else self.sound


NO_SIGN = RecordingSign()

"""The messages of the live feed. One JSON object each, told apart by `type`; instants are microseconds since the epoch."""

import msgspec

from monitor.rows import (
    AgentChanged,
    BoardSnapshot,
    CallChanged,
    EmergencyChanged,
    HeaderChanged,
    MinuteChanged,
    QueueChanged,
    RowGone,
    SwitchChanged,
)
from telephony.identifiers import Instant

PROTOCOL = 1

AnyDelta = HeaderChanged | QueueChanged | AgentChanged | CallChanged | SwitchChanged | MinuteChanged | EmergencyChanged | RowGone


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something the server says, or a client."""


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """The first word of a connection. `seq` numbers only mean something together with `epoch`, one life of the service."""

    protocol: int
    epoch: str
    seq: int
    server_at: Instant


class Snapshot(Message, frozen=True, kw_only=True, tag="snapshot"):
    """All there is to see at `seq`; what was known before is void."""

    epoch: str
    seq: int
    as_of_at: Instant
    board: BoardSnapshot


class Deltas(Message, frozen=True, kw_only=True, tag="delta"):
    """What changed up to `seq`. Numbers can skip: what changed out of sight is not sent."""

    seq: int
    as_of_at: Instant
    changes: tuple[AnyDelta, ...]


class Beat(Message, frozen=True, kw_only=True, tag="beat"):
    """All up to `seq` was sent. `as_of_at`: up to when the board is true; the engine's last sign of life."""

    seq: int
    server_at: Instant
    as_of_at: Instant


class Start(Message, frozen=True, kw_only=True, tag="start"):
    """A client that knows nothing yet."""


class Resume(Message, frozen=True, kw_only=True, tag="resume"):
    """A client that has everything up to `seq` of that epoch."""

    epoch: str
    seq: int


FromClient = Start | Resume

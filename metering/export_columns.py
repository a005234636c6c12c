"""The columns of an export, and who sees which."""

from collections.abc import Mapping
from enum import StrEnum


class ColumnKind(StrEnum):
    """What is in a column, and so how each format writes it."""

    TEXT = "text"
    INSTANT = "instant"
    LOCAL = "local"
    INTEGER = "integer"
    FLAG = "flag"


Columns = tuple[tuple[str, ColumnKind], ...]

COLUMNS: Columns = (
    ("call_id", ColumnKind.TEXT),
    ("line_number", ColumnKind.INTEGER),
    ("started_at", ColumnKind.INSTANT),
    ("started_local", ColumnKind.LOCAL),
    ("client_id", ColumnKind.TEXT),
    ("project_id", ColumnKind.TEXT),
    ("agent_id", ColumnKind.TEXT),
    ("direction", ColumnKind.TEXT),
    ("number_class", ColumnKind.TEXT),
    ("country", ColumnKind.TEXT),
    ("attempts", ColumnKind.INTEGER),
    ("ring_ms", ColumnKind.INTEGER),
    ("wait_ms", ColumnKind.INTEGER),
    ("talk_ms", ColumnKind.INTEGER),
    ("hold_ms", ColumnKind.INTEGER),
    ("unknown_hold_ms", ColumnKind.INTEGER),
    ("consult_ms", ColumnKind.INTEGER),
    ("announcement_ms", ColumnKind.INTEGER),
    ("machine_ms", ColumnKind.INTEGER),
    ("paid_ms", ColumnKind.INTEGER),
    ("billed_ms", ColumnKind.INTEGER),
    ("talked_from_at", ColumnKind.INSTANT),
    ("ended_at", ColumnKind.INSTANT),
    ("end_reason", ColumnKind.TEXT),
    ("release_reason", ColumnKind.TEXT),
    ("is_estimated", ColumnKind.FLAG),
    ("is_hold_unknown", ColumnKind.FLAG),
    ("engine_version", ColumnKind.TEXT),
    ("rule_version", ColumnKind.TEXT),
    ("conference_ms", ColumnKind.INTEGER),
    ("is_callback", ColumnKind.FLAG),
)
"""Name and kind of every column, in the order of the file."""


class Audience(StrEnum):
    """For whose eyes a file is."""

    CENTRE = "centre"
    CLIENT = "client"
    AGENT = "agent"
    TEAM = "team"


_SEEN_BY_CLIENT = frozenset(
    {
        *("call_id", "line_number", "started_at", "started_local", "client_id", "project_id", "direction", "number_class"),
        *("country", "wait_ms", "talk_ms", "hold_ms", "unknown_hold_ms", "announcement_ms", "machine_ms", "billed_ms"),
        *("talked_from_at", "ended_at", "end_reason", "is_estimated", "is_hold_unknown", "engine_version", "rule_version"),
        "is_callback",
    }
)
"""Nothing of who took the call, who was asked before and let it ring, or what they are paid for."""

_SEEN_BY_AGENT = frozenset(
    {
        *("call_id", "line_number", "started_at", "started_local", "client_id", "project_id", "agent_id", "direction"),
        *("number_class", "country", "attempts", "ring_ms", "wait_ms", "talk_ms", "hold_ms", "unknown_hold_ms", "consult_ms"),
        "conference_ms",
        *("paid_ms", "talked_from_at", "ended_at", "end_reason", "release_reason", "is_estimated", "is_hold_unknown"),
        *("engine_version", "rule_version", "is_callback"),
    }
)
"""All that the own pay rests on; nothing of what the client is billed."""


def _only(names: frozenset[str]) -> Columns:
    return tuple((name, kind) for name, kind in COLUMNS if name in names)


COLUMNS_FOR: Mapping[Audience, Columns] = {
    Audience.CENTRE: COLUMNS,
    Audience.CLIENT: _only(_SEEN_BY_CLIENT),
    Audience.AGENT: _only(_SEEN_BY_AGENT),
    Audience.TEAM: _only(_SEEN_BY_AGENT - {"paid_ms"}),  # what somebody is paid is between them and the centre
}
"""The columns each audience gets. The lists name what is seen: a new column is the centre's until somebody decides."""

"""The second witness: Asterisk's own record of channel events (CEL), written even when we and the database are away.

One quoted CSV line an event, as asterisk-conf/cel_custom.conf writes it. Order is certain for one channel only. Read here:
the ends of legs that a gap hid, the calls that the fallback dialplan served without us, and emergency calls from phones.
"""

import csv
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from telephony.emergencies import EmergencyDialled
from telephony.engine.ports import FallbackServed, LegEnd
from telephony.identifiers import EndpointId, Instant, LegId, TrunkId
from telephony.switch.asterisk.normalise import endpoint_of

COLUMNS = 12
FALLBACK_EVENT = "FERNAMT_FALLBACK"
EMERGENCY_EVENT = "FERNAMT_EMERGENCY"
_EMERGENCY_NUMBERS = frozenset({"110", "112"})
_ENDS_KEPT = 20_000
_OPEN_KEPT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CelRow:
    """One event of one channel."""

    kind: str
    occurred_at: Instant
    channel_id: LegId
    linked_id: str
    channel_name: str
    caller_number: str
    extension: str
    context: str
    application: str
    application_data: str
    peer: str
    extra: str


class _Extra(msgspec.Struct):
    hangupcause: int = 0
    hangupsource: str = ""
    extra: str = ""


_extra_of = msgspec.json.Decoder(_Extra, strict=False).decode


def parse_rows(lines: Iterable[str]) -> tuple[list[CelRow], int]:
    """The rows of these whole lines, and how many were none."""
    rows, bad = [], 0
    for line in lines:
        row = parse_row(line)
        if row is None:
            bad += 1
        else:
            rows.append(row)
    return rows, bad


def parse_row(line: str) -> CelRow | None:
    """The row a line holds; None for anything else."""
    try:
        cells = next(csv.reader([line], strict=True))
        if len(cells) != COLUMNS:
            return None
        return CelRow(
            kind=cells[0],
            occurred_at=instant_of_seconds(cells[1]),
            channel_id=LegId(cells[2]),
            linked_id=cells[3],
            channel_name=cells[4],
            caller_number=cells[5],
            extension=cells[6],
            context=cells[7],
            application=cells[8],
            application_data=cells[9],
            peer=cells[10],
            extra=cells[11],
        )
    except (csv.Error, StopIteration, ValueError):
        return None


def instant_of_seconds(text: str) -> Instant:
    """The instant of `1732225380.123456`, exactly. Raises ValueError."""
    seconds, _, fraction = text.partition(".")
    return Instant(int(seconds) * 1_000_000 + int(f"{fraction[:6]:0<6}"))


@dataclass(slots=True)
class _Served:
    """A channel as far as its rows have been read."""

    number: str = ""
    dialled: str = ""
    is_from_trunk: bool = False
    answered_at: Instant | None = None
    entry: str | None = None


@dataclass(slots=True)
class Witness:
    """Folds rows into ends and served calls. Reading the same rows again says the same again: who listens knows the ids."""

    trunk_context: str = "from-trunk"
    _open: OrderedDict[str, _Served] = field(default_factory=OrderedDict)
    _ends: OrderedDict[str, LegEnd] = field(default_factory=OrderedDict)

    def take(self, row: CelRow) -> FallbackServed | EmergencyDialled | None:
        """The fallback call this row completes, if it does, or the emergency call it begins. A message left is not known here."""
        served = self._open.get(row.channel_id)
        if served is None:
            served = self._open[row.channel_id] = _Served()
            if len(self._open) > _OPEN_KEPT:
                self._open.popitem(last=False)
        if row.kind == "CHAN_START":
            served.number, served.dialled = row.caller_number, row.extension
            served.is_from_trunk = row.context == self.trunk_context
        elif row.kind == "ANSWER":
            served.answered_at = served.answered_at or row.occurred_at
        elif row.kind == EMERGENCY_EVENT:
            return _emergency(row)
        elif row.kind == FALLBACK_EVENT:
            served.entry = row.extra or "machine"
            if served.answered_at is not None:
                served.answered_at = row.occurred_at  # answered to wait with music: the fallback's part begins here
        elif row.kind in {"HANGUP", "CHAN_END"}:
            self._end(row)
            if row.kind == "CHAN_END":
                del self._open[row.channel_id]
                return _fallback(row, served)
        return None

    def ends(self) -> tuple[LegEnd, ...]:
        """The ends of the last channels, oldest first."""
        return tuple(self._ends.values())

    def _end(self, row: CelRow) -> None:
        if row.channel_id in self._ends:
            return
        try:
            extra = _extra_of(row.extra.encode()) if row.extra else _Extra()
        except msgspec.DecodeError:
            extra = _Extra()
        self._ends[row.channel_id] = LegEnd(
            leg_id=row.channel_id,
            ended_at=row.occurred_at,
            cause=extra.hangupcause,
            by_phone=bool(extra.hangupsource) and extra.hangupsource == row.channel_name,
        )
        if len(self._ends) > _ENDS_KEPT:
            self._ends.popitem(last=False)


def _fallback(row: CelRow, served: _Served) -> FallbackServed | None:
    if served.entry is None or not served.is_from_trunk:
        return None
    return FallbackServed(
        leg_id=row.channel_id,
        trunk_id=TrunkId(endpoint_of(row.channel_name)),
        dnis=served.dialled,
        ani=served.number or None,
        answered_at=served.answered_at,
        ended_at=row.occurred_at,
        message=None,
    )


def _emergency(row: CelRow) -> EmergencyDialled | None:
    if row.extension not in _EMERGENCY_NUMBERS:
        return None
    endpoint_id = EndpointId(endpoint_of(row.channel_name))
    return EmergencyDialled(leg_id=row.channel_id, endpoint_id=endpoint_id, number=row.extension)

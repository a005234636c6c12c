"""A fault in what somebody wrote: where it stands, what was expected, what is there."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `source` is a file, or the name of an environment variable; lines and columns count from 1."""

    source: str
    key: str
    expected: str
    given: str
    line: int | None = None
    column: int | None = None
    nearest: str | None = None
    """The known key that was probably meant."""
    said: str | None = None
    """A sentence of its own, where "expected … given …" would not tell what is wrong."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)
        if self.said is not None:
            return f"{place}: {self.key}: {self.said}"
        meant = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"{place}: {self.key}: expected {self.expected}, given {self.given}{meant}"

    def as_json(self) -> dict[str, str | int | None]:
        """The fault as plain values, for --json."""
        return asdict(self)


class FaultsFound(Exception):
    """What was read has faults; all of them are in `faults`, in the order of their places."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.source, fault.line or 0, fault.column or 0)))
        super().__init__("\n".join(str(fault) for fault in self.faults))

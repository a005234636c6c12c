"""What the edge needs of sampled calls: what became of the draw."""

from collections.abc import Sequence
from typing import Protocol

from recording.sampling_report import SamplingReport
from telephony.identifiers import Instant


class SamplingReports(Protocol):
    """What became of the draws of a period, by project."""

    async def report(self, since: Instant, to: Instant) -> Sequence[SamplingReport]:
        """Of the calls drawn from `since` up to `to`."""
        ...
